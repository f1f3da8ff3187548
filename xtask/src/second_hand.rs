//! The archives on a machine that has nothing: a bare Debian without Rust, Python or the checkout.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::chroot::{self, Availability, Chroot, System};
use crate::{Result, archive, c, demo, paths, shell};

/// The Debian that is tried unless another is asked for. (Its glibc is 2.36; `floors` answers for older ones.)
const RELEASE: &str = "bookworm";

/// What a user types, with the archive, its checksum and the noisy picture in the folder `$1`.
const UNPACK_AND_RESTORE: &str = r#"
set -eu
cd "$1"
for program in cargo rustc python3 pip gcc; do
    if command -v "$program"; then echo "this machine has $program"; exit 1; fi
done
sha256sum --check --ignore-missing SHA256SUMS
tar -xzf dcdp-[0-9]*.tar.gz
dcdp-[0-9]*/bin/dcdp restore noisy.png -o restored.png --task denoise --noise 25
"#;

/// The same with the package, which goes again afterwards.
const INSTALL_AND_RESTORE: &str = r#"
set -eu
cd "$1"
dpkg --install dcdp_*.deb
trap 'dpkg --purge dcdp' EXIT
dcdp restore noisy.png -o restored.png --task denoise --noise 25
"#;

/// Restores the sample photo from the archive of the command line, and from the `.deb` where there is one, in
/// a bare Debian `release`.
///
/// # Errors
/// When the picture is no closer to the original. Where no chroot can be made, says so and succeeds.
pub fn test(release: Option<&str>) -> Result<()> {
    let release = release.unwrap_or(RELEASE);
    let system = System {
        name: release,
        release,
        packages: &[],
    };
    let chroot = match chroot::ensure_system(&system)? {
        Availability::Ready(chroot) => chroot,
        Availability::Impossible(reason) => {
            println!("skipped: the archives on a bare machine, because {reason}");
            return Ok(());
        }
    };
    let program = c::dist()?.join("bin/dcdp");
    let work = paths::target().join("host-tests/second-hand");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    }
    shell::make_folder(&work)?;
    bring(&archive::PROGRAM.pack()?, &work)?;
    bring(&archive::write_sums()?, &work)?;
    let noisy = paths::root().join("examples/photo/houses-noisy.png");
    shell::copy_file(&noisy, &work.join("noisy.png"))?;
    restore(&chroot, &work, UNPACK_AND_RESTORE)?;
    demo::check(|| Command::new(&program), &work.join("restored.png"))?;
    let package = archive::package();
    match package.is_file() {
        true => {
            bring(&package, &work)?;
            restore(&chroot, &work, INSTALL_AND_RESTORE)?;
            demo::check(|| Command::new(&program), &work.join("restored.png"))
        }
        false => Ok(()),
    }
}

fn bring(file: &Path, work: &Path) -> Result<()> {
    let name = file.file_name().expect("a file has a name");
    shell::copy_file(file, &work.join(name))
}

/// Runs the script in the chroot, which sees nothing of this machine but `work`.
fn restore(chroot: &Chroot, work: &Path, script: &str) -> Result<()> {
    shell::run(
        chroot
            .command(&[work], "sh")
            .args(["-c", script, "sh"])
            .arg(work),
    )
}
