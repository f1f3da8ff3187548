//! Which file becomes which.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::arguments::path;
use dcdp::image::{Document, FileFormat};
use dcdp::{Error, Result};

/// The name of standard input and output.
const STANDARD: &str = "-";
/// Arguments that name files to be written, and the pictures themselves.
const NO_FURTHER_INPUTS: [&str; 5] = ["input", "output", "report", "uncertainty", "kernel-out"];
/// Endings of pictures that are not read: in a folder, they are named rather than passed over.
const UNREAD: [&str; 20] = [
    "avif", "heic", "heif", "jxl", "jp2", "gif", "bmp", "psd", "xcf", "hdr", "dng", "nef", "cr2",
    "cr3", "arw", "raf", "orf", "rw2", "tga", "ppm",
];

/// One file to make from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The file to read.
    pub input: PathBuf,
    /// The file to write.
    pub output: PathBuf,
}

/// What one run makes.
#[derive(Debug)]
pub struct Batch {
    /// What can be tried.
    pub items: Vec<Item>,
    /// Inputs that are left out, and why.
    pub left_out: Vec<(PathBuf, Error)>,
    /// Whether the inputs are anything but a single file.
    pub is_several: bool,
    /// The result's file, or the folder of results.
    pub output: PathBuf,
}

impl Batch {
    /// Pairs the inputs (files and folders) with results: the output itself for one file, and files of
    /// the same names in the output folder, made if missing, for several files, a folder, or where the
    /// output is a folder already. `format`, where given, decides their endings. Of several inputs, what
    /// is no picture is left out.
    ///
    /// # Errors
    /// `Io` for the only input when it does not exist or a folder that cannot be made, `File` for a
    /// folder without pictures; usage errors for an output of no known format, and where results would
    /// have one name, or replace inputs unasked or a mask or kernel at all.
    pub fn plan(matches: &ArgMatches, format: Option<FileFormat>) -> Result<Self> {
        let inputs: Vec<&PathBuf> = matches.get_many("input").unwrap_or_default().collect();
        let mut batch = Batch {
            items: Vec::new(),
            left_out: Vec::new(),
            is_several: inputs.len() > 1,
            output: path(matches, "output").cloned().unwrap_or_default(),
        };
        let mut files = Vec::new();
        for input in inputs {
            match fs::metadata(input) {
                _ if input == Path::new(STANDARD) => files.push(input.clone()),
                Ok(data) if data.is_dir() => {
                    batch.is_several = true;
                    let (pictures, unread) = pictures_in(input)?;
                    files.extend(pictures);
                    batch.left_out.extend(unread.into_iter().map(why_not));
                }
                Ok(_) => files.push(input.clone()),
                Err(source) if batch.is_several => {
                    batch.left_out.push((input.clone(), io(input, source)));
                }
                Err(source) => return Err(io(input, source)),
            }
        }
        let output = batch.output.clone();
        let ends_as_folder = output.to_string_lossy().ends_with(['/', '\\']);
        match files.as_slice() {
            [input] if !(batch.is_several || ends_as_folder || output.is_dir()) => {
                if format.is_none() {
                    check_name(&output)?;
                }
                let input = input.clone();
                batch.items.push(Item { input, output });
            }
            _ => batch.pair_in_folder(files, &output, format)?,
        }
        batch.check_inputs_kept(matches)?;
        Ok(batch)
    }

    /// Refuses a further file to be written that is one of the inputs or results.
    ///
    /// # Errors
    /// A usage error.
    pub fn check_apart(&self, flag: &str, file: &Path) -> Result<()> {
        let is_taken = |item: &Item| is_file(&item.input, file) || is_file(&item.output, file);
        match self.items.iter().any(is_taken) {
            true => Err(Error::InvalidArgument(format!(
                "{flag} {} is an input or output too; give another file",
                file.display()
            ))),
            false => Ok(()),
        }
    }

