//! The life of an effect instance, and its controls.

use std::ffi::c_void;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;
use openfx::sys::image_effect_v1::param::kOfxTypeParameter;
use parking_lot::Mutex;

use crate::failure::Result;
use crate::host::Suites;
use crate::message::c_text;
use crate::property::Properties;
use crate::settings;

/// What the node keeps for an instance.
#[derive(Default)]
pub struct Instance {
    status: Mutex<Status>,
}

/// Rendering may not set parameters, so what it has to say waits here for an action that may.
#[derive(Default)]
struct Status {
    text: String,
    is_shown: bool,
}

impl Instance {
    /// Notes what a render did.
    pub fn note(&self, text: String) {
        let mut status = self.status.lock();
        if status.text != text {
            *status = Status {
                text,
                is_shown: false,
            };
        }
    }
}

/// Answers CreateInstance.
///
/// # Errors
/// `Host`.
pub fn create(suites: &Suites, effect: OfxImageEffectHandle) -> Result<()> {
    let properties = suites.effect_properties(effect)?;
    settings::update_controls(suites, suites.parameter_set(effect)?)?;
    let instance = Box::into_raw(Box::<Instance>::default());
    let kept = properties.set_pointer(kOfxPropInstanceData, instance.cast());
    if kept.is_err() {
        // SAFETY: it was made three lines above, and the host did not take it.
        drop(unsafe { Box::from_raw(instance) });
    }
    kept
}

/// Answers DestroyInstance.
///
/// # Errors
/// `Host`.
pub fn destroy(suites: &Suites, effect: OfxImageEffectHandle) -> Result<()> {
    let properties = suites.effect_properties(effect)?;
    if let Some(instance) = data(&properties) {
        properties.set_pointer(kOfxPropInstanceData, std::ptr::null_mut())?;
        // SAFETY: `create` made it, and the host has now forgotten it; no other action runs on an
        // instance that is being destroyed.
        drop(unsafe { Box::from_raw(instance) });
    }
    Ok(())
}

/// What the node keeps for an instance.
///
/// # Safety
/// The instance is not destroyed while the answer is in use.
pub unsafe fn get<'a>(suites: &Suites, effect: OfxImageEffectHandle) -> Option<&'a Instance> {
    let properties = suites.effect_properties(effect).ok()?;
    // SAFETY: `create` made it, and the caller vouches for its life.
    data(&properties).map(|instance| unsafe { &*instance })
}

fn data(properties: &Properties) -> Option<*mut Instance> {
    let pointer: *mut c_void = properties.pointer(kOfxPropInstanceData)?;
    (!pointer.is_null()).then_some(pointer.cast())
}

/// Answers InstanceChanged: shows the controls of the chosen task.
///
/// # Errors
/// `Host`.
pub fn changed(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    arguments: &Properties,
) -> Result<OfxStatus> {
    show_status(suites, effect)?;
    let name = arguments.string(kOfxPropName, 0).unwrap_or_default();
    if arguments.is(kOfxPropType, kOfxTypeParameter) && settings::switches_controls(&name) {
        settings::update_controls(suites, suites.parameter_set(effect)?)?;
        return Ok(kOfxStatOK);
    }
    Ok(kOfxStatReplyDefault)
}

/// Shows what the last render noted. Allowed only in the actions that may set parameters.
///
/// # Errors
/// `Host`.
pub fn show_status(suites: &Suites, effect: OfxImageEffectHandle) -> Result<()> {
    // SAFETY: the host destroys no instance during an action on it.
    let Some(instance) = (unsafe { get(suites, effect) }) else {
        return Ok(());
    };
    // Setting it may call us again: the lock is not held then, and the note counts as shown.
    let text = {
        let mut status = instance.status.lock();
        if status.is_shown || status.text.is_empty() {
            return Ok(());
        }
        status.is_shown = true;
        c_text(&status.text)
    };
    settings::set_status(suites, suites.parameter_set(effect)?, &text)
}
