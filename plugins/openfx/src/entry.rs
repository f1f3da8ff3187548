//! What a host calls: three exported functions and one entry point per node.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use dcdp::runtime::keep_loaded;
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;

use crate::failure::Result;
use crate::{analysis, describe, geometry, host, instance, render};

static PLUGIN: OfxPlugin = OfxPlugin {
    pluginApi: kOfxImageEffectPluginApi.as_ptr(),
    apiVersion: kOfxImageEffectPluginApiVersion as c_int,
    pluginIdentifier: describe::IDENTIFIER.as_ptr(),
    pluginVersionMajor: describe::MAJOR,
    pluginVersionMinor: describe::MINOR,
    setHost: Some(set_host),
    mainEntry: Some(main_entry),
};

/// How many nodes this library has.
#[unsafe(no_mangle)]
pub extern "C" fn OfxGetNumberOfPlugins() -> c_int {
    1
}

/// The node with this number, NULL for any but 0.
#[unsafe(no_mangle)]
pub extern "C" fn OfxGetPlugin(nth: c_int) -> *mut OfxPlugin {
    match nth {
        0 => ptr::from_ref(&PLUGIN).cast_mut(),
        _ => ptr::null_mut(),
    }
}

/// Tells the whole library its host, before a node is asked for (OpenFX 1.4.1).
#[unsafe(no_mangle)]
pub extern "C" fn OfxSetHost(host: *const OfxHost) -> OfxStatus {
    host::set(host.cast_mut());
    kOfxStatOK
}

unsafe extern "C" fn set_host(host: *mut OfxHost) {
    host::set(host);
}

/// The one guard between the host and the node: nothing crosses it but a status.
unsafe extern "C" fn main_entry(
    action: *const c_char,
    handle: *const c_void,
    arguments: OfxPropertySetHandle,
    answers: OfxPropertySetHandle,
) -> OfxStatus {
    if action.is_null() {
        return kOfxStatErrBadHandle;
    }
    // SAFETY: the host passes a terminated string that lives as long as the call.
    let action = unsafe { CStr::from_ptr(action) };
    let effect = handle.cast_mut().cast::<OfxImageEffectStruct>();
    let act = AssertUnwindSafe(|| dispatch(action, effect, arguments, answers));
    match catch_unwind(act) {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) => failure.status(),
        Err(_) => kOfxStatFailed,
    }
}

fn dispatch(
    action: &CStr,
    effect: OfxImageEffectHandle,
    arguments: OfxPropertySetHandle,
    answers: OfxPropertySetHandle,
) -> Result<OfxStatus> {
    // These two come without an effect.
    if action == kOfxActionLoad {
        keep_loaded();
        host::suites()?;
        return Ok(kOfxStatOK);
    }
    if action == kOfxActionUnload {
        host::forget_suites();
        return Ok(kOfxStatOK);
    }
    let known = [
        kOfxActionDescribe,
        kOfxImageEffectActionDescribeInContext,
        kOfxActionCreateInstance,
        kOfxActionDestroyInstance,
        kOfxActionInstanceChanged,
        kOfxActionSyncPrivateData,
        kOfxActionPurgeCaches,
        kOfxImageEffectActionGetClipPreferences,
        kOfxImageEffectActionGetRegionsOfInterest,
        kOfxImageEffectActionGetFramesNeeded,
        kOfxImageEffectActionIsIdentity,
        kOfxImageEffectActionRender,
    ];
    if !known.contains(&action) {
        return Ok(kOfxStatReplyDefault);
    }
    if effect.is_null() {
        return Ok(kOfxStatErrBadHandle);
    }
    let suites = &host::suites()?;
    let arguments = &suites.properties(arguments);
    let answers = &suites.properties(answers);
    if action == kOfxActionDescribe {
        describe::describe(suites, effect)?;
    } else if action == kOfxImageEffectActionDescribeInContext {
        describe::describe_in_context(suites, effect)?;
    } else if action == kOfxActionCreateInstance {
        instance::create(suites, effect)?;
    } else if action == kOfxActionDestroyInstance {
        instance::destroy(suites, effect)?;
    } else if action == kOfxActionInstanceChanged {
        return instance::changed(suites, effect, arguments);
    } else if action == kOfxActionSyncPrivateData {
        instance::show_status(suites, effect)?;
    } else if action == kOfxActionPurgeCaches {
        dcdp::runtime::release();
        analysis::forget();
    } else if action == kOfxImageEffectActionGetClipPreferences {
        return geometry::clip_preferences(suites, effect, answers);
    } else if action == kOfxImageEffectActionGetRegionsOfInterest {
        return geometry::regions_of_interest(suites, effect, arguments, answers);
    } else if action == kOfxImageEffectActionGetFramesNeeded {
        return geometry::frames_needed(suites, effect, arguments, answers);
    } else if action == kOfxImageEffectActionIsIdentity {
        return render::is_identity(suites, effect, arguments, answers);
    } else {
        return render::render(suites, effect, arguments);
    }
    Ok(kOfxStatOK)
}
