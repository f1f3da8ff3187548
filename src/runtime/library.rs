//! Finding and loading the ONNX Runtime shared library, once per process.

use std::ffi::CStr;
use std::path::{Path, PathBuf};

use once_cell::sync::OnceCell;
use ort::environment::Environment;

use super::Device;
use super::location::binary_folders;
use crate::{Error, Result};

/// The environment variable that names the library, or the folder it stands in.
const VARIABLE: &str = "DCDP_ORT_DYLIB";

/// Oldest minor version of ONNX Runtime 1.x that has what we call.
const OLDEST_MINOR: u32 = ort::MINOR_VERSION;

/// The ONNX Runtime of this process.
#[derive(Debug)]
pub struct Library {
    /// The shared library, links resolved.
    pub path: PathBuf,
    /// Its version, such as `1.32.0`.
    pub version: String,
    pub(super) environment: Environment,
}

/// The folder beside a runtime that holds one with OpenVINO inside.
const OPENVINO: &str = "openvino";

static LIBRARY: OnceCell<Library> = OnceCell::new();

/// Loads ONNX Runtime, or returns the one this process has already loaded.
///
/// Search order: `explicit`, the `DCDP_ORT_DYLIB` environment variable (each a library or the folder of
/// one), beside our own binary, the system's library folders. One library serves the whole process.
///
/// # Errors
/// `Runtime` when nothing usable is found, or `explicit` is not the library in use already.
pub fn load(explicit: Option<&Path>) -> Result<&'static Library> {
    load_one(explicit, false)
}

/// The library for a device: the first one loaded decides for the process. Where nobody names a library,
/// `auto` and OpenVINO's devices prefer one in the folder `openvino` beside another, the rest take that
/// other.
///
/// # Errors
/// As [`load`].
pub(super) fn load_for(device: Device) -> Result<&'static Library> {
    load_one(None, device == Device::Auto || device.is_openvino())
}

/// Makes sure that there is a library, and loads it unless the device of the first network decides which.
///
/// # Errors
/// As [`load`].
pub fn check(explicit: Option<&Path>) -> Result<()> {
    let open = explicit.is_none() && named(None).is_none() && LIBRARY.get().is_none();
    let choice =
        |folder: &PathBuf| resolve(folder).is_some() && resolve(&folder.join(OPENVINO)).is_some();
    if open && search_folders().iter().any(choice) {
        return Ok(());
    }
    load(explicit).map(drop)
}

fn load_one(explicit: Option<&Path>, openvino: bool) -> Result<&'static Library> {
    let library = LIBRARY.get_or_try_init(|| find(explicit, openvino).and_then(start))?;
    match explicit {
        Some(path) if resolve(path).is_none_or(|path| path != library.path) => {
            Err(Error::Runtime(format!(
                "{} cannot be used, because this process already runs {}",
                path.display(),
                library.path.display()
            )))
        }
        _ => Ok(library),
    }
}

/// A library that was opened and found new enough.
struct Candidate {
    path: PathBuf,
    version: String,
    handle: libloading::Library,
}

/// The library somebody asked for by name, and where the name stood.
fn named(explicit: Option<&Path>) -> Option<(PathBuf, String)> {
    if let Some(path) = explicit {
        return Some((path.to_owned(), "the path given".to_owned()));
    }
    let value = std::env::var_os(VARIABLE).filter(|value| !value.is_empty())?;
    Some((PathBuf::from(value), format!("the path in {VARIABLE}")))
}

fn find(explicit: Option<&Path>, openvino: bool) -> Result<Candidate> {
    // A library somebody asked for by name is used or refused, never silently replaced.
    if let Some((path, origin)) = named(explicit) {
        let refused = |reason| {
            Error::Runtime(format!(
                "{origin}, {}, {reason}; it must be the ONNX Runtime library, version \
                 1.{OLDEST_MINOR} or newer, for example from `pip install onnxruntime`",
                path.display()
            ))
        };
        let library = resolve(&path)
            .ok_or_else(|| refused("does not exist or holds no ONNX Runtime".to_owned()))?;
        return probe(library).map_err(refused);
    }

    let folders = search_folders();
    let inside = |folder: &PathBuf| openvino.then(|| folder.join(OPENVINO));
    let places = folders
        .iter()
        .flat_map(|folder| inside(folder).into_iter().chain([folder.clone()]));
    let mut rejected = Vec::new();
    for library in places.filter_map(|place| resolve(&place)) {
        match probe(library.clone()) {
            Ok(candidate) => return Ok(candidate),
            Err(reason) => rejected.push(format!("{} {reason}", library.display())),
        }
    }
    let folders: Vec<_> = folders.iter().map(|f| f.display().to_string()).collect();
    Err(Error::Runtime(format!(
        "no usable library was found in {}{}; run `cargo xtask runtime` in the source folder, or \
         `pip install onnxruntime` (1.{OLDEST_MINOR} or newer) and set {VARIABLE} to the folder \
         onnxruntime/capi that it installs",
        folders.join(", "),
        match rejected.is_empty() {
            true => String::new(),
            false => format!(" ({})", rejected.join("; ")),
        }
    )))
}

