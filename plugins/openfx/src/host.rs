//! The host and its suites.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use openfx::sys::generic::core::*;
use openfx::sys::generic::property::*;
use openfx::sys::image_effect_v1::image_effect::*;
use openfx::sys::image_effect_v1::message::*;
use openfx::sys::image_effect_v1::param::*;
use openfx::sys::image_effect_v1::progress::*;
use parking_lot::RwLock;

use crate::call::call;
use crate::failure::{Failure, Result};
use crate::property::Properties;

/// The host of the last `OfxSetHost`; it stays valid until the plug-in is unloaded.
static HOST: AtomicPtr<OfxHost> = AtomicPtr::new(ptr::null_mut());

/// The suites of that host, once something needed them.
static SUITES: RwLock<Option<Suites>> = RwLock::new(None);

/// How the host shows progress.
#[derive(Clone, Copy)]
pub enum ProgressSuite {
    /// With a message and its identifier.
    V2(&'static OfxProgressSuiteV2),
    /// With a label.
    V1(&'static OfxProgressSuiteV1),
}

/// How the host shows messages.
#[derive(Clone, Copy)]
pub enum MessageSuite {
    /// Beside the node, until taken back.
    V2(&'static OfxMessageSuiteV2),
    /// Once.
    V1(&'static OfxMessageSuiteV1),
}

/// The host's function tables. They live as long as the host, which outlives every action.
#[derive(Clone, Copy)]
pub struct Suites {
    /// Property sets.
    pub property: &'static OfxPropertySuiteV1,
    /// Clips and images.
    pub effect: &'static OfxImageEffectSuiteV1,
    /// Parameters.
    pub parameter: &'static OfxParameterSuiteV1,
    /// Messages, where the host has them.
    pub message: Option<MessageSuite>,
    /// Progress, where the host has it.
    pub progress: Option<ProgressSuite>,
}

/// Remembers the host. Suites are fetched anew, for another host may have loaded the plug-in.
pub fn set(host: *mut OfxHost) {
    HOST.store(host, Ordering::SeqCst);
    *SUITES.write() = None;
}

/// Forgets the suites, which the host may take down after it has unloaded the plug-in.
pub fn forget_suites() {
    *SUITES.write() = None;
}

/// The host's suites, fetched on first use.
///
/// # Errors
/// `Host` with `kOfxStatErrMissingHostFeature` when there is no host, or it lacks the property, image
/// effect or parameter suite.
pub fn suites() -> Result<Suites> {
    if let Some(suites) = *SUITES.read() {
        return Ok(suites);
    }
    let suites = fetch_all()?;
    *SUITES.write() = Some(suites);
    Ok(suites)
}

fn host() -> Option<OfxHost> {
    // SAFETY: null, or the host's own structure, valid until the plug-in is unloaded.
    unsafe { HOST.load(Ordering::SeqCst).as_ref() }.copied()
}

fn fetch_all() -> Result<Suites> {
    let host = host().ok_or_else(|| missing("OfxSetHost"))?;
    // SAFETY: name and version together determine the type of the table.
    unsafe {
        Ok(Suites {
            property: required(&host, kOfxPropertySuite)?,
            effect: required(&host, kOfxImageEffectSuite)?,
            parameter: required(&host, kOfxParameterSuite)?,
            message: fetch(&host, kOfxMessageSuite, 2)
                .map(MessageSuite::V2)
                .or_else(|| fetch(&host, kOfxMessageSuite, 1).map(MessageSuite::V1)),
            progress: fetch(&host, kOfxProgressSuite, 2)
                .map(ProgressSuite::V2)
                .or_else(|| fetch(&host, kOfxProgressSuite, 1).map(ProgressSuite::V1)),
        })
    }
}

/// # Safety
/// `T` is the table of version 1 of the suite.
unsafe fn required<T>(host: &OfxHost, name: &CStr) -> Result<&'static T> {
    // SAFETY: as promised by the caller.
    unsafe { fetch(host, name, 1) }.ok_or_else(|| missing(&name.to_string_lossy()))
}

/// # Safety
/// `T` is the table of that version of the suite.
unsafe fn fetch<T>(host: &OfxHost, name: &CStr, version: c_int) -> Option<&'static T> {
    let function = host.fetchSuite?;
    // SAFETY: the handle is the host's own, the name terminated; the host answers NULL or a table that
    // lives as long as the host.
    let table: *const c_void = unsafe { function(host.host, name.as_ptr(), version) };
    // SAFETY: as above, and the caller names its type.
    unsafe { table.cast::<T>().as_ref() }
}

fn missing(what: &str) -> Failure {
    Failure::host(what, kOfxStatErrMissingHostFeature)
}

impl Suites {
    /// A property set of the host's.
    pub fn properties(&self, handle: OfxPropertySetHandle) -> Properties {
        Properties::new(self.property, handle)
    }

    /// The property set of an effect or effect descriptor.
    ///
    /// # Errors
    /// `Host`.
    pub fn effect_properties(&self, effect: OfxImageEffectHandle) -> Result<Properties> {
        let mut handle = ptr::null_mut();
        let status = call!(self.effect, getPropertySet, effect, &mut handle);
        if status != kOfxStatOK || handle.is_null() {
            return Err(Failure::host("getPropertySet", status));
        }
        Ok(self.properties(handle))
    }

    /// Whether clips give other frames than the one being rendered.
    pub fn gives_other_frames(&self) -> bool {
        let Some(host) = host() else {
            return false;
        };
        let access = kOfxImageEffectPropTemporalClipAccess;
        self.properties(host.host).int(access, 0) == Some(1)
    }

    /// The parameter set of an effect or effect descriptor.
    ///
    /// # Errors
    /// `Host`.
    pub fn parameter_set(&self, effect: OfxImageEffectHandle) -> Result<OfxParamSetHandle> {
        let mut handle = ptr::null_mut();
        let status = call!(self.effect, getParamSet, effect, &mut handle);
        if status != kOfxStatOK || handle.is_null() {
            return Err(Failure::host("getParamSet", status));
        }
        Ok(handle)
    }
}
