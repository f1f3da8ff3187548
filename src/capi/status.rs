//! Status numbers.

use std::ffi::{CStr, c_char};

use crate::Error;

/// What functions return. Numbers never change meaning; later versions may add some, so treat an
/// unknown one as a failure.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_status {
    /// Done.
    DCDP_OK = 0,
    /// Stopped by dcdp_cancel or by a callback.
    DCDP_CANCELLED = 1,
    /// A NULL pointer, an implausible struct_size, text that is not UTF-8, or a call that is not
    /// allowed here.
    DCDP_ERROR_ARGUMENT = 2,
    /// An option's value is not allowed; the message says what is.
    DCDP_ERROR_OPTION = 3,
    /// No option has this name.
    DCDP_ERROR_UNKNOWN_OPTION = 4,
    /// The task needs an option that was not set.
    DCDP_ERROR_MISSING_OPTION = 5,
    /// The option `step` diverges for this operator; the message gives the bound.
    DCDP_ERROR_UNSTABLE_STEP = 6,
    /// An image descriptor is unusable, or two images do not fit together.
    DCDP_ERROR_IMAGE = 7,
    /// A file cannot be read or written.
    DCDP_ERROR_IO = 8,
    /// A file's content is wrong.
    DCDP_ERROR_FILE = 9,
    /// No model has this name.
    DCDP_ERROR_MODEL_NOT_FOUND = 10,
    /// A model is malformed or does not fit the run.
    DCDP_ERROR_MODEL = 11,
    /// ONNX Runtime cannot be found or loaded, or is too old.
    DCDP_ERROR_RUNTIME = 12,
    /// The device cannot be used.
    DCDP_ERROR_DEVICE = 13,
    /// A network failed while running.
    DCDP_ERROR_NETWORK = 14,
    /// The run needs more memory than the option `max_memory` allows, or than can be had.
    DCDP_ERROR_MEMORY = 15,
    /// The context is already running a restoration.
    DCDP_BUSY = 16,
    /// A callback of the caller's own operator failed.
    DCDP_ERROR_OPERATOR = 17,
    /// A defect in this library.
    DCDP_ERROR_INTERNAL = 18,
}

use dcdp_status::*;

/// Every status with its name.
const NAMES: [(dcdp_status, &CStr); 19] = [
    (DCDP_OK, c"DCDP_OK"),
    (DCDP_CANCELLED, c"DCDP_CANCELLED"),
    (DCDP_ERROR_ARGUMENT, c"DCDP_ERROR_ARGUMENT"),
    (DCDP_ERROR_OPTION, c"DCDP_ERROR_OPTION"),
    (DCDP_ERROR_UNKNOWN_OPTION, c"DCDP_ERROR_UNKNOWN_OPTION"),
    (DCDP_ERROR_MISSING_OPTION, c"DCDP_ERROR_MISSING_OPTION"),
    (DCDP_ERROR_UNSTABLE_STEP, c"DCDP_ERROR_UNSTABLE_STEP"),
    (DCDP_ERROR_IMAGE, c"DCDP_ERROR_IMAGE"),
    (DCDP_ERROR_IO, c"DCDP_ERROR_IO"),
    (DCDP_ERROR_FILE, c"DCDP_ERROR_FILE"),
    (DCDP_ERROR_MODEL_NOT_FOUND, c"DCDP_ERROR_MODEL_NOT_FOUND"),
    (DCDP_ERROR_MODEL, c"DCDP_ERROR_MODEL"),
    (DCDP_ERROR_RUNTIME, c"DCDP_ERROR_RUNTIME"),
    (DCDP_ERROR_DEVICE, c"DCDP_ERROR_DEVICE"),
    (DCDP_ERROR_NETWORK, c"DCDP_ERROR_NETWORK"),
    (DCDP_ERROR_MEMORY, c"DCDP_ERROR_MEMORY"),
    (DCDP_BUSY, c"DCDP_BUSY"),
    (DCDP_ERROR_OPERATOR, c"DCDP_ERROR_OPERATOR"),
    (DCDP_ERROR_INTERNAL, c"DCDP_ERROR_INTERNAL"),
];

impl From<&Error> for dcdp_status {
    fn from(error: &Error) -> Self {
        let code = error.code();
        NAMES
            .iter()
            .map(|&(status, _)| status)
            .find(|&status| status as i32 == code)
            .unwrap_or(DCDP_ERROR_INTERNAL)
    }
}

/// The name of a status, such as "DCDP_BUSY"; "unknown status" for any other number.
///
/// Any thread. Never NULL; static.
#[unsafe(no_mangle)]
pub extern "C" fn dcdp_status_name(status: i32) -> *const c_char {
    NAMES
        .iter()
        .find(|&&(known, _)| known as i32 == status)
        .map_or(c"unknown status", |&(_, name)| name)
        .as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_the_codes_of_the_errors() {
        for (index, &(status, name)) in NAMES.iter().enumerate() {
            assert_eq!(status as usize, index, "{name:?}");
            assert_eq!(format!("{status:?}"), name.to_str().unwrap());
        }
        assert_eq!(dcdp_status::from(&Error::Cancelled), DCDP_CANCELLED);
        assert_eq!(dcdp_status::from(&Error::Busy), DCDP_BUSY);
        let internal = Error::Internal(String::new());
        assert_eq!(dcdp_status::from(&internal), DCDP_ERROR_INTERNAL);
        assert_eq!(internal.code() as usize + 1, NAMES.len());
    }
}
