//! Where the binary that contains this code stands.

use std::path::{Path, PathBuf};

/// Folders "beside our own binary", best first: that of the program, shared library or plug-in this
/// code was linked into, and for the programs cargo keeps in `deps` or `examples` the folder above.
pub(crate) fn binary_folders() -> Vec<PathBuf> {
    let Some(folder) = own_binary().and_then(|path| path.parent().map(Path::to_owned)) else {
        return Vec::new();
    };
    let mut folders = vec![folder.clone()];
    if folder.ends_with("deps") || folder.ends_with("examples") {
        folders.extend(folder.parent().map(Path::to_owned));
    }
    folders
}

/// The file this code was loaded from, links resolved.
fn own_binary() -> Option<PathBuf> {
    // For the main program the loader reports what the caller typed: only a name with a folder in it
    // can be trusted to be a path.
    let reported = loaded_from().filter(|path| path.parent().is_some_and(|p| p != Path::new("")));
    reported
        .and_then(|path| path.canonicalize().ok())
        .or_else(|| std::env::current_exe().ok()?.canonicalize().ok())
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn loaded_from() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the address is that of a function, and `info` is a valid place for the answer.
    let found = unsafe { libc::dladdr(own_binary as *const () as *const _, info.as_mut_ptr()) };
    if found == 0 {
        return None;
    }
    // SAFETY: zeroed is a valid `Dl_info`, and dladdr filled it.
    let name = unsafe { info.assume_init() }.dli_fname;
    if name.is_null() {
        return None;
    }
    // SAFETY: dladdr gives a terminated string that lives as long as this code stays loaded.
    let name = unsafe { CStr::from_ptr(name) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}

#[cfg(windows)]
#[allow(unsafe_code)]
fn loaded_from() -> Option<PathBuf> {
    use std::ffi::{OsString, c_void};
    use std::os::windows::ffi::OsStringExt;

    const FROM_ADDRESS: u32 = 4;
    const UNCHANGED_REFCOUNT: u32 = 2;
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
        fn GetModuleFileNameW(module: *mut c_void, name: *mut u16, size: u32) -> u32;
    }

    let mut module = std::ptr::null_mut();
    // SAFETY: with this flag the second argument is any address inside the module.
    let found = unsafe {
        GetModuleHandleExW(
            FROM_ADDRESS | UNCHANGED_REFCOUNT,
            own_binary as *const c_void,
            &mut module,
        )
    };
    let mut name = vec![0u16; 32_768];
    if found == 0 {
        return None;
    }
    // SAFETY: `name` has the size given, and `module` is a handle just obtained.
    let length = unsafe { GetModuleFileNameW(module, name.as_mut_ptr(), name.len() as u32) };
    let length = length as usize;
    (0 < length && length < name.len()).then(|| OsString::from_wide(&name[..length]).into())
}
