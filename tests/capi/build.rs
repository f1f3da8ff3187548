//! Compiling C and C++ programs against the library that cargo built for these tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shared library: cargo puts it beside the test program.
pub fn library() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let name = format!(
        "{}dcdp{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    program.parent().unwrap().join(name)
}

/// What a command printed; it must succeed.
pub fn succeed(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (printed, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}\n{error}",
        output.status
    );
    printed.into_owned()
}

/// The compiler that a source file needs, with every warning an error.
pub fn compiler(source: &Path) -> Command {
    let cpp = source
        .extension()
        .is_some_and(|extension| extension == "cpp");
    let mut command = Command::new(if cpp { "c++" } else { "cc" });
    // C11 only where a program of the tests needs atomics; the header itself is C99.
    let c = match source.file_stem().is_some_and(|name| name == "cancel") {
        true => "-std=c11",
        false => "-std=c99",
    };
    command
        .arg(if cpp { "-std=c++17" } else { c })
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-I"])
        .arg(root().join("include"));
    command
}

/// A compiled program.
pub struct Program {
    folder: TempDir,
    sanitized: bool,
}

impl Program {
    /// Compiles the source file `path` of the checkout, linked with the library. With `sanitized`, it runs under
    /// AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer, which also watch what the library
    /// allocates and frees.
    pub fn compile(path: &str, sanitized: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = root().join(path);
        // Programs ask for the soname.
        std::os::unix::fs::symlink(library(), folder.path().join("libdcdp.so.0")).unwrap();
        let mut command = compiler(&source);
        if sanitized {
            command.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        }
        command
            .arg(&source)
            .arg("-o")
            .arg(folder.path().join("program"))
            .arg(folder.path().join("libdcdp.so.0"))
            .arg(format!("-Wl,-rpath,{}", folder.path().display()))
            .args(["-lm", "-lpthread", "-ldl"]);
        succeed(&mut command);
        Program { folder, sanitized }
    }

    /// The program as a command, with a quick model to restore with.
    fn command(&self) -> Command {
        let mut command = Command::new(self.folder.path().join("program"));
        command
            .env("DCDP_TEST_MODEL", root().join("tests/data/tiny-prior"))
            .env("DCDP_MODEL_PATH", root().join("models"));
        if self.sanitized {
            let suppressions = root().join("tests/capi/leaks.txt");
            command
                .env("ASAN_OPTIONS", "detect_leaks=1:detect_odr_violation=1")
                .env(
                    "LSAN_OPTIONS",
                    format!(
                        "suppressions={}:print_suppressions=0",
                        suppressions.display()
                    ),
                );
        }
        command
    }

    /// Runs the program to its successful end; what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        succeed(self.command().args(arguments))
    }
}

/// Whether the long tests were asked for.
pub fn full() -> bool {
    std::env::var_os("DCDP_TEST_FULL").is_some()
}
