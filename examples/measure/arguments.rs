//! What the examples that measure are told on the command line.

use std::path::PathBuf;

use super::{Outcome, ROWS, Row};

/// `FOLDER [--rows NAME,NAME] [--every N] [--limit N] [--crop N] [--set NAME=VALUE]...`
pub struct Arguments {
    /// Of clean pictures.
    pub folder: PathBuf,
    /// One picture of so many is taken, the first among them.
    pub every: usize,
    /// Most pictures.
    pub limit: usize,
    /// Side of the squares in the middle that are taken, whole pictures without.
    pub crop: Option<u32>,
    /// Options of every restoration.
    pub set: Vec<(String, String)>,
    /// Beginnings of the names of the rows to measure, or `=` and a whole name; all without.
    rows: Option<Vec<String>>,
}

impl Arguments {
    /// Reads the command line; what it does not know goes to `other`, with a way to the argument's value, which
    /// says whether it knows it.
    pub fn read(
        usage: &str,
        mut other: impl FnMut(&str, &mut dyn FnMut() -> Outcome<String>) -> Outcome<bool>,
    ) -> Outcome<Self> {
        let mut given = std::env::args().skip(1);
        let mut folder = None;
        let (mut every, mut limit, mut crop) = (1, usize::MAX, None);
        let (mut rows, mut set) = (None, Vec::new());
        while let Some(argument) = given.next() {
            let mut value = || -> Outcome<String> {
                Ok(given.next().ok_or(format!("{argument} needs a value"))?)
            };
            match argument.as_str() {
                "--rows" => rows = Some(value()?.split(',').map(str::to_owned).collect()),
                "--every" => every = value()?.parse()?,
                "--crop" => crop = Some(value()?.parse()?),
                "--limit" => limit = value()?.parse()?,
                "--set" => {
                    let text = value()?;
                    let (name, value) = text.split_once('=').ok_or("--set takes NAME=VALUE")?;
                    set.push((name.to_owned(), value.to_owned()));
                }
                known if other(known, &mut value)? => {}
                unknown if unknown.starts_with("--") => {
                    return Err(format!("{unknown} is unknown\n{usage}").into());
                }
                _ => folder = Some(PathBuf::from(&argument)),
            }
        }
        Ok(Arguments {
            folder: folder.ok_or(usage)?,
            every,
            limit,
            crop,
            set,
            rows,
        })
    }

    /// The rows to measure.
    pub fn rows(&self) -> impl Iterator<Item = &'static Row> {
        ROWS.iter().filter(|row| {
            let is_meant = |name: &String| match name.strip_prefix('=') {
                Some(whole) => row.name == whole,
                None => row.name.starts_with(name),
            };
            self.rows
                .as_ref()
                .is_none_or(|names| names.iter().any(is_meant))
        })
    }
}