    /// Refuses results that would replace a mask, a kernel or any other further input.
    fn check_inputs_kept(&self, matches: &ArgMatches) -> Result<()> {
        let mut further: Vec<PathBuf> = Vec::new();
        for id in matches.ids() {
            let name = id.as_str();
            if !NO_FURTHER_INPUTS.contains(&name)
                && let Ok(Some(paths)) = matches.try_get_many::<PathBuf>(name)
            {
                further.extend(paths.cloned());
            }
        }
        if let Ok(Some(blur)) = matches.try_get_one::<String>("blur")
            && let Some(file) = blur.strip_prefix("kernel:")
        {
            further.push(file.into());
        }
        for item in &self.items {
            if let Some(file) = further.iter().find(|file| is_file(file, &item.output)) {
                return Err(Error::InvalidArgument(format!(
                    "{} is read too and would be replaced by a result; give another output",
                    file.display()
                )));
            }
        }
        Ok(())
    }

    /// Pairs files with results of the same names in `folder`, and makes the folder.
    fn pair_in_folder(
        &mut self,
        files: Vec<PathBuf>,
        folder: &Path,
        format: Option<FileFormat>,
    ) -> Result<()> {
        if folder.is_file() {
            return Err(Error::File {
                path: folder.to_owned(),
                reason: "is a file; several inputs need a folder".to_owned(),
            });
        }
        if folder == Path::new(STANDARD) || files.iter().any(|file| file == Path::new(STANDARD)) {
            return Err(Error::InvalidArgument(
                "- is one file in and one file out; with several, give their names".to_owned(),
            ));
        }
        let mut origins: HashMap<PathBuf, PathBuf> = HashMap::new();
        for input in files {
            let mut output = folder.join(input.file_name().unwrap_or_default());
            match (format, FileFormat::of_name(&output)) {
                (Some(format), named) if named.as_ref().ok() != Some(&format) => {
                    output.set_extension(format.extension());
                }
                (None, Err(_)) if self.is_several => {
                    self.left_out.push(why_not(input));
                    continue;
                }
                (None, Err(error)) => return Err(error),
                _ => {}
            }
            if let Some(other) = origins.insert(output.clone(), input.clone()) {
                return Err(Error::InvalidArgument(format!(
                    "{} and {} would both become {}; give them different folders",
                    other.display(),
                    input.display(),
                    output.display()
                )));
            }
            self.items.push(Item { input, output });
        }
        for item in &self.items {
            if let Some(taken) = self
                .items
                .iter()
                .find(|one| is_same_file(&one.input, &item.output))
            {
                return Err(Error::InvalidArgument(format!(
                    "{} would be replaced by a result; give another folder",
                    taken.input.display()
                )));
            }
        }
        fs::create_dir_all(folder).map_err(|source| io(folder, source))
    }
}

/// Refuses an output whose name does not say its format.
fn check_name(output: &Path) -> Result<()> {
    if output == Path::new(STANDARD) {
        return Err(Error::MissingOption {
            task: "output to -".to_owned(),
            name: "format".to_owned(),
            hint: "png | jpeg | tiff | webp | exr".to_owned(),
        });
    }
    FileFormat::of_name(output).map(drop)
}

/// Why a file among several is left out.
fn why_not(input: PathBuf) -> (PathBuf, Error) {
    let error = match Document::open(&input) {
        Err(error) => error,
        Ok(_) => Error::File {
            path: input.clone(),
            reason: "its name says no picture format; give --format to write its result".to_owned(),
        },
    };
    (input, error)
}

/// The pictures of a folder by their names' endings, in the order of their names, without hidden ones;
/// and those of formats that are not read.
fn pictures_in(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(|source| io(folder, source))? {
        let entry = entry.map_err(|source| io(folder, source))?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_hidden || !path.is_file() {
            continue;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        if FileFormat::of_name(&path).is_ok() {
            found.push(path);
        } else if UNREAD.contains(&ending.to_ascii_lowercase().as_str()) {
            unread.push(path);
        }
    }
    if found.is_empty() {
        return Err(Error::File {
            path: folder.to_owned(),
            reason: "holds no pictures; they end in .png, .jpg, .tif, .webp or .exr".to_owned(),
        });
    }
    found.sort();
    unread.sort();
    Ok((found, unread))
}

fn is_file(path: &Path, file: &Path) -> bool {
    path == file || is_same_file(path, file)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}
