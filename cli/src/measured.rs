//! Noise and blur measured on one frame of a sequence, for all of them: `--noise-frame`, `--blur-frame`.

use clap::ArgMatches;

use super::sequence::Pattern;
use dcdp::image::{Document, Transfer};
use dcdp::request::looks_for_blur;
use dcdp::request::parameters::Id;
use dcdp::restore::{shown_blur, shown_noise};
use dcdp::{Error, Options, Result};

/// Sets in `options` what the chosen frames show, where it is to be measured.
///
/// # Errors
/// A usage error unless there is one sequence; those of reading the frame.
pub fn measure(
    matches: &ArgMatches,
    sequences: &[Pattern],
    transfer: Option<Transfer>,
    options: &mut Options,
) -> Result<()> {
    for (name, id) in [("noise-frame", Id::Noise), ("blur-frame", Id::Blur)] {
        let Some(&frame) = matches.get_one::<i64>(name) else {
            continue;
        };
        let [pattern] = sequences else {
            return Err(Error::InvalidArgument(format!(
                "--{name} is of use with one sequence only; give an input such as shot.####.exr"
            )));
        };
        let file = pattern.file(frame);
        let picture = Document::open(&file)?.read(transfer)?;
        match id {
            Id::Noise if options.number(Id::Noise) < 0.0 => {
                let found = shown_noise(options, &picture.view()?)?;
                options.set_noise_found(Some(found));
            }
            Id::Blur if looks_for_blur(options) => {
                let found = shown_blur(options, &picture.view()?)?;
                options.set_blur_found(Some(found));
            }
            _ => {}
        }
    }
    Ok(())
}
