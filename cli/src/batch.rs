//! Which file becomes which.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::arguments::path;
use super::folder::{pictures_in, why_not};
use super::output::complain;
use super::sequence::{Pattern, parse_frames, show_frames};
use dcdp::image::FileFormat;
use dcdp::{Error, Result};

/// The name of standard input and output.
const STANDARD: &str = "-";

/// Arguments that name files to be written, and the pictures themselves.
const NO_FURTHER_INPUTS: [&str; 5] = ["input", "output", "report", "uncertainty", "kernel-out"];

/// One file to make from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The file to read.
    pub input: PathBuf,
    /// The file to write.
    pub output: PathBuf,
    /// Its number in a sequence.
    pub frame: Option<i64>,
}

impl Item {
    /// Whether the result is there already: files appear whole, so what is there is finished.
    pub fn is_made(&self) -> bool {
        let is_file = || fs::metadata(&self.output).is_ok_and(|it| it.is_file() && it.len() > 0);
        self.output != Path::new(STANDARD) && is_file()
    }
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
    /// The result's file, or the folder or pattern of results.
    pub output: PathBuf,
    /// The inputs that are sequences.
    pub sequences: Vec<Pattern>,
}

/// A file to read, and its number in a sequence.
type Source = (PathBuf, Option<i64>);

impl Batch {
    /// Pairs the inputs (files, folders and sequences) with results: the output itself for one file, the
    /// files of the same frames where the output is a pattern, and files of the same names in the output
    /// folder, made if missing, for several files, a folder, a sequence, or where the output is a folder
    /// already. `format`, where given, decides their endings. Of several inputs, what is no picture is left
    /// out.
    ///
    /// # Errors
    /// `Io` for the only input when it does not exist or a folder that cannot be made, `File` for a
    /// folder without pictures and a sequence without frames; usage errors for an output of no known format,
    /// frames without a pattern, and where results would have one name, or replace inputs unasked or a mask
    /// or kernel at all.
    pub fn plan(matches: &ArgMatches, format: Option<FileFormat>) -> Result<Self> {
        let inputs: Vec<&PathBuf> = matches.get_many("input").unwrap_or_default().collect();
        let frames = matches.get_one::<String>("frames");
        let frames = frames.map(|text| parse_frames(text)).transpose()?;
        let mut batch = Batch {
            items: Vec::new(),
            left_out: Vec::new(),
            is_several: inputs.len() > 1,
            output: path(matches, "output").cloned().unwrap_or_default(),
            sequences: Vec::new(),
        };
        let mut files: Vec<Source> = Vec::new();
        let quiet = matches.get_flag("quiet");
        for input in inputs {
            // A file may be called so; frames say that a sequence is.
            let pattern = match frames.is_none() && input.exists() {
                true => None,
                false => Pattern::of(input)?,
            };
            if let Some(pattern) = &pattern {
                batch.is_several = true;
                files.extend(batch.select(pattern, frames.as_ref(), quiet)?);
                batch.sequences.push(pattern.clone());
                continue;
            }
            match fs::metadata(input) {
                _ if input == Path::new(STANDARD) => files.push((input.clone(), None)),
                Ok(data) if data.is_dir() => {
                    batch.is_several = true;
                    let (pictures, unread) = pictures_in(input)?;
                    files.extend(pictures.into_iter().map(|file| (file, None)));
                    batch.left_out.extend(unread.into_iter().map(why_not));
                }
                Ok(_) => files.push((input.clone(), None)),
                Err(source) if batch.is_several => {
                    batch.left_out.push((input.clone(), io(input, source)));
                }
                Err(source) => return Err(io(input, source)),
            }
        }
        let has_sequence = !batch.sequences.is_empty();
        if frames.is_some() && !has_sequence {
            return Err(Error::InvalidArgument(
                "--frames is of use with a sequence only; give an input such as shot.####.exr"
                    .into(),
            ));
        }
        let output = batch.output.clone();
        let ends_as_folder = output.to_string_lossy().ends_with(['/', '\\']);
        let is_folder = ends_as_folder || output.is_dir();
        match files.as_slice() {
            [(input, _)] if !(batch.is_several || is_folder) => {
                if format.is_none() {
                    check_name(&output)?;
                }
                batch.items.push(Item {
                    input: input.clone(),
                    output,
                    frame: None,
                });
            }
            _ => match (is_folder, Pattern::of(&output)?) {
                (false, Some(pattern)) => batch.pair_by_frame(files, &pattern, format)?,
                (false, None) if has_sequence && FileFormat::of_name(&output).is_ok() => {
                    return Err(Error::InvalidArgument(format!(
                        "{} is one file; the results of a sequence need a pattern, such as \
                         new.####.exr, or a folder",
                        output.display()
                    )));
                }
                _ => batch.pair_in_folder(files, &output, format)?,
            },
        }
        batch.check_inputs_kept(matches)?;
        Ok(batch)
    }