/// Folders searched when nobody names a library, best first, each once.
fn search_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for folder in binary_folders() {
        let lib = folder.parent().map(|prefix| prefix.join("lib"));
        folders.push(folder);
        // A distribution's package keeps the runtime out of other programs' way.
        folders.extend(lib.as_ref().map(|lib| lib.join("dcdp")));
        folders.extend(lib);
    }
    let variable = if cfg!(windows) {
        "PATH"
    } else if cfg!(target_os = "macos") {
        "DYLD_LIBRARY_PATH"
    } else {
        "LD_LIBRARY_PATH"
    };
    if let Some(value) = std::env::var_os(variable) {
        folders.extend(std::env::split_paths(&value).filter(|folder| folder.is_absolute()));
    }
    let system: &[&str] = if cfg!(windows) {
        &[]
    } else if cfg!(target_os = "macos") {
        &["/opt/homebrew/lib", "/usr/local/lib"]
    } else {
        &[
            "/usr/local/lib",
            "/usr/local/lib64",
            "/usr/lib64",
            "/usr/lib",
        ]
    };
    folders.extend(system.iter().map(PathBuf::from));
    if cfg!(target_os = "linux") {
        let triplet = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        folders.push(PathBuf::from(triplet));
    }
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    folders
}

/// The library a path means, links resolved: the path itself, or the newest library in that folder.
fn resolve(path: &Path) -> Option<PathBuf> {
    if !path.is_dir() {
        return dunce::canonicalize(path).ok();
    }
    let mut libraries: Vec<_> = std::fs::read_dir(path)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_library_name(name))
        .collect();
    libraries.sort_by_key(|name| version_in(name));
    dunce::canonicalize(path.join(libraries.pop()?)).ok()
}

fn is_library_name(name: &str) -> bool {
    if cfg!(windows) {
        return name.eq_ignore_ascii_case("onnxruntime.dll");
    }
    match name.strip_prefix("libonnxruntime.") {
        Some(rest) if cfg!(target_os = "macos") => rest.ends_with("dylib"),
        Some(rest) => rest == "so" || rest.starts_with("so."),
        None => false,
    }
}

