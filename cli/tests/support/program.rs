//! Runs the command line program in a folder of its own.
#![allow(dead_code)] // Each test program uses its own part.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use image::{DynamicImage, ExtendedColorType, ImageReader};
use tempfile::TempDir;

/// A folder with pictures, where the program runs.
pub struct Place {
    folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Place {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A place with `in.png`, 40×30 RGB.
    pub fn with_picture() -> Self {
        let place = Place::new();
        place.save("in.png", 40, 30, ExtendedColorType::Rgb8);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a picture with edges and texture.
    pub fn save(&self, name: &str, width: u32, height: u32, color: ExtendedColorType) {
        let samples = (width * height) as usize * color.channel_count() as usize;
        let deep = color.bits_per_pixel() / u16::from(color.channel_count()) == 16;
        let row = width as usize * color.channel_count() as usize;
        let value = |index: usize| {
            let (x, y) = (index % row, index / row);
            let edge = if (x / 24 + y / 8) % 2 == 0 { 40 } else { 190 };
            (edge + (x * 7 + y * 13) % 31) as u8
        };
        let bytes: Vec<u8> = (0..samples)
            .flat_map(|index| match deep {
                true => vec![(index * 37 % 251) as u8, value(index)],
                false => vec![value(index)],
            })
            .collect();
        image::save_buffer(self.path(name), &bytes, width, height, color).unwrap();
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn decode(&self, name: &str) -> DynamicImage {
        ImageReader::open(self.path(name))
            .unwrap()
            .decode()
            .unwrap()
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.bytes(name)).unwrap()
    }

    /// Every file and folder with its content.
    pub fn content(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn collect(folder: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, into);
                }
                into.insert(path.clone(), fs::read(&path).unwrap_or_default());
            }
        }
        let mut content = BTreeMap::new();
        collect(self.folder.path(), &mut content);
        content
    }

    /// The program with `arguments` (separated by spaces), not started, its input and output no terminals.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dcdp"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env_remove("RUST_LOG");
        command
    }

    pub fn run(&self, arguments: &str) -> Outcome {
        let output = self.command(arguments).output().unwrap();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs `restore` with the tiny prior.
    pub fn restore(&self, arguments: &str) -> Outcome {
        self.run(&format!("restore --model {} {arguments}", tiny_prior()))
    }

    /// Runs a command that must succeed without a word on standard error; gives standard output.
    pub fn succeed(&self, arguments: &str) -> String {
        let outcome = self.run(arguments);
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (Some(0), ""),
            "{arguments}: {outcome:?}"
        );
        outcome.stdout
    }

    /// As [`succeed`](Self::succeed), for `restore` with the tiny prior, which prints nothing.
    pub fn restored(&self, arguments: &str) {
        let printed = self.succeed(&format!("restore --model {} {arguments}", tiny_prior()));
        assert_eq!(printed, "", "{arguments}");
    }
}

impl Outcome {
    /// Asserts the exit code and a single line on standard error that names `what`.
    pub fn failed(&self, code: i32, what: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let line = self.stderr.strip_suffix('\n').unwrap_or_default();
        assert!(
            line.starts_with("dcdp: ") && !line.contains('\n'),
            "{self:?}"
        );
        assert!(line.contains(what), "{what}: {self:?}");
    }
}

/// The folder of a network that is quick to run.
pub fn tiny_prior() -> String {
    root().join("tests/data/tiny-prior").display().to_string()
}

/// The root of the checkout.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap()
}
