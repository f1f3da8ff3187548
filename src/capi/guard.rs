//! The one way from Rust back into C, and the last error of each thread.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::abi::c_string;
use super::status::dcdp_status;
use crate::runtime::keep_loaded;
use crate::{Error, Result};

thread_local! {
    static LAST_ERROR: RefCell<Option<CString>> = const { RefCell::new(None) };
}

/// Runs the body of an exported function; gives its status and keeps the message of a failure.
pub(super) fn guard(body: impl FnOnce() -> Result<()>) -> i32 {
    keep_loaded();
    let result = catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|panic| Err(Error::Internal(message(panic))));
    match result {
        Ok(()) => dcdp_status::DCDP_OK as i32,
        Err(error) => {
            let text = c_string(&error.to_string());
            // Fails only while the thread is being torn down, when nobody can ask any more.
            let _ = LAST_ERROR.try_with(|last| *last.borrow_mut() = Some(text));
            dcdp_status::from(&error) as i32
        }
    }
}

fn message(panic: Box<dyn Any + Send>) -> String {
    let text = match panic.downcast_ref::<&str>() {
        Some(text) => (*text).to_owned(),
        None => match panic.downcast_ref::<String>() {
            Some(text) => text.clone(),
            None => "panic".to_owned(),
        },
    };
    // A payload of an unknown type might panic again when dropped.
    std::mem::forget(panic);
    text
}

/// The message of this thread's last failure, in English and UTF-8: what is wrong, with which value,
/// and what is allowed. "" when nothing has failed yet; a success keeps the message.
///
/// Never NULL. Owned by the library; valid until the next failure on this thread or its end.
#[unsafe(no_mangle)]
pub extern "C" fn dcdp_last_error() -> *const c_char {
    LAST_ERROR
        .try_with(|last| match &*last.borrow() {
            Some(text) => text.as_ptr(),
            None => c"".as_ptr(),
        })
        .unwrap_or(c"".as_ptr())
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn last() -> &'static str {
        // SAFETY: never NULL, and no failure happens on this thread while the text is used.
        unsafe { CStr::from_ptr(dcdp_last_error()) }
            .to_str()
            .unwrap()
    }

    #[test]
    fn panics_become_internal_errors_of_this_thread() {
        assert_eq!(last(), "");
        let odd = guard(|| std::panic::panic_any(7_u8));
        assert_eq!(odd, dcdp_status::DCDP_ERROR_INTERNAL as i32);
        let status = guard(|| panic!("seven \0 {}", 7));
        assert_eq!(status, dcdp_status::DCDP_ERROR_INTERNAL as i32);
        assert_eq!(last(), "internal error: seven \u{fffd} 7");
        assert_eq!(guard(|| Ok(())), 0);
        assert_eq!(last(), "internal error: seven \u{fffd} 7");
        std::thread::spawn(|| assert_eq!(last(), ""))
            .join()
            .unwrap();
    }
}
