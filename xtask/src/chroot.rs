//! Debian systems in folders: one with the host programs the plug-ins are tested in, GIMP 3.2 and MLT's
//! `melt`, and bare ones. Each is made once, by root, and kept in a cache folder.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, paths, shell};

const MIRROR: &str = "http://deb.debian.org/debian";

/// A Debian system to be had in a folder.
pub struct System<'a> {
    /// Tells its folder from others'.
    pub name: &'a str,
    pub release: &'a str,
    /// What it has beyond the least. A changed list brings an existing chroot up to date.
    pub packages: &'a [&'a str],
}

/// What the host tests need.
const HOSTS: System = System {
    name: "forky",
    release: "forky",
    packages: PACKAGES,
};

const PACKAGES: &[&str] = &[
    // GIMP, its headers, and what scripts it
    "gimp",
    "libgimp-3.0-dev",
    "gir1.2-gimp-3.0",
    "python3",
    "python3-gi",
    "python3-numpy",
    // building the plug-in
    "gcc",
    "libc6-dev",
    "make",
    "pkg-config",
    // its translations, and a language to try them in
    "gettext",
    "locales",
    // a screen, a window manager, a hand and a camera
    "xvfb",
    "openbox",
    "xdotool",
    "x11-utils",
    "imagemagick",
    "adwaita-icon-theme",
    "fonts-dejavu-core",
    // MLT, an OpenFX host
    "melt",
    // building another one
    "g++",
    "libexpat1-dev",
];

/// Mounts what a program needs, then runs it. The mounts live in a namespace of their own: they
/// are gone when the program ends, however it ends, and so is everything it started. Shared memory is
/// its own, so that a test sees what the program leaves there and nobody else's files.
const ENTER: &str = r#"
root=$1; shift
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
    mount -t tmpfs tmpfs "$root/dev/shm" || exit 125
while [ "$1" != -- ]; do
    mkdir -p "$root$1" && mount --rbind "$1" "$root$1" || exit 125
    shift
done
shift
exec chroot "$root" "$@"
"#;

/// Whether the chroot can be had here.
pub enum Availability {
    /// It stands.
    Ready(Chroot),
    /// It cannot be made on this machine, and why.
    Impossible(String),
}

/// A chroot that stands, with every package installed.
pub struct Chroot {
    root: PathBuf,
}

impl Chroot {
    /// Where this machine has a file that is at `inside` in there.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A command that runs `program` inside, as root, with `folders` of this machine at the same
    /// paths inside.
    pub fn command(&self, folders: &[&Path], program: impl AsRef<OsStr>) -> Command {
        enter(&self.root, folders, program)
    }
}

/// Makes the chroot of the host programs, or finds it made: in `DCDP_CHROOT`, or in the user's cache folder.
///
/// # Errors
/// When making it was possible but failed.
pub fn ensure() -> Result<Availability> {
    match std::env::var_os("DCDP_CHROOT") {
        Some(folder) => make(&HOSTS, PathBuf::from(folder)),
        None => ensure_system(&HOSTS),
    }
}

/// Makes the chroot of a system, or finds it made, in the user's cache folder.
///
/// # Errors
/// When making it was possible but failed.
pub fn ensure_system(system: &System) -> Result<Availability> {
    match paths::cache() {
        Ok(cache) => make(system, cache.join(format!("chroot-{}", system.name))),
        Err(reason) => Ok(Availability::Impossible(reason)),
    }
}

fn make(system: &System, root: PathBuf) -> Result<Availability> {
    if let Some(reason) = obstacle()? {
        return Ok(Availability::Impossible(reason));
    }
    let stamp = root.join("etc/dcdp-packages");
    let list = system.packages.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(Availability::Ready(Chroot { root }));
    }
    if !root.join("etc/debian_version").exists() {
        bootstrap(&root, system.release)?;
    }
    if !system.packages.is_empty() {
        install(&root, system.packages)?;
    }
    fs::write(&stamp, list).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(Availability::Ready(Chroot { root }))
}

/// Why this machine cannot run a chroot; installs debootstrap where that is all it takes.
fn obstacle() -> Result<Option<String>> {
    if !cfg!(target_os = "linux") {
        return Ok(Some("a chroot needs Linux".into()));
    }
    if !succeeds("unshare", &["--mount", "--pid", "--fork", "true"]) {
        return Ok(Some("a chroot needs root and util-linux's unshare".into()));
    }
    if succeeds("debootstrap", &["--version"]) {
        return Ok(None);
    }
    if !succeeds("apt-get", &["--version"]) {
        return Ok(Some("neither debootstrap nor apt-get is here".into()));
    }
    shell::apt_install(&["debootstrap", "debian-archive-keyring"])?;
    Ok(None)
}

fn bootstrap(root: &Path, release: &str) -> Result<()> {
    let partial = root.with_extension("partial");
    shell::remove_folder(&partial)?;
    shell::make_folder(&partial)?;
    eprintln!("making the Debian chroot {}", root.display());
    shell::run(
        Command::new("debootstrap")
            .args(["--variant=minbase", release])
            .arg(&partial)
            .arg(MIRROR)
            // An older debootstrap does not know the release's name; every release is made alike.
            .arg("/usr/share/debootstrap/scripts/sid"),
    )?;
    let settings = partial.join("etc/apt/apt.conf.d/90dcdp");
    // A mirror may lag behind its own expiry date; the packages are signed all the same.
    let text = "APT::Install-Recommends \"false\";\nAcquire::Check-Valid-Until \"false\";\n";
    fs::write(&settings, text).map_err(|error| format!("{}: {error}", settings.display()))?;
    fs::rename(&partial, root).map_err(|error| format!("{}: {error}", root.display()))
}

fn install(root: &Path, packages: &[&str]) -> Result<()> {
    for file in ["resolv.conf", "hosts"] {
        let (from, to) = (Path::new("/etc").join(file), root.join("etc").join(file));
        if from.exists() {
            shell::copy_file(&from, &to)?;
        }
    }
    shell::run(enter(root, &[], "apt-get").args(["update", "-q"]))?;
    shell::run(
        enter(root, &[], "apt-get")
            .args(["install", "--yes", "-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(packages),
    )?;
    shell::run(enter(root, &[], "apt-get").arg("clean"))
}

fn enter(root: &Path, folders: &[&Path], program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--pid", "--fork", "--kill-child"])
        .args(["--propagation", "private", "sh", "-c", ENTER, "enter"])
        .arg(root)
        .args(folders)
        .arg("--")
        .arg(program)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", "/root")
        .env("LANG", "C.UTF-8")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env_remove("DISPLAY")
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("TMPDIR");
    command
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}
