//! Reading and writing what C hands over: sized structs, handles, strings.

use std::ffi::{CStr, CString, c_char};
use std::path::PathBuf;

use crate::{Error, Result};

/// No struct of the header will ever be this large: a size above it is uninitialised memory.
const PLAUSIBLE: usize = 4096;

/// A struct of the header that begins with `uint32_t struct_size` and may grow at its end.
///
/// # Safety
/// `#[repr(C)]`, with a `u32` at offset 0, and valid when all bytes are zero.
pub(super) unsafe trait Sized32: Copy {
    /// Name in the header.
    const NAME: &'static str;
    /// Bytes that even the oldest client passes.
    const OLDEST: usize;
}

/// Reads a struct of the caller's. Members that an older caller does not know are zero; those of a newer
/// caller that this library does not know are ignored.
///
/// # Errors
/// `InvalidArgument` for NULL or an implausible `struct_size`.
///
/// # Safety
/// `pointer` is NULL or points to `struct_size` readable bytes.
pub(super) unsafe fn read_struct<T: Sized32>(pointer: *const T) -> Result<T> {
    // SAFETY: as promised by the caller.
    let size = unsafe { struct_size(pointer)? };
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: both sides hold at least the smaller size, and do not overlap; zero is valid for `T`.
    unsafe {
        std::ptr::copy_nonoverlapping(
            pointer.cast::<u8>(),
            value.as_mut_ptr().cast::<u8>(),
            size.min(size_of::<T>()),
        );
        Ok(value.assume_init())
    }
}

/// Fills a struct of the caller's as far as both sides know it, except for `struct_size`, which becomes
/// the number of bytes filled.
///
/// # Errors
/// As [`read_struct`].
///
/// # Safety
/// `pointer` is NULL or points to `struct_size` writable bytes.
pub(super) unsafe fn write_struct<T: Sized32>(pointer: *mut T, value: &T) -> Result<()> {
    // SAFETY: as promised by the caller.
    let size = unsafe { struct_size(pointer)? }.min(size_of::<T>());
    // SAFETY: both sides hold at least `size` bytes, which is at least that of the leading `u32`.
    unsafe {
        std::ptr::copy_nonoverlapping(
            std::ptr::from_ref(value).cast::<u8>(),
            pointer.cast::<u8>(),
            size,
        );
        pointer.cast::<u32>().write_unaligned(size as u32);
    }
    Ok(())
}

/// The bytes of a struct of the caller's.
///
/// # Errors
/// As [`read_struct`].
///
/// # Safety
/// `pointer` is NULL or points to four readable bytes.
pub(super) unsafe fn struct_size<T: Sized32>(pointer: *const T) -> Result<usize> {
    if pointer.is_null() {
        return Err(null(T::NAME));
    }
    // SAFETY: not NULL, and readable as promised by the caller.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() } as usize;
    // The size of a struct is a multiple of its alignment; another one could cut a pointer in two.
    if !(T::OLDEST..=PLAUSIBLE).contains(&size) || !size.is_multiple_of(align_of::<T>()) {
        return Err(Error::InvalidArgument(format!(
            "{}: struct_size is {size}; set it to sizeof({})",
            T::NAME,
            T::NAME
        )));
    }
    Ok(size)
}

pub(super) fn null(what: &str) -> Error {
    Error::InvalidArgument(format!("{what} is NULL"))
}

/// # Safety
/// `pointer` is NULL or a live handle of this type that nobody changes meanwhile.
pub(super) unsafe fn handle<'a, T>(pointer: *const T, what: &str) -> Result<&'a T> {
    // SAFETY: as promised by the caller.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(what))
}

/// # Safety
/// `pointer` is NULL or a live handle of this type that nobody else uses meanwhile.
pub(super) unsafe fn handle_mut<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T> {
    // SAFETY: as promised by the caller.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(what))
}

/// Where a function puts a result: never NULL.
pub(super) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Errors
    /// `InvalidArgument` for NULL.
    ///
    /// # Safety
    /// `pointer` is NULL or points to room for a `T`, until the last use.
    pub unsafe fn new(pointer: *mut T, what: &str) -> Result<Self> {
        match pointer.is_null() {
            true => Err(null(what)),
            false => Ok(Out(pointer)),
        }
    }

    pub fn set(&self, value: T) {
        // SAFETY: as promised to `new`; the caller's memory need not hold a valid `T`.
        unsafe { self.0.write_unaligned(value) };
    }
}

impl<T> Out<*mut T> {
    /// Hands a new object over to the caller.
    pub fn give(&self, object: T) {
        self.set(Box::into_raw(Box::new(object)));
    }
}

/// Takes an object back from the caller; NULL is none.
///
/// # Safety
/// `pointer` is NULL or came from [`Out::give`] and is not used any more.
pub(super) unsafe fn take_back<T>(pointer: *mut T) -> Option<Box<T>> {
    // SAFETY: as promised by the caller.
    (!pointer.is_null()).then(|| unsafe { Box::from_raw(pointer) })
}

/// # Errors
/// `InvalidArgument` for NULL and for text that is not UTF-8.
///
/// # Safety
/// `pointer` is NULL or points to a terminated string that outlives the result.
pub(super) unsafe fn text<'a>(pointer: *const c_char, what: &str) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(null(what));
    }
    // SAFETY: not NULL, terminated as promised by the caller.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    bytes.to_str().map_err(|_| {
        Error::InvalidArgument(format!("{what} is not UTF-8: {}", bytes.to_string_lossy()))
    })
}

/// A path: the file system's own bytes on Unix, UTF-8 elsewhere. NULL is `None`.
///
/// # Errors
/// As [`text`].
///
/// # Safety
/// As [`text`].
pub(super) unsafe fn path(pointer: *const c_char, what: &str) -> Result<Option<PathBuf>> {
    if pointer.is_null() {
        return Ok(None);
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let _ = what;
        // SAFETY: not NULL, terminated as promised by the caller.
        let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes();
        Ok(Some(std::ffi::OsStr::from_bytes(bytes).into()))
    }
    #[cfg(not(unix))]
    // SAFETY: as promised by the caller.
    unsafe {
        text(pointer, what).map(|path| Some(path.into()))
    }
}

/// Text for C; a NUL inside becomes U+FFFD.
pub(super) fn c_string(text: &str) -> CString {
    CString::new(text)
        .or_else(|_| CString::new(text.replace('\0', "\u{fffd}")))
        .unwrap_or_default()
}
