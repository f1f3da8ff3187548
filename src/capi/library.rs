//! What concerns the library as a whole.

use std::ffi::{CStr, c_char};

use super::guard;
use crate::runtime;

/// What dcdp_abi_version of this library returns: 65536 times the number in its soname, plus a revision
/// that grows whenever something is added.
pub const DCDP_ABI_VERSION: u32 = 2;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the package's version has no NUL inside"),
    };

/// Version of the library, such as "1.2.3".
///
/// Any thread. Never NULL; static.
#[unsafe(no_mangle)]
pub extern "C" fn dcdp_version() -> *const c_char {
    VERSION.as_ptr()
}

/// ABI version of the library in use. A program runs with it when the upper 16 bits equal those of its
/// header's DCDP_ABI_VERSION and the lower 16 bits are not smaller.
///
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dcdp_abi_version() -> u32 {
    DCDP_ABI_VERSION
}

/// Lets go of what the process shares: the models kept in memory, and the log callback, which is not
/// called any more once this returns. Handles stay valid, restorations that are running finish, and
/// everything may be used again afterwards: models are then loaded anew. ONNX Runtime itself stays
/// loaded.
///
/// Any thread, except inside the log callback. Calling it before the program ends is good manners, not a
/// duty.
#[unsafe(no_mangle)]
pub extern "C" fn dcdp_shutdown() {
    guard(|| {
        super::log::silence()?;
        runtime::release();
        Ok(())
    });
}
