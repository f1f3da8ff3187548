//! Telling the user what went wrong.

use std::ffi::{CStr, CString, c_void};

use openfx::sys::image_effect_v1::image_effect::OfxImageEffectHandle;
use openfx::sys::image_effect_v1::message::*;

use crate::call::call;
use crate::host::{MessageSuite, Suites};

/// Shows an error beside the node until a render succeeds, or once where the host can only do that.
pub fn show_error(suites: &Suites, effect: OfxImageEffectHandle, text: &str) {
    let text = c_text(text);
    let handle = effect.cast::<c_void>();
    let (kind, id, format) = (kOfxMessageError.as_ptr(), c"".as_ptr(), c"%s".as_ptr());
    // A host that cannot show it has no other way to be told.
    let _ = match suites.message {
        Some(MessageSuite::V2(suite)) => {
            call!(
                suite,
                setPersistentMessage,
                handle,
                kind,
                id,
                format,
                text.as_ptr()
            )
        }
        Some(MessageSuite::V1(suite)) => {
            call!(suite, message, handle, kind, id, format, text.as_ptr())
        }
        None => return,
    };
}

/// Takes the error of an earlier render back.
pub fn clear_error(suites: &Suites, effect: OfxImageEffectHandle) {
    if let Some(MessageSuite::V2(suite)) = suites.message {
        // Nothing depends on it.
        let _ = call!(suite, clearPersistentMessage, effect.cast::<c_void>());
    }
}

/// Text as C takes it; anything after a NUL would not be seen anyway.
pub fn c_text(text: &str) -> CString {
    let bytes: Vec<u8> = text.bytes().take_while(|&byte| byte != 0).collect();
    CString::new(bytes).unwrap_or_else(|_| CStr::to_owned(c""))
}
