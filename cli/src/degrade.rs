//! `dcdp degrade`.

use clap::ArgMatches;

use super::arguments::jpeg_quality;
use super::batch::Batch;
use super::interrupt::Interrupt;
use super::options;
use dcdp::Result;
use dcdp::restore::degrade::degrade;
use dcdp::restore::measurement_size;

/// Simulates the measurement of every picture.
///
/// # Errors
/// Any; pictures after a failed one are left alone.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let options = options::read(matches)?;
    let batch = Batch::plan(matches)?;
    let interrupt = Interrupt::watch()?;
    for item in &batch.items {
        item.make(
            &options,
            jpeg_quality(matches),
            &interrupt,
            |width, height| Ok(measurement_size(&options, width, height)),
            |input, output| degrade(&options, input, output),
        )?;
    }
    Ok(())
}
