//! `dcdp estimate`.

use std::path::PathBuf;

use clap::ArgMatches;

use super::arguments::path;
use super::batch::Item;
use super::options;
use super::output::{print, to_json};
use super::picture;
use dcdp::image::ImageFile;
use dcdp::restore::{Context, examine};
use dcdp::{Error, Result};

/// Prints what restoring a picture would assume and take.
///
/// # Errors
/// Those of reading the file and opening the model.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let (options, regions) = options::read(matches)?;
    let Some(input) = path(matches, "picture") else {
        return Err(Error::InvalidArgument("no picture was given".into()));
    };
    regions.check(&[Item {
        input: input.clone(),
        output: PathBuf::new(),
        frame: None,
    }])?;
    let options = picture::with_file(&options, input)?;
    let _context = Context::new(None)?;
    let file = ImageFile::read(input)?;
    let found = examine(&options, &file.view()?)?;
    if let Some(file) = path(matches, "kernel-out") {
        picture::write_kernel(&found.blur, file)?;
    }
    print(to_json(&found)?)
}
