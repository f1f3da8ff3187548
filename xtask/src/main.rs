//! `cargo xtask COMMAND`: everything the README asks a person to type.

mod abi;
mod archive;
mod beside;
mod c;
mod c_test;
mod chroot;
mod compare;
mod deb;
mod debug;
mod demo;
mod dist;
mod farm;
mod files;
mod floors;
mod fuzz;
mod gimp;
mod model;
mod notices;
mod openfx;
mod paths;
mod platform;
mod portable;
mod python;
mod release;
mod runtime;
mod second_hand;
mod shell;
mod test;
mod wheel;
mod wheels;
mod windows;
mod wine;

use std::path::Path;
use std::process::ExitCode;

/// What every step returns; the message is printed as it stands.
type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo       build dcdp and restore a photograph with it; prints its PSNR before and after
  test       run every check; `test --full` adds the long ones
  dist       fill target/dist: the command line and C library, the OpenFX bundle, the GIMP plug-in, their
             archives, the .deb, the Python wheel and the checksums; `dist c`, `dist ofx`, `dist gimp`,
             `dist deb` or `dist python` one of them
  windows    on Linux, fill target/dist/windows with the command line, C library and OpenFX bundle for Windows,
             and pack them
  chroot     make the Debian chroot of the host tests; `chroot COMMAND…` runs a command in it
  abi-dump   record the C ABI of a release, which later ones are compared with
  runtime    fetch the pinned ONNX Runtime and put it beside the built programs; prints its path;
             `runtime cuda`, `runtime directml` or `runtime openvino` the one with that provider;
             `runtime cuda FOLDER` into a bundle, a plug-in's folder or a prefix
  release --check
             say what a release of this version still lacks
  model NAME fetch a model that is not committed (`ffdnet`) and put it beside the built programs;
             prints its path
  install-gimp
             build the GIMP plug-in and put it where this user's GIMP looks
  gimp-po    renew the template of the GIMP plug-in's texts, and bring its translations up to it
  compare    measure the published methods beside dcdp on the same prior, for hours: `compare
             --pictures FOLDER`; `compare --quick` a small picture; `compare --help` says what else
  fuzz       fuzz the readers and the C descriptors for 30 s; `fuzz SECONDS` for longer
  test-files read and write picture files against other programs' readers and writers;
             `test-files NAME` runs the tests with that in their name
  test-archives
             restore from the archive and the .deb that `dist` made in a bare Debian (`test-archives bullseye`
             in an older one), and with the plug-ins of their archives in the hosts
  test-windows
             do what `windows` does, and restore with what it packed in Wine
  test-c     build the C library and restore with the C and C++ examples through pkg-config and CMake
  test-gimp  build it and drive it in a real GIMP; `test-gimp NAME` runs the tests with that in
             their name
  test-openfx
             build the OpenFX node and drive it in MLT's melt and in the ASWF's HostSupport;
             `test-openfx NAME` likewise
  test-python
             build the wheel and test it in a fresh environment; `test-python NAME` likewise
  test-farm  restore a sequence on Open Job Description's sessions and on Slurm; `test-farm NAME` likewise,
             `test-farm --full` kills at ten random moments
  python-stub
             write the Python package's type stubs from the parameter table";

fn main() -> ExitCode {
    if let Some(code) = fuzz::as_compiler() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["chroot", command @ ..] => enter_chroot(command),
        ["demo"] => demo::run(),
        ["test"] => test::run(false),
        ["test", "--full"] => test::run(true),
        ["dist"] => dist::all(),
        ["dist", part] => dist::part(part),
        ["runtime"] => {
            println!("{}", runtime::install()?.display());
            Ok(())
        }
        ["runtime", provider] => {
            println!("{}", runtime::install_provider(provider, None)?.display());
            Ok(())
        }
        ["runtime", provider, place] => {
            let library = runtime::install_provider(provider, Some(Path::new(place)))?;
            println!("{}", library.display());
            Ok(())
        }
        ["model", name] => {
            println!("{}", model::install(name)?.display());
            Ok(())
        }
        ["install-gimp"] => gimp::install(),
        ["windows"] => windows::dist(),
        ["test-windows"] => wine::test(),
        ["abi-dump"] => {
            println!("{}", abi::dump()?.display());
            Ok(())
        }
        ["compare", arguments @ ..] => compare::run(arguments),
        ["fuzz"] => fuzz::run(30),
        ["fuzz", seconds] => fuzz::run(
            seconds
                .parse()
                .map_err(|_| format!("`{seconds}` is no number of seconds"))?,
        ),
        ["release", "--check"] => release::check(),
        ["test-files"] => files::test(""),
        ["test-files", only] => files::test(only),
        ["test-archives"] => second_hand::test(None),
        ["test-archives", release] => second_hand::test(Some(release)),
        ["test-c"] => c_test::run(),
        ["gimp-po"] => gimp::update_texts(),
        ["test-gimp"] => gimp::test(""),
        ["test-gimp", only] => gimp::test(only),
        ["test-openfx"] => openfx::test(""),
        ["test-openfx", only] => openfx::test(only),
        ["test-python"] => wheel::test(""),
        ["test-python", only] => wheel::test(only),
        ["test-farm"] => farm::test("", false),
        ["test-farm", "--full"] => farm::test("", true),
        ["test-farm", only] => farm::test(only, false),
        ["python-stub"] => {
            println!("{}", wheel::stub()?.display());
            Ok(())
        }
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(format!("unknown command `{}`\n{USAGE}", other.join(" "))),
    }
}

/// Makes the chroot, and runs `command` in it with the checkout and the target folder at hand.
fn enter_chroot(command: &[&str]) -> Result<()> {
    let chroot = match chroot::ensure()? {
        chroot::Availability::Ready(chroot) => chroot,
        chroot::Availability::Impossible(reason) => return Err(reason),
    };
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let target = paths::target();
    shell::make_folder(&target)?;
    shell::run(
        chroot
            .command(&[paths::root(), &target], program)
            .args(arguments),
    )
}
