//! Masks: one for all pictures, or one for each frame of a sequence.

use std::path::PathBuf;

use clap::ArgMatches;
use ndarray::Array2;

use super::batch::{Item, is_same_file};
use super::sequence::Pattern;
use dcdp::image::read_mask;
use dcdp::{Error, Options, Result};

/// Where the options take the picture of a region.
type Set = fn(&mut Options, Option<Array2<f32>>);

/// The flags that name the picture of a region.
const REGIONS: [(&str, Set); 3] = [
    ("mask", Options::set_mask),
    ("ignore", Options::set_ignore),
    ("fill-from", Options::set_fill_from),
];

/// The regions that are others for each frame.
pub struct Regions(Vec<(&'static str, Set, Pattern)>);

impl Regions {
    /// Sets in `options` those that are one for all pictures, and gives the others.
    ///
    /// # Errors
    /// A usage error for a name with two places for the frame number; those of reading the pictures.
    pub fn read(matches: &ArgMatches, options: &mut Options) -> Result<Self> {
        let mut regions = Vec::new();
        for (flag, set) in REGIONS {
            let Ok(Some(file)) = matches.try_get_one::<PathBuf>(flag) else {
                continue;
            };
            let pattern = match file.exists() {
                true => None,
                false => Pattern::of(file)?,
            };
            match pattern {
                Some(pattern) => regions.push((flag, set, pattern)),
                None => set(options, Some(read_mask(file)?)),
            }
        }
        Ok(Regions(regions))
    }

    /// Refuses pictures that are no frames, and results that would replace a region.
    ///
    /// # Errors
    /// A usage error.
    pub fn check(&self, items: &[Item]) -> Result<()> {
        for (flag, _, pattern) in &self.0 {
            let shown = pattern.path().display();
            for item in items {
                let Some(frame) = item.frame else {
                    return Err(Error::InvalidArgument(format!(
                        "--{flag} {shown} is a sequence, and {} is no frame of one",
                        item.input.display()
                    )));
                };
                if is_same_file(&pattern.file(frame), &item.output) {
                    return Err(Error::InvalidArgument(format!(
                        "--{flag} {shown} is read too and would be replaced by results; give another output"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Sets in `options` what belongs to the frame of `item`.
    ///
    /// # Errors
    /// Those of reading the pictures.
    pub fn set(&self, item: &Item, options: &mut Options) -> Result<()> {
        for (_, set, pattern) in &self.0 {
            if let Some(frame) = item.frame {
                set(options, Some(read_mask(&pattern.file(frame))?));
            }
        }
        Ok(())
    }
}
