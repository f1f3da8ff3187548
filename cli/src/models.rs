//! `dcdp models`.

use clap::ArgMatches;

use super::output::print;
use dcdp::Result;
use dcdp::priors::{self, Manifest, ModelFolder};

/// Lists the installed models, or checks the one named.
///
/// # Errors
/// Those of [`priors::verify`] for a named model. A broken model in the list is no error.
pub fn run(matches: &ArgMatches) -> Result<()> {
    if let Some(name) = matches.get_one::<String>("model") {
        return describe(&priors::verify(name)?);
    }
    for (folder, model) in priors::list() {
        match model {
            Ok(model) => {
                let facts = &model.manifest;
                print(format_args!(
                    "{}  {}  {}  {}  {}",
                    facts.name,
                    facts.version,
                    facts.kind,
                    facts.licence,
                    folder.display()
                ))?;
            }
            Err(error) => print(format_args!("broken: {error}"))?,
        }
    }
    Ok(())
}

/// The noise levels the network knows.
fn noise(facts: &Manifest) -> String {
    match (facts.timesteps, facts.sigma_max) {
        (_, Some(largest)) if facts.is_denoiser() => format!("σ up to {largest} in 0…255 units"),
        (Some(timesteps), _) => format!("{timesteps} timesteps"),
        (None, _) => "none".to_owned(),
    }
}

fn describe(model: &ModelFolder) -> Result<()> {
    let facts = &model.manifest;
    let tile = match (facts.tile, facts.fixed_size) {
        (0, _) => "none".to_owned(),
        (tile, true) => format!("{tile} px, no other size"),
        (tile, false) => format!("{tile} px"),
    };
    for (name, value) in [
        ("name", facts.name.clone()),
        ("version", facts.version.clone()),
        ("licence", facts.licence.clone()),
        ("kind", facts.kind.to_string()),
        ("description", facts.description.clone()),
        ("folder", model.path.display().to_string()),
        ("size multiple", format!("{} px", facts.size_multiple)),
        ("tile", tile),
        ("halo", format!("{} px", facts.halo)),
        ("noise", noise(facts)),
    ] {
        print(format_args!("{name:<20}{value}"))?;
    }
    for (field, entry) in facts.files() {
        print(format_args!(
            "{field:<20}{}  {} bytes  sha256 {}",
            entry.path, entry.bytes, entry.sha256
        ))?;
    }
    print("sizes, hashes and graphs are as the manifest says; a trial call succeeded")
}
