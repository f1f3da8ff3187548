//! Property sets of the host's.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use openfx::sys::generic::core::*;
use openfx::sys::generic::property::*;

use crate::call::call;
use crate::failure::{Failure, Result};

/// A property set of the host's, for the duration of an action.
#[derive(Clone, Copy)]
pub struct Properties {
    suite: &'static OfxPropertySuiteV1,
    handle: OfxPropertySetHandle,
}

impl Properties {
    /// Wraps a handle; a null one has no properties.
    pub fn new(suite: &'static OfxPropertySuiteV1, handle: OfxPropertySetHandle) -> Self {
        Properties { suite, handle }
    }

    /// An integer property, `None` where the host has it not.
    pub fn int(&self, name: &CStr, index: usize) -> Option<i32> {
        let mut value: c_int = 0;
        let status = call!(
            self.suite,
            propGetInt,
            self.present()?,
            name.as_ptr(),
            index as c_int,
            &mut value
        );
        (status == kOfxStatOK).then_some(value)
    }

    /// A property of `N` integers.
    pub fn ints<const N: usize>(&self, name: &CStr) -> Option<[i32; N]> {
        let mut values = [0; N];
        for (index, value) in values.iter_mut().enumerate() {
            *value = self.int(name, index)?;
        }
        Some(values)
    }

    /// A floating-point property.
    pub fn double(&self, name: &CStr, index: usize) -> Option<f64> {
        let mut value = 0.0;
        let status = call!(
            self.suite,
            propGetDouble,
            self.present()?,
            name.as_ptr(),
            index as c_int,
            &mut value
        );
        (status == kOfxStatOK).then_some(value)
    }

    /// A property of `N` floating-point numbers.
    pub fn doubles<const N: usize>(&self, name: &CStr) -> Option<[f64; N]> {
        let mut values = [0.0; N];
        for (index, value) in values.iter_mut().enumerate() {
            *value = self.double(name, index)?;
        }
        Some(values)
    }

    /// A string property, copied.
    pub fn string(&self, name: &CStr, index: usize) -> Option<String> {
        let mut value = ptr::null_mut();
        let status = call!(
            self.suite,
            propGetString,
            self.present()?,
            name.as_ptr(),
            index as c_int,
            &mut value
        );
        if status != kOfxStatOK || value.is_null() {
            return None;
        }
        // SAFETY: the host answers a terminated string that lives at least until its next call.
        let text = unsafe { CStr::from_ptr(value) };
        Some(text.to_string_lossy().into_owned())
    }

    /// Whether the first string of a property is this one.
    pub fn is(&self, name: &CStr, value: &CStr) -> bool {
        self.string(name, 0).as_deref() == value.to_str().ok()
    }

    /// A pointer property.
    pub fn pointer(&self, name: &CStr) -> Option<*mut c_void> {
        let mut value = ptr::null_mut();
        let status = call!(
            self.suite,
            propGetPointer,
            self.present()?,
            name.as_ptr(),
            0,
            &mut value
        );
        (status == kOfxStatOK).then_some(value)
    }

    /// Sets an integer the host must accept.
    ///
    /// # Errors
    /// `Host`.
    pub fn set_int(&self, name: &CStr, index: usize, value: i32) -> Result<()> {
        let status = call!(
            self.suite,
            propSetInt,
            self.target(name)?,
            name.as_ptr(),
            index as c_int,
            value
        );
        set(name, status)
    }

    /// Sets a number the host must accept.
    ///
    /// # Errors
    /// `Host`.
    pub fn set_double(&self, name: &CStr, index: usize, value: f64) -> Result<()> {
        let status = call!(
            self.suite,
            propSetDouble,
            self.target(name)?,
            name.as_ptr(),
            index as c_int,
            value
        );
        set(name, status)
    }

    /// Sets a string the host must accept. It lives for ever, because some hosts keep the pointer.
    ///
    /// # Errors
    /// `Host`.
    pub fn set_string(&self, name: &CStr, index: usize, value: &'static CStr) -> Result<()> {
        let status = call!(
            self.suite,
            propSetString,
            self.target(name)?,
            name.as_ptr(),
            index as c_int,
            value.as_ptr()
        );
        set(name, status)
    }

    /// Sets a pointer the host must accept.
    ///
    /// # Errors
    /// `Host`.
    pub fn set_pointer(&self, name: &CStr, value: *mut c_void) -> Result<()> {
        let status = call!(
            self.suite,
            propSetPointer,
            self.target(name)?,
            name.as_ptr(),
            0,
            value
        );
        set(name, status)
    }

    /// Sets an integer where the host knows the property, which later versions of OpenFX added.
    pub fn offer_int(&self, name: &CStr, value: i32) {
        // Unknown to this host: nothing to say to it.
        let _ = self.set_int(name, 0, value);
    }

    /// Sets a string where the host knows the property, which later versions of OpenFX added.
    pub fn offer_string(&self, name: &CStr, index: usize, value: &'static CStr) {
        // Unknown to this host: nothing to say to it.
        let _ = self.set_string(name, index, value);
    }

    /// # Errors
    /// `Host` when the host gave no property set.
    fn target(&self, name: &CStr) -> Result<OfxPropertySetHandle> {
        self.present()
            .ok_or_else(|| refused(name, kOfxStatErrBadHandle))
    }

    fn present(&self) -> Option<OfxPropertySetHandle> {
        (!self.handle.is_null()).then_some(self.handle)
    }
}

fn set(name: &CStr, status: OfxStatus) -> Result<()> {
    match status == kOfxStatOK {
        true => Ok(()),
        false => Err(refused(name, status)),
    }
}

fn refused(name: &CStr, status: OfxStatus) -> Failure {
    Failure::host(format!("propSet of {}", name.to_string_lossy()), status)
}
