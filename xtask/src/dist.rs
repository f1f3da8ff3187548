//! `cargo xtask dist`: everything that is handed to people, in `target/dist`.

use crate::{Result, archive, c, deb, floors, gimp, openfx};

/// Builds every part, checks what it needs, and packs it; prints the paths.
///
/// # Errors
/// When a step fails.
pub fn all() -> Result<()> {
    for name in ["c", "ofx", "gimp"] {
        part(name)?;
    }
    floors::check()?;
    for archive in &archive::ALL {
        println!("{}", archive.pack()?.display());
    }
    if cfg!(target_os = "linux") {
        println!("{}", deb::dist()?.display());
    }
    println!("{}", archive::write_sums()?.display());
    Ok(())
}

/// Builds one part and prints its path.
///
/// # Errors
/// When there is no such part, or a step fails.
pub fn part(name: &str) -> Result<()> {
    let path = match name {
        "c" => c::dist()?,
        "deb" => deb::dist()?,
        "gimp" => gimp::dist()?,
        "ofx" => openfx::dist()?,
        other => {
            return Err(format!(
                "nothing to distribute is called `{other}`; there are `c`, `ofx`, `gimp` and `deb`"
            ));
        }
    };
    println!("{}", path.display());
    Ok(())
}