/// The numbers in a file name, so that `1.32` sorts after `1.4`.
fn version_in(name: &str) -> Vec<u32> {
    name.split('.')
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// Opens a library and asks its version, before anything depends on it. The error completes a sentence
/// that begins with the library's path.
#[allow(unsafe_code)]
fn probe(path: PathBuf) -> std::result::Result<Candidate, String> {
    // SAFETY: loading runs the library's initialisers; the path comes from the user, from the folder of
    // our own binary or from the system.
    let handle = unsafe { libloading::Library::new(&path) }.map_err(|error| unloadable(&error))?;
    // SAFETY: every ONNX Runtime exports this function with this type.
    let base = unsafe {
        handle
            .get::<unsafe extern "system" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase")
            .map(|function| function().as_ref())
    };
    let base = match base {
        Ok(Some(base)) => base,
        Ok(None) | Err(_) => return Err("is not ONNX Runtime".to_owned()),
    };
    // SAFETY: the table is the library's own; the string is static and terminated.
    let version = unsafe { CStr::from_ptr((base.GetVersionString)()) };
    let version = version.to_string_lossy().into_owned();
    // SAFETY: as above; a version the library does not know gives NULL.
    let has_api = unsafe { !(base.GetApi)(OLDEST_MINOR).is_null() };
    if !has_api || !is_new_enough(&version) {
        return Err(format!(
            "has version {version}, and 1.{OLDEST_MINOR} or newer is needed"
        ));
    }
    Ok(Candidate {
        path,
        version,
        handle,
    })
}

/// Why a library cannot be loaded, in the system's words.
fn unloadable(error: &libloading::Error) -> String {
    let said =
        std::error::Error::source(error).map_or_else(|| error.to_string(), |e| e.to_string());
    // Windows does not say which of the libraries that it needs is not there.
    let hint = match cfg!(windows) && said.contains("(os error 126)") {
        true => "; it needs Microsoft's Visual C++ Redistributable of 2022 or newer",
        false => "",
    };
    format!("cannot be loaded: {said}{hint}")
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    parts.next() == Some(Some(1))
        && matches!(parts.next(), Some(Some(minor)) if minor >= OLDEST_MINOR)
}

fn start(candidate: Candidate) -> Result<Library> {
    let failed = |reason: String| {
        let path = candidate.path.display();
        Error::Runtime(format!("{path} cannot be started: {reason}"))
    };
    // No logger and no log level of ours on the environment: it outlives a host's unloading of this
    // code, and a host that loaded the same file shares it.
    let environment = ort::init_from(&candidate.path)
        .map_err(|error| failed(error.to_string()))?
        .with_name("dcdp")
        .with_telemetry(false)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    drop(candidate.handle);
    log::debug!(
        "ONNX Runtime {} from {}",
        candidate.version,
        candidate.path.display()
    );
    Ok(Library {
        path: candidate.path,
        version: candidate.version,
        environment,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_new_enough("1.22.0") && is_new_enough("1.32.1"));
        assert!(!is_new_enough("1.9.1") && !is_new_enough("2.0.0") && !is_new_enough("garbage"));
        assert!(version_in("libonnxruntime.so.1.32.0") > version_in("libonnxruntime.so.1.4.0"));
        assert!(version_in("libonnxruntime.so.1.4.0") > version_in("libonnxruntime.so"));
    }

    #[test]
    fn own_folder_is_searched_before_the_system() {
        let folders = search_folders();
        let own = dunce::canonicalize(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(folders[0], own.parent().unwrap());
        assert!(folders.iter().all(|folder| folder.is_absolute()));
    }

    /// What asking for this library answers, which must be one sentence about it.
    fn refusal(path: &Path) -> String {
        match find(Some(path), false).map(|candidate| candidate.version) {
            Err(Error::Runtime(text)) => {
                assert!(text.contains(&path.display().to_string()), "{text}");
                assert!(
                    !text.contains('\n') && text.contains("pip install"),
                    "{text}"
                );
                text
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn unusable_libraries_are_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refusal(&folder.path().join("missing.so")).contains("does not exist"));
        assert!(refusal(folder.path()).contains("does not exist"));
        let text = folder.path().join("text.so");
        std::fs::write(&text, "not a library").unwrap();
        let refused = refusal(&text);
        assert!(refused.contains("cannot be loaded: "), "{refused}");
        // The system's reason, not the name of its function.
        assert!(!refused.contains("dlopen"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn other_and_old_libraries_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let compile = |name: &str, source: &str| {
            let (code, library) = (folder.path().join("code.c"), folder.path().join(name));
            std::fs::write(&code, source).unwrap();
            let mut compiler = std::process::Command::new("cc");
            compiler
                .args(["-shared", "-fPIC", "-o"])
                .args([&library, &code]);
            assert!(compiler.status().unwrap().success());
            library
        };
        let other = compile("other.so", "int answer(void) { return 42; }");
        assert!(refusal(&other).contains("is not ONNX Runtime"));
        let old = compile(
            "old.so",
            "static const void *api(unsigned v) { return v <= 21 ? \"\" : 0; }\n\
             static const char *version(void) { return \"1.21.1\"; }\n\
             static struct { const void *(*a)(unsigned); const char *(*v)(void); } base = {api, version};\n\
             const void *OrtGetApiBase(void) { return &base; }",
        );
        assert!(refusal(&old).contains("version 1.21.1"));
    }

    /// A host has its own copy of ONNX Runtime in the process, used before and after ours.
    #[cfg(unix)]
    #[test]
    #[allow(unsafe_code)]
    fn a_runtime_of_the_host_keeps_working() {
        use std::ptr::null_mut;

        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("libhost.so");
        std::fs::copy(&find(None, false).unwrap().path, &copy).unwrap();
        let host = probe(copy).unwrap().handle;
        // SAFETY: the calls are those of the C API in its documented order, on its own handles.
        unsafe {
            let base = host
                .get::<unsafe extern "system" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase")
                .unwrap()();
            let api = &*((*base).GetApi)(OLDEST_MINOR);
            let mut environment = null_mut();
            let level = ort::sys::OrtLoggingLevel::ORT_LOGGING_LEVEL_ERROR;
            assert!(
                (api.CreateEnv)(level, c"host".as_ptr(), &mut environment)
                    .0
                    .is_null()
            );
            let open_session = || {
                let (mut options, mut session) = (null_mut(), null_mut());
                assert!((api.CreateSessionOptions)(&mut options).0.is_null());
                let model = super::super::devices::RELU;
                let data = model.as_ptr().cast();
                let status = (api.CreateSessionFromArray)(
                    environment,
                    data,
                    model.len(),
                    options,
                    &mut session,
                );
                assert!(status.0.is_null());
                (api.ReleaseSessionOptions)(options);
                session
            };
            let first = open_session();
            let ours = load(None).unwrap();
            assert_ne!(ours.path, folder.path().join("libhost.so"));
            assert!(super::super::devices().unwrap()[0].unusable.is_none());
            let second = open_session();
            let mut count = 0;
            for session in [first, second] {
                assert!((api.SessionGetInputCount)(session, &mut count).0.is_null());
                assert_eq!(count, 1);
                (api.ReleaseSession)(session);
            }
            (api.ReleaseEnv)(environment);
        }
        assert!(super::super::devices().unwrap()[0].unusable.is_none());
    }
}
