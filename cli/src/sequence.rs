//! Frame sequences: one name for many files.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use dcdp::{Error, Result};

/// Most frames that one range may have; more is a slip of the keyboard.
const MOST_FRAMES: i64 = 1_000_000;

/// What `--frames` takes, for messages.
const FRAMES: &str = "frame numbers and ranges, FIRST-LAST or FIRST-LAST:STEP, separated by commas, as in 1-200:2,240";

/// A file name with a place for the frame number: `shot.####.exr` or `shot.%04d.exr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As given.
    path: PathBuf,
    before: String,
    /// Numbers of fewer digits are padded with zeros.
    digits: usize,
    after: String,
}

impl Pattern {
    /// The pattern that a path's file name is; `None` where it names one file.
    ///
    /// # Errors
    /// A usage error for a name with two places for the number.
    pub fn of(path: &Path) -> Result<Option<Self>> {
        let name = path.file_name().and_then(|name| name.to_str());
        let mut places = places(name.unwrap_or_default());
        let Some((start, end, digits)) = places.pop() else {
            return Ok(None);
        };
        let name = name.unwrap_or_default();
        match places.is_empty() {
            true => Ok(Some(Pattern {
                path: path.to_owned(),
                before: name[..start].to_owned(),
                digits,
                after: name[end..].to_owned(),
            })),
            false => Err(Error::InvalidArgument(format!(
                "{} has more than one place for the frame number; give one run of # or one %04d",
                path.display()
            ))),
        }
    }

    /// As given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of one frame.
    pub fn file(&self, frame: i64) -> PathBuf {
        self.path.with_file_name(self.name(frame))
    }

    /// The frame that a file is, where it is one of this sequence.
    pub fn frame_of(&self, file: &Path) -> Option<i64> {
        let name = file.file_name()?.to_str()?;
        let is_beside = file.parent() == self.path.parent();
        self.frame(name).filter(|_| is_beside)
    }

    /// The frames whose files are there.
    ///
    /// # Errors
    /// `Io` when the folder cannot be read.
    pub fn frames(&self) -> Result<BTreeSet<i64>> {
        let folder = match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let io = |source| Error::Io {
            path: folder.to_owned(),
            source,
        };
        let mut frames = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            if let Some(frame) = name.to_str().and_then(|name| self.frame(name))
                && entry.path().is_file()
            {
                frames.insert(frame);
            }
        }
        Ok(frames)
    }

    fn name(&self, frame: i64) -> String {
        let width = self.digits;
        format!("{}{frame:0width$}{}", self.before, self.after)
    }

    /// The frame that `name` is the file of.
    fn frame(&self, name: &str) -> Option<i64> {
        let number = name
            .strip_prefix(self.before.as_str())?
            .strip_suffix(self.after.as_str())?;
        let frame = number.parse().ok()?;
        (self.name(frame) == name).then_some(frame)
    }
}

/// Where in a file name a frame number can stand: start, end and digits of each run of `#`, `%d` or `%0Nd`.
fn places(name: &str) -> Vec<(usize, usize, usize)> {
    let bytes = name.as_bytes();
    let run = |start: usize, is_in: fn(&u8) -> bool| {
        start + bytes[start..].iter().take_while(|byte| is_in(byte)).count()
    };
    let mut places = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let place = match bytes[at] {
            b'#' => {
                let end = run(at, |&byte| byte == b'#');
                Some((at, end, end - at))
            }
            b'%' => {
                let end = run(at + 1, u8::is_ascii_digit);
                let width = &name[at + 1..end];
                let is_number = width.is_empty() || width.starts_with('0');
                let is_place = is_number && bytes.get(end) == Some(&b'd');
                is_place.then(|| (at, end + 1, width.parse().unwrap_or(0)))
            }
            _ => None,
        };
        at = place.map_or(at + 1, |(_, end, _)| end);
        places.extend(place);
    }
    places
}

