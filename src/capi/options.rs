//! The options handle.

use std::ffi::c_char;
use std::ffi::c_void;

use super::abi::{Out, c_string, handle, handle_mut, null, take_back, text};
use super::guard;
use super::preview::{Preview, dcdp_preview_fn};
use crate::request::Value;
use crate::request::parameters;
use crate::{Error, Options, Result};

/// What a restoration is told: a value for every parameter, and optionally a mask, a point-spread
/// function, an operator of your own and a preview callback.
///
/// A handle may be used by one thread at a time; different handles are independent. Any number of
/// restorations may use one handle in turn.
#[derive(Clone, Default)]
pub struct dcdp_options {
    pub(super) options: Options,
    pub(super) preview: Option<Preview>,
}

/// Creates options with the defaults of the parameter table. Free them with dcdp_options_destroy.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_ARGUMENT when it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_create(out: *mut *mut dcdp_options) -> i32 {
    guard(|| {
        // SAFETY: `out` is as the contract in the header says.
        unsafe { Out::new(out, "out")? }.give(dcdp_options::default());
        Ok(())
    })
}

/// Copies options with all they hold. Free the copy with dcdp_options_destroy.
///
/// As dcdp_options_create.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_copy(
    options: *const dcdp_options,
    out: *mut *mut dcdp_options,
) -> i32 {
    guard(|| {
        // SAFETY: both are as the contract in the header says.
        let (options, out) = unsafe { (handle(options, "options")?, Out::new(out, "out")?) };
        out.give(options.clone());
        Ok(())
    })
}

/// Frees options. NULL is a no-op. Options may be freed while a restoration uses them: it has its own copy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_destroy(options: *mut dcdp_options) {
    guard(|| {
        // SAFETY: `options` is as the contract in the header says.
        drop(unsafe { take_back(options) });
        Ok(())
    });
}

/// Sets a number or whole number by its canonical name; -1 means "automatic" where the parameter allows it.
/// Numbers are exact up to 2^53.
///
/// On failure nothing changes: DCDP_ERROR_UNKNOWN_OPTION, DCDP_ERROR_OPTION (no number, not finite, not
/// whole, out of range), DCDP_ERROR_ARGUMENT (NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_number(
    options: *mut dcdp_options,
    name: *const c_char,
    value: f64,
) -> i32 {
    guard(|| {
        // SAFETY: both are as the contract in the header says.
        let (options, name) = unsafe { (handle_mut(options, "options")?, text(name, "name")?) };
        options.options.set_number(name, value)
    })
}

/// Sets any parameter from UTF-8 text by its canonical name: a choice's word, a text, a path, or a number in
/// decimal. The text is copied.
///
/// On failure nothing changes: DCDP_ERROR_UNKNOWN_OPTION, DCDP_ERROR_OPTION (not what the parameter takes),
/// DCDP_ERROR_ARGUMENT (NULL, not UTF-8). Whether a model or file exists is seen when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_string(
    options: *mut dcdp_options,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    guard(|| {
        // SAFETY: all are as the contract in the header says.
        let (options, name, value) = unsafe {
            (
                handle_mut(options, "options")?,
                text(name, "name")?,
                text(value, "value")?,
            )
        };
        options.options.set_string(name, value)
    })
}

fn value<'a>(options: &'a dcdp_options, name: &str) -> Result<&'a Value> {
    let parameter = parameters::find(name).ok_or_else(|| Error::UnknownOption {
        name: name.to_owned(),
        hint: String::new(),
    })?;
    Ok(options.options.value(parameter.id))
}

/// Reads a number or whole number into `out`.
///
/// Fails with DCDP_ERROR_UNKNOWN_OPTION, DCDP_ERROR_OPTION (the parameter is no number) or
/// DCDP_ERROR_ARGUMENT (NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_get_number(
    options: *const dcdp_options,
    name: *const c_char,
    out: *mut f64,
) -> i32 {
    guard(|| {
        // SAFETY: all are as the contract in the header says.
        let (options, name, out) = unsafe {
            (
                handle(options, "options")?,
                text(name, "name")?,
                Out::new(out, "out")?,
            )
        };
        out.set(match value(options, name)? {
            Value::Number(number) => *number,
            Value::Integer(number) => *number as f64,
            Value::Choice(text) => return Err(not_a_number(name, text)),
            Value::Text(text) => return Err(not_a_number(name, text)),
        });
        Ok(())
    })
}

fn not_a_number(name: &str, text: &str) -> Error {
    Error::invalid(
        name,
        format!("`{text}`"),
        "dcdp_options_get_string reads it",
    )
}

/// Reads any parameter as UTF-8 text (numbers in decimal) into `buffer`, which has room for `capacity` bytes
/// with the terminating NUL. `needed`, unless NULL, gets the bytes it takes, NUL included: call with
/// `buffer` NULL and `capacity` 0 to ask for them.
///
/// Fails with DCDP_ERROR_UNKNOWN_OPTION, or with DCDP_ERROR_ARGUMENT when `buffer` is too small (it then
/// stays as it was), or `options` or `name` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_get_string(
    options: *const dcdp_options,
    name: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: both are as the contract in the header says.
        let (options, name) = unsafe { (handle(options, "options")?, text(name, "name")?) };
        let text = match value(options, name)? {
            Value::Number(number) => number.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Choice(text) => (*text).to_owned(),
            Value::Text(text) => text.clone(),
        };
        let text = c_string(&text);
        let bytes = text.as_bytes_with_nul();
        if !needed.is_null() {
            // SAFETY: not NULL, otherwise as the contract in the header says.
            unsafe { Out::new(needed, "needed")? }.set(bytes.len());
            if buffer.is_null() && capacity == 0 {
                return Ok(());
            }
        }
        if buffer.is_null() {
            return Err(null("buffer"));
        }
        if capacity < bytes.len() {
            return Err(Error::InvalidArgument(format!(
                "buffer has room for {capacity} bytes, `{name}` takes {}",
                bytes.len()
            )));
        }
        // SAFETY: `buffer` has room for `capacity` bytes, as the contract in the header says.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), buffer, bytes.len()) };
        Ok(())
    })
}

/// Has `callback` shown the current estimate at the end of each round, with the `user` given here, by every
/// restoration that these options are used for. NULL turns it off.
///
/// Fails with DCDP_ERROR_ARGUMENT when `options` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_options_set_preview(
    options: *mut dcdp_options,
    callback: dcdp_preview_fn,
    user: *mut c_void,
) -> i32 {
    guard(|| {
        // SAFETY: `options` is as the contract in the header says.
        let options = unsafe { handle_mut(options, "options")? };
        options.preview = callback.map(|callback| Preview { callback, user });
        Ok(())
    })
}