    /// The files of a sequence: those of `frames`, or all. What is missing of `frames` is left out; a gap
    /// where none were named is told, unless `quiet`.
    fn select(
        &mut self,
        pattern: &Pattern,
        frames: Option<&BTreeSet<i64>>,
        quiet: bool,
    ) -> Result<Vec<Source>> {
        let found = pattern.frames()?;
        let failed = |path: PathBuf, reason: String| Error::File { path, reason };
        let Some(wanted) = frames else {
            let (Some(&first), Some(&last)) = (found.first(), found.last()) else {
                let reason = "no frame of this sequence is there".to_owned();
                return Err(failed(pattern.path().to_owned(), reason));
            };
            // A number out of line, such as a date, is no gap of millions.
            if !quiet && (last - first) / 2 < found.len() as i64 {
                let gaps: BTreeSet<i64> = (first..last).filter(|n| !found.contains(n)).collect();
                if !gaps.is_empty() {
                    complain(format_args!(
                        "{}: between frames {first} and {last} are missing: {}",
                        pattern.path().display(),
                        show_frames(&gaps)
                    ));
                }
            }
            return Ok(found
                .into_iter()
                .map(|frame| (pattern.file(frame), Some(frame)))
                .collect());
        };
        let mut files = Vec::new();
        for &frame in wanted {
            let file = pattern.file(frame);
            match found.contains(&frame) {
                true => files.push((file, Some(frame))),
                false => {
                    let reason = format!("frame {frame} is missing");
                    self.left_out.push((file.clone(), failed(file, reason)));
                }
            }
        }
        Ok(files)
    }

    /// The sequence that a file is of, and its frame there.
    pub fn place_of(&self, file: &Path) -> Option<(&Pattern, i64)> {
        let place = |pattern: &'_ Pattern| pattern.frame_of(file);
        let mut sequences = self.sequences.iter();
        sequences.find_map(|pattern| Some((pattern, place(pattern)?)))
    }

    /// Refuses a further file to be written that is one of the inputs or results.
    ///
    /// # Errors
    /// A usage error.
    pub fn check_apart(&self, flag: &str, file: &Path) -> Result<()> {
        let is_taken =
            |item: &Item| is_same_file(&item.input, file) || is_same_file(&item.output, file);
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
            if let Some(file) = further.iter().find(|file| is_same_file(file, &item.output)) {
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
        files: Vec<Source>,
        folder: &Path,
        format: Option<FileFormat>,
    ) -> Result<()> {
        if folder.is_file() {
            return Err(Error::File {
                path: folder.to_owned(),
                reason: "is a file; several inputs need a folder".to_owned(),
            });
        }
        let is_standard = |(file, _): &Source| file == Path::new(STANDARD);
        if folder == Path::new(STANDARD) || files.iter().any(is_standard) {
            return Err(Error::InvalidArgument(
                "- is one file in and one file out; with several, give their names".to_owned(),
            ));
        }
        let in_folder = |(input, _): &Source| folder.join(input.file_name().unwrap_or_default());
        let pairs = files.into_iter().map(|file| (in_folder(&file), file));
        self.pair(pairs.collect(), format)?;
        fs::create_dir_all(folder).map_err(|source| io(folder, source))
    }

    /// Pairs frames with results of the same numbers, and makes their folder.
    fn pair_by_frame(
        &mut self,
        files: Vec<Source>,
        pattern: &Pattern,
        format: Option<FileFormat>,
    ) -> Result<()> {
        let mut pairs = Vec::new();
        for (input, frame) in files {
            let number = frame.ok_or_else(|| {
                Error::InvalidArgument(format!(
                    "{} is of no sequence and has no number for {}; give a pattern such as \
                     shot.####.exr as input, or a folder as output",
                    input.display(),
                    pattern.path().display()
                ))
            })?;
            pairs.push((pattern.file(number), (input, frame)));
        }
        self.pair(pairs, format)?;
        match pattern.path().parent() {
            Some(folder) => fs::create_dir_all(folder).map_err(|source| io(folder, source)),
            None => Ok(()),
        }
    }

    /// Takes pairs of a result and its input; `format` decides the results' endings.
    fn pair(&mut self, pairs: Vec<(PathBuf, Source)>, format: Option<FileFormat>) -> Result<()> {
        let mut origins: HashMap<PathBuf, PathBuf> = HashMap::new();
        for (mut output, (input, frame)) in pairs {
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
            self.items.push(Item {
                input,
                output,
                frame,
            });
        }
        // Looked up, not compared with each other: a folder may hold tens of thousands.
        let inputs: HashSet<PathBuf> = self
            .items
            .iter()
            .filter_map(|item| item.input.canonicalize().ok())
            .collect();
        for item in &self.items {
            if let Ok(output) = item.output.canonicalize()
                && inputs.contains(&output)
            {
                return Err(Error::InvalidArgument(format!(
                    "{} would be replaced by a result; give another folder or name",
                    item.output.display()
                )));
            }
        }
        Ok(())
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

/// Whether two paths name one file, whether or not it is there yet.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}