/// The frames that `--frames` names, such as `1-200:2,240`.
///
/// # Errors
/// A usage error.
pub fn parse_frames(text: &str) -> Result<BTreeSet<i64>> {
    let refused = || Error::invalid("frames", format!("`{text}`"), FRAMES);
    let mut frames = BTreeSet::new();
    for part in text.split(',') {
        let part = part.trim();
        let (range, step) = match part.split_once(':') {
            Some((range, step)) => (range, step.trim().parse().map_err(|_| refused())?),
            None => (part, 1),
        };
        // A minus at the start belongs to the number.
        let dash = range.char_indices().skip(1).find(|&(_, sign)| sign == '-');
        let (first, last) = match dash {
            Some((at, _)) => (&range[..at], &range[at + 1..]),
            None => (range, range),
        };
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| refused());
        let (first, last) = (number(first)?, number(last)?);
        if step < 1 || last < first || (dash.is_none() && part.contains(':')) {
            return Err(refused());
        }
        let is_too_many = last
            .checked_sub(first)
            .is_none_or(|n| n / step >= MOST_FRAMES);
        if is_too_many {
            return Err(Error::invalid(
                "frames",
                format!("`{text}`"),
                format!("at most {MOST_FRAMES} frames"),
            ));
        }
        frames.extend((first..=last).step_by(usize::try_from(step).map_err(|_| refused())?));
    }
    Ok(frames)
}

/// What [`parse_frames`] reads, for people: `1-3, 7`.
pub fn show_frames(frames: &BTreeSet<i64>) -> String {
    let mut text = String::new();
    let mut rest = frames.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while let Some(next) = rest.next_if_eq(&(last + 1)) {
            last = next;
        }
        let comma = if text.is_empty() { "" } else { ", " };
        let written = match first == last {
            true => write!(text, "{comma}{first}"),
            false => write!(text, "{comma}{first}-{last}"),
        };
        debug_assert!(written.is_ok(), "a string takes everything");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(path: &str) -> Pattern {
        Pattern::of(Path::new(path)).unwrap().unwrap()
    }

    #[test]
    fn names_and_numbers_are_each_others_inverse() {
        for (path, frame, file) in [
            ("a/shot.####.exr", 7, "a/shot.0007.exr"),
            ("a/shot.%04d.exr", 7, "a/shot.0007.exr"),
            ("shot.####.exr", 12345, "shot.12345.exr"),
            ("shot.####.exr", -1, "shot.-001.exr"),
            ("#.png", 0, "0.png"),
            ("%d.png", 120, "120.png"),
            ("x%03d", 4, "x004"),
            ("2024_v2_##é.tif", 3, "2024_v2_03é.tif"),
        ] {
            let pattern = pattern(path);
            assert_eq!(pattern.file(frame), Path::new(file), "{path}");
            let name = Path::new(file).file_name().unwrap().to_str().unwrap();
            assert_eq!(pattern.frame(name), Some(frame), "{path}");
        }
        for other in [
            "shot.007.exr",
            "shot.00007.exr",
            "shot.+007.exr",
            "shot.exr",
            "shot.0007.png",
        ] {
            assert_eq!(pattern("shot.####.exr").frame(other), None, "{other}");
        }
    }

    #[test]
    fn other_names_are_no_patterns() {
        for path in [
            "shot.exr",
            "100%.png",
            "100%20dark.png",
            "a%4d.png",
            "a/#/b.png",
            "%%",
            "",
            "a/..",
        ] {
            assert_eq!(Pattern::of(Path::new(path)).unwrap(), None, "{path}");
        }
        for path in ["#.#.png", "a%d_##.png"] {
            assert!(
                Pattern::of(Path::new(path)).unwrap_err().is_usage(),
                "{path}"
            );
        }
    }

    #[test]
    fn frames_are_numbers_ranges_and_steps() {
        for (text, frames) in [
            ("5", vec![5]),
            ("1-4", vec![1, 2, 3, 4]),
            ("1-8:3", vec![1, 4, 7]),
            ("9, 1-2,2-3", vec![1, 2, 3, 9]),
            ("-2", vec![-2]),
            ("-2-1", vec![-2, -1, 0, 1]),
            ("-4--2:2", vec![-4, -2]),
            ("3-3", vec![3]),
        ] {
            assert_eq!(
                Vec::from_iter(parse_frames(text).unwrap()),
                frames,
                "{text}"
            );
        }
        for text in [
            "",
            "a",
            "1-",
            "-",
            "1,",
            "4-1",
            "1-4:0",
            "1-4:-1",
            "1:2",
            "1-2-3",
            "1.5",
            "1-4:",
            "1-99999999",
            "-9223372036854775808-9223372036854775807",
            "99999999999999999999",
        ] {
            assert!(parse_frames(text).unwrap_err().is_usage(), "{text}");
        }
    }

    #[test]
    fn frames_are_shown_as_ranges() {
        for text in ["1", "1-3, 7", "-2--1, 4"] {
            assert_eq!(show_frames(&parse_frames(text).unwrap()), text);
        }
    }
}
