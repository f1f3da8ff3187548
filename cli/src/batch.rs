//! Which file becomes which.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::arguments::path;
use super::interrupt::Interrupt;
use dcdp::Options;
use dcdp::image::{FileFormat, ImageFile, ImageView, ImageViewMut, StagedFile, Transfer};
use dcdp::request::parameters::Id;
use dcdp::{Error, Result};

/// One picture to make from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The picture to read.
    pub input: PathBuf,
    /// The file to write.
    pub output: PathBuf,
}

/// What one run makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// At least one.
    pub items: Vec<Item>,
    /// Whether the inputs are anything but a single file.
    pub is_several: bool,
}

impl Batch {
    /// Pairs the inputs (files and folders) with results: the output itself for one file, and files of
    /// the same names in the output folder, made if missing, for several files, a folder, or where the
    /// output is a folder already.
    ///
    /// # Errors
    /// `Io` for an input that does not exist or a folder that cannot be made, `File` for a folder
    /// without pictures; usage errors for an output of no known format, and where two results would
    /// have one name or replace their inputs unasked.
    pub fn plan(matches: &ArgMatches) -> Result<Self> {
        let inputs: Vec<&PathBuf> = matches.get_many("input").unwrap_or_default().collect();
        let mut is_several = inputs.len() > 1;
        let mut files = Vec::new();
        for input in inputs {
            let data = fs::metadata(input).map_err(|source| io(input, source))?;
            if data.is_dir() {
                is_several = true;
                files.extend(pictures_in(input)?);
            } else {
                files.push(input.clone());
            }
        }
        let output = path(matches, "output").cloned().unwrap_or_default();
        let ends_as_folder = output.to_string_lossy().ends_with(['/', '\\']);
        let items = match files.as_slice() {
            [input] if !(is_several || ends_as_folder || output.is_dir()) => {
                FileFormat::of_name(&output)?;
                let input = input.clone();
                vec![Item { input, output }]
            }
            _ => in_folder(files, &output)?,
        };
        Ok(Batch { items, is_several })
    }

    /// Refuses a further file to be written that is one of the inputs or results.
    ///
    /// # Errors
    /// A usage error.
    pub fn check_apart(&self, flag: &str, file: &Path) -> Result<()> {
        let is_file = |path: &Path| path == file || is_same_file(path, file);
        let is_taken = |item: &Item| is_file(&item.input) || is_file(&item.output);
        match self.items.iter().any(is_taken) {
            true => Err(Error::InvalidArgument(format!(
                "{flag} {} is an input or output too; give another file",
                file.display()
            ))),
            false => Ok(()),
        }
    }
}

/// The pictures of a folder by their names' endings, in the order of their names, without hidden ones.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| io(folder, source))? {
        let entry = entry.map_err(|source| io(folder, source))?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !is_hidden && path.is_file() && FileFormat::of_name(&path).is_ok() {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(Error::File {
            path: folder.to_owned(),
            reason: "holds no pictures; they end in .png, .jpg, .tif, .webp or .exr".to_owned(),
        });
    }
    found.sort();
    Ok(found)
}

/// Pairs files with results of the same names in `folder`, and makes the folder.
fn in_folder(files: Vec<PathBuf>, folder: &Path) -> Result<Vec<Item>> {
    if folder.is_file() {
        return Err(Error::File {
            path: folder.to_owned(),
            reason: "is a file; several inputs need a folder".to_owned(),
        });
    }
    let mut origins: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut items = Vec::new();
    for input in files {
        let output = folder.join(input.file_name().unwrap_or_default());
        FileFormat::of_name(&output)?;
        if let Some(other) = origins.insert(output.clone(), input.clone()) {
            return Err(Error::InvalidArgument(format!(
                "{} and {} would both become {}; give them different folders",
                other.display(),
                input.display(),
                output.display()
            )));
        }
        if is_same_file(&input, &output) {
            return Err(Error::InvalidArgument(format!(
                "{} would be replaced by its result; give another folder",
                input.display()
            )));
        }
        items.push(Item { input, output });
    }
    fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
    Ok(items)
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

impl Item {
    /// Reads the input, lets `work` fill a picture of the size `size` gives, and writes it: whole or,
    /// after an error or interrupt, not at all.
    ///
    /// # Errors
    /// Those of reading, `size`, `work` and writing; `Cancelled`.
    pub fn make<T>(
        &self,
        options: &Options,
        jpeg_quality: u8,
        interrupt: &Interrupt,
        size: impl FnOnce(usize, usize) -> Result<(usize, usize)>,
        work: impl FnOnce(&ImageView<'_>, &mut ImageViewMut<'_>) -> Result<T>,
    ) -> Result<T> {
        let source = ImageFile::read(&self.input)?;
        let (width, height) = source.size();
        let transfer = match options.text(Id::Transfer) {
            "srgb" => Some(Transfer::Srgb),
            "linear" => Some(Transfer::Linear),
            _ => None,
        };
        let mut result = source.for_result(&self.output, size(width, height)?, transfer)?;
        // An output that cannot be written should be known before minutes of work.
        drop(StagedFile::create(&self.output)?);
        interrupt.check()?;
        let mut input = source.view()?;
        if let Some(transfer) = transfer {
            input = input.with_transfer(transfer);
        }
        let told = work(&input, &mut result.view_mut()?)?;
        interrupt.check()?;
        let staged = result.stage(&self.output, jpeg_quality)?;
        interrupt.check()?;
        staged.publish()?;
        Ok(told)
    }
}
