//! The C library as a program's build finds it: through pkg-config and CMake, in a prefix that was moved.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, abi, c, paths, shell};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Builds the prefix, moves it, compiles the examples against it in every way and restores a real picture
/// with each.
///
/// # Errors
/// When a step fails, or a restored picture is not what it should be.
pub fn run() -> Result<()> {
    install_tools()?;
    abi::check()?;
    let built = c::dist()?;
    let folder = paths::target().join("test-c");
    shell::remove_folder(&folder)?;
    // Not a rename: `dist` stays. Links must stay links, which `copy_folder` does not care for.
    let prefix = folder.join("moved here");
    shell::make_folder(&folder)?;
    shell::run(Command::new("cp").arg("-a").arg(&built).arg(&prefix))?;
    let examples = Examples { prefix, folder };
    examples.by_pkg_config()?;
    examples.by_cmake()?;
    examples.linked_statically()
}

/// Installs pkg-config and CMake where they are missing and that can be done.
fn install_tools() -> Result<()> {
    for (program, package) in [("pkg-config", "pkg-config"), ("cmake", "cmake")] {
        let found = Command::new(program).arg("--version").output().is_ok();
        if !found {
            shell::apt_install(&[package])?;
        }
    }
    Ok(())
}

struct Examples {
    /// The installation prefix; its name has a space.
    prefix: PathBuf,
    folder: PathBuf,
}

impl Examples {
    fn by_pkg_config(&self) -> Result<()> {
        for source in ["c/restore.c", "c/custom_operator.c", "cpp/restore.cpp"] {
            let program = self.folder.join(source.replace(['/', '.'], "-"));
            let flags = self.pkg_config(&["--cflags", "--libs"])?;
            let rpath = format!("-Wl,-rpath,{}", self.prefix.join("lib").display());
            shell::run(
                self.compiler(source)
                    .arg("-o")
                    .arg(&program)
                    .args(flags)
                    .arg(rpath),
            )?;
            restore(Command::new(&program), source, &self.folder)?;
        }
        Ok(())
    }

    fn by_cmake(&self) -> Result<()> {
        let build = self.folder.join("cmake");
        shell::run(
            Command::new("cmake")
                .arg("-S")
                .arg(paths::root().join("examples"))
                .arg("-B")
                .arg(&build)
                .arg("-DCMAKE_C_FLAGS=-Werror")
                .arg("-DCMAKE_CXX_FLAGS=-Werror")
                .arg(format!("-DCMAKE_PREFIX_PATH={}", self.prefix.display())),
        )?;
        shell::run(Command::new("cmake").arg("--build").arg(&build))?;
        for (name, source) in [
            ("c_restore", "c/restore.c"),
            ("c_custom_operator", "c/custom_operator.c"),
            ("cpp_restore", "cpp/restore.cpp"),
        ] {
            restore(Command::new(build.join(name)), source, &self.folder)?;
        }
        Ok(())
    }

    /// A program without libdcdp.so, which finds runtime and model from its place in `bin`.
    fn linked_statically(&self) -> Result<()> {
        let program = self.prefix.join("bin").join("restore-static");
        let source = "c/restore.c";
        let flags =
            self.pkg_config(&["--cflags", "--static", "--libs-only-other", "--libs-only-l"])?;
        let others = flags.iter().filter(|flag| *flag != "-ldcdp");
        shell::run(
            self.compiler(source)
                .arg("-o")
                .arg(&program)
                .arg("-I")
                .arg(self.prefix.join("include"))
                .arg(self.prefix.join("lib").join("libdcdp.a"))
                .args(others),
        )?;
        restore(Command::new(&program), source, &self.folder)
    }

    fn compiler(&self, source: &str) -> Command {
        let cpp = source.ends_with(".cpp");
        let mut command = Command::new(if cpp { "c++" } else { "cc" });
        command
            .arg(if cpp { "-std=c++17" } else { "-std=c99" })
            .args(WARNINGS)
            .arg(paths::root().join("examples").join(source));
        command
    }

