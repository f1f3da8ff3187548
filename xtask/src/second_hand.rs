//! The archives on machines that did not build them: a bare Debian without Rust, Python or the checkout, and one
//! with the hosts.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::chroot::{self, Availability, Chroot, System};
use crate::platform::Platform;
use crate::{Result, archive, demo, gimp, openfx, paths, portable, shell};

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

/// Restores the sample photo from the archive of the command line and from the `.deb` that stand in `target/dist`,
/// in a bare Debian `release`; then the plug-ins, as their archives hold them, restore in melt and GIMP.
///
/// # Errors
/// When an archive is missing, the picture is no closer to the original, or a host's is not that of the command
/// line. Where no chroot can be made, says so and succeeds.
pub fn test(release: Option<&str>) -> Result<()> {
    portable::build_to_be_shipped();
    let release = release.unwrap_or(RELEASE);
    let system = System {
        name: release,
        release,
        packages: &[],
    };
    let (bare, hosts) = match (chroot::ensure_system(&system)?, chroot::ensure()?) {
        (Availability::Ready(bare), Availability::Ready(hosts)) => (bare, hosts),
        (Availability::Impossible(reason), _) | (_, Availability::Impossible(reason)) => {
            println!("skipped: the archives on a bare machine, because {reason}");
            return Ok(());
        }
    };
    let work = paths::target().join("host-tests/second-hand");
    shell::remove_folder(&work)?;
    shell::make_folder(&work)?;
    program(&bare, &work)?;
    unpack(&archive::OPENFX.path(Platform::HERE), &work)?;
    let bundle = work.join("dcdp.ofx.bundle");
    openfx::drive(&hosts, &bundle, "test_eight_bits_in_and_out")?;
    unpack(&archive::GIMP.path(Platform::HERE), &work)?;
    gimp::drive(
        &hosts,
        &work.join(gimp::NAME),
        "test_the_batch_example_of_the_docs",
    )
}

/// The command line, from the archive and as a package.
fn program(bare: &Chroot, work: &Path) -> Result<()> {
    let program = archive::PROGRAM.path(Platform::HERE);
    for file in [archive::package(), program, archive::sums()] {
        if !file.is_file() {
            return Err(format!(
                "{}: no such file; `cargo xtask dist` makes it",
                file.display()
            ));
        }
        bring(&file, work)?;
    }
    let noisy = paths::root().join("examples/photo/houses-noisy.png");
    shell::copy_file(&noisy, &work.join("noisy.png"))?;
    let program = portable::dist().join("c/bin/dcdp");
    let restored = work.join("restored.png");
    for script in [UNPACK_AND_RESTORE, INSTALL_AND_RESTORE] {
        restore(bare, work, script)?;
        demo::check(|| Command::new(&program), &restored)?;
        fs::remove_file(&restored).map_err(|error| format!("{}: {error}", restored.display()))?;
    }
    Ok(())
}

fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    shell::run(tar.arg("-xzf").arg(archive).arg("-C").arg(folder))
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
