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
        .and_then(|path| dunce::canonicalize(path).ok())
        .or_else(|| dunce::canonicalize(std::env::current_exe().ok()?).ok())
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
    use std::ffi::OsString;
    use std::os::windows::ffi::OsStringExt;
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, GetModuleFileNameW,
    };

    let module = own_module(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT)?;
    let mut name = vec![0u16; 32_768];
    // SAFETY: `name` has the size given, and `module` is a handle just obtained.
    let length = unsafe { GetModuleFileNameW(module, name.as_mut_ptr(), name.len() as u32) };
    let length = length as usize;
    (0 < length && length < name.len()).then(|| OsString::from_wide(&name[..length]).into())
}

/// The handle of the file this code was loaded from.
#[cfg(windows)]
#[allow(unsafe_code)]
fn own_module(flags: u32) -> Option<windows_sys::Win32::Foundation::HMODULE> {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GetModuleHandleExW,
    };

    let mut module = std::ptr::null_mut();
    // SAFETY: with this flag the second argument is any address inside the module.
    let found = unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | flags,
            own_binary as *const u16,
            &mut module,
        )
    };
    (found != 0).then_some(module)
}

/// Keeps the file that contains this code in memory to the end of the process, whoever lets go of it: worker
/// threads and ONNX Runtime hold pointers into it. On Linux it is linked so.
pub fn keep_loaded() {
    #[cfg(windows)]
    {
        use std::sync::Once;
        use windows_sys::Win32::System::LibraryLoader::GET_MODULE_HANDLE_EX_FLAG_PIN;

        static PINNED: Once = Once::new();
        // Fails only for an address outside every module.
        PINNED.call_once(|| {
            let _ = own_module(GET_MODULE_HANDLE_EX_FLAG_PIN);
        });
    }
}