    fn pkg_config(&self, questions: &[&str]) -> Result<Vec<String>> {
        let printed = shell::read(
            Command::new("pkg-config")
                .args(questions)
                .arg("dcdp >= 0.1")
                .env("PKG_CONFIG_PATH", self.prefix.join("lib").join("pkgconfig")),
        )?;
        Ok(words(&printed))
    }
}

/// Runs an example, compiled from `source`, on a real picture, with nothing in the environment that says where
/// things are. It reads and writes in `folder`.
///
/// # Errors
/// When it fails, or the restored picture is not what it should be.
pub fn restore(mut example: Command, source: &str, folder: &Path) -> Result<()> {
    let photos = paths::root().join("examples").join("photo");
    let original = photos.join("houses-crop.ppm");
    let (input, output) = (folder.join("in.ppm"), folder.join("out.ppm"));
    let field = source.contains("custom_operator");
    let noisy = Ppm::read(&photos.join("houses-crop-noisy.ppm"))?;
    let wanted = Ppm::read(&original)?;
    match field {
        true => wanted.even_rows().write(&input)?,
        false => noisy.write(&input)?,
    }
    example.arg(&input).arg(&output);
    if !field {
        example.args(["task=denoise", "noise=25"]);
    }
    for variable in ["DCDP_ORT_DYLIB", "DCDP_MODEL_PATH", "LD_LIBRARY_PATH"] {
        example.env_remove(variable);
    }
    shell::run(example.current_dir("/"))?;
    let before = match field {
        true => wanted.psnr(&wanted.even_rows().with_rows_twice())?,
        false => wanted.psnr(&noisy)?,
    };
    let after = wanted.psnr(&Ppm::read(&output)?)?;
    println!("{source}: {before:.2} dB to {after:.2} dB");
    match after > before {
        true => Ok(()),
        false => Err(format!("{source}: the result is no better than its input")),
    }
}

/// The words pkg-config prints, which escapes spaces inside them.
fn words(printed: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut characters = printed.trim().chars();
    while let Some(character) = characters.next() {
        let last = words.last_mut().expect("there is always one");
        match character {
            '\\' => last.extend(characters.next()),
            ' ' => words.push(String::new()),
            other => last.push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A binary PPM picture of 8 bits.
struct Ppm {
    width: usize,
    samples: Vec<u8>,
}

impl Ppm {
    fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let odd = || format!("{}: no binary PPM picture", path.display());
        let mut fields = bytes.splitn(4, u8::is_ascii_whitespace);
        let mut header = || {
            fields
                .next()
                .and_then(|field| std::str::from_utf8(field).ok())
        };
        if header() != Some("P6") {
            return Err(odd());
        }
        let width = header()
            .and_then(|field| field.parse().ok())
            .ok_or_else(odd)?;
        header().ok_or_else(odd)?;
        let rest = fields.next().and_then(|rest| rest.strip_prefix(b"255\n"));
        let samples = rest.ok_or_else(odd)?.to_vec();
        Ok(Ppm { width, samples })
    }

    fn write(&self, path: &Path) -> Result<()> {
        let height = self.samples.len() / 3 / self.width;
        let mut bytes = format!("P6\n{} {height}\n255\n", self.width).into_bytes();
        bytes.extend(&self.samples);
        fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.samples.chunks_exact(3 * self.width)
    }

    fn even_rows(&self) -> Self {
        let samples = self.rows().step_by(2).flatten().copied().collect();
        Ppm {
            width: self.width,
            samples,
        }
    }

    fn with_rows_twice(&self) -> Self {
        let samples = self
            .rows()
            .flat_map(|row| [row, row])
            .flatten()
            .copied()
            .collect();
        Ppm {
            width: self.width,
            samples,
        }
    }

    /// In dB, over all samples.
    fn psnr(&self, other: &Ppm) -> Result<f64> {
        if self.samples.len() != other.samples.len() || self.width != other.width {
            return Err("the pictures to compare differ in size".to_owned());
        }
        let squares = self.samples.iter().zip(&other.samples);
        let sum: f64 = squares
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum();
        Ok(10.0 * (255.0 * 255.0 * self.samples.len() as f64 / sum).log10())
    }
}
