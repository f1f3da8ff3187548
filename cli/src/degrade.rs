//! `dcdp degrade`.

use clap::ArgMatches;

use super::batch::Batch;
use super::interrupt::Interrupt;
use super::make::{Files, Outcomes};
use super::options;
use dcdp::Result;
use dcdp::restore::degrade::degrade;
use dcdp::restore::measurement_size;

/// Simulates the measurement of every picture.
///
/// # Errors
/// Any. One file that fails does not keep the others of a batch from being made.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let (options, regions) = options::read(matches)?;
    let files = Files::read(matches)?;
    let batch = Batch::plan(matches, files.format)?;
    regions.check(&batch.items)?;
    let interrupt = Interrupt::watch()?;
    let mut outcomes = Outcomes::new(&batch);
    for item in &batch.items {
        if outcomes.skip(item, &files) {
            continue;
        }
        let mut options = options.clone();
        let made = regions.set(item, &mut options).and_then(|()| {
            item.make(
                &options,
                &files,
                &interrupt,
                |width, height| Ok(measurement_size(&options, width, height)),
                |_, input, output| degrade(&options, input, output),
            )
        });
        if let Some(made) = outcomes.take(made)?
            && !files.quiet
        {
            made.tell(&item.input);
        }
    }
    outcomes.end(&batch.output)
}
