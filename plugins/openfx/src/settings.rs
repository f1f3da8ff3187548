//! The values of the node's parameters, and which of them the user sees.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use dcdp::Options;
use dcdp::request::is_looked_for;
use dcdp::request::parameters::{Id, Kind, tasks};
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::param::*;

use crate::call::call;
use crate::failure::{Failure, Result};
use crate::host::Suites;
use crate::parameters::{APPLY_MASK, BLUR_FRAME, INVERT_MASK, MIX, NOISE_FRAME, ROWS, STATUS};
use crate::property::Properties;

/// The node's settings at one time.
#[derive(Clone)]
pub struct Settings {
    /// What the engine is told.
    pub options: Options,
    /// See [`NOISE_FRAME`].
    pub noise_frame: i32,
    /// See [`BLUR_FRAME`].
    pub blur_frame: i32,
    /// See [`APPLY_MASK`].
    pub apply_mask: bool,
    /// See [`INVERT_MASK`].
    pub invert_mask: bool,
    /// See [`MIX`].
    pub mix: f64,
}

/// Reads every parameter of an effect instance at `time`.
///
/// # Errors
/// `Host`; `Engine` with `InvalidOption` when a value is not allowed.
pub fn read_all(suites: &Suites, set: OfxParamSetHandle, time: OfxTime) -> Result<Settings> {
    let mut options = Options::new();
    for row in ROWS.iter() {
        let name = row.parameter.name;
        match row.parameter.kind {
            Kind::Number { automatic, .. } => {
                let value = read_double(suites, set, time, &row.name)?;
                options.set_number(name, settled(value, automatic))?;
            }
            Kind::Integer { automatic, .. } => {
                let value = read_int(suites, set, time, &row.name)?;
                let value = match row.parameter.id {
                    // A slider passes through even numbers too.
                    Id::TemporalFrames => value - (value + 1) % 2,
                    _ => value,
                };
                options.set_number(name, settled(f64::from(value), automatic))?;
            }
            Kind::Choice { choices, .. } => {
                let index = read_int(suites, set, time, &row.name)?;
                let word = usize::try_from(index).ok().and_then(|at| choices.get(at));
                let word = word.ok_or_else(|| {
                    dcdp::Error::invalid(name, format!("choice {index}"), choices.join(" | "))
                })?;
                options.set_string(name, word)?;
            }
            Kind::Text { .. } | Kind::File => {
                options.set_string(name, &read_text(suites, set, time, &row.name)?)?;
            }
        }
    }
    Ok(Settings {
        options,
        noise_frame: read_int(suites, set, time, NOISE_FRAME)?,
        blur_frame: read_int(suites, set, time, BLUR_FRAME)?,
        apply_mask: read_int(suites, set, time, APPLY_MASK)? != 0,
        invert_mask: read_int(suites, set, time, INVERT_MASK)? != 0,
        mix: read_mix(suites, set, time)?,
    })
}

/// Reads the mix alone, within 0…1.
///
/// # Errors
/// `Host`.
pub fn read_mix(suites: &Suites, set: OfxParamSetHandle, time: OfxTime) -> Result<f64> {
    Ok(read_double(suites, set, time, MIX)?.clamp(0.0, 1.0))
}

/// A slider passes through every value between −1 (automatic) and 0: all of them are automatic.
fn settled(value: f64, automatic: bool) -> f64 {
    if automatic && value < 0.0 {
        -1.0
    } else {
        value
    }
}

fn read_int(suites: &Suites, set: OfxParamSetHandle, time: OfxTime, name: &CStr) -> Result<i32> {
    let handle = handle(suites, set, name)?.0;
    let mut value: c_int = 0;
    let out: *mut c_int = &mut value;
    got(
        name,
        call!(suites.parameter, paramGetValueAtTime, handle, time, out),
    )?;
    Ok(value)
}

fn read_double(suites: &Suites, set: OfxParamSetHandle, time: OfxTime, name: &CStr) -> Result<f64> {
    let handle = handle(suites, set, name)?.0;
    let mut value: f64 = 0.0;
    let out: *mut f64 = &mut value;
    got(
        name,
        call!(suites.parameter, paramGetValueAtTime, handle, time, out),
    )?;
    Ok(value)
}

fn read_text(
    suites: &Suites,
    set: OfxParamSetHandle,
    time: OfxTime,
    name: &CStr,
) -> Result<String> {
    let handle = handle(suites, set, name)?.0;
    let mut value: *mut c_char = ptr::null_mut();
    let out: *mut *mut c_char = &mut value;
    got(
        name,
        call!(suites.parameter, paramGetValueAtTime, handle, time, out),
    )?;
    if value.is_null() {
        return Ok(String::new());
    }
    // SAFETY: the host answers a terminated string that lives at least until its next call.
    let text = unsafe { CStr::from_ptr(value) };
    text.to_str().map(str::to_owned).map_err(|_| {
        let name = name.to_string_lossy();
        Failure::Refused(format!("{name}: the text is not UTF-8"))
    })
}

fn got(name: &CStr, status: OfxStatus) -> Result<()> {
    if status == kOfxStatOK {
        return Ok(());
    }
    let call = format!("paramGetValueAtTime of {}", name.to_string_lossy());
    Err(Failure::host(call, status))
}

fn handle(
    suites: &Suites,
    set: OfxParamSetHandle,
    name: &CStr,
) -> Result<(OfxParamHandle, Properties)> {
    let (mut handle, mut properties) = (ptr::null_mut(), ptr::null_mut());
    let status = call!(
        suites.parameter,
        paramGetHandle,
        set,
        name.as_ptr(),
        &mut handle,
        &mut properties
    );
    if status != kOfxStatOK || handle.is_null() {
        let call = format!("paramGetHandle of {}", name.to_string_lossy());
        return Err(Failure::host(call, status));
    }
    Ok((handle, suites.properties(properties)))
}

/// Whether changing the parameter with this name changes which others matter.
pub fn switches_controls(name: &str) -> bool {
    let switches = |id: Id| id.parameter().name == name;
    let needs = ROWS.iter().filter_map(|row| row.parameter.needs);
    switches(Id::Task) || switches(Id::Blur) || needs.into_iter().any(|(id, _)| switches(id))
}

/// Hides the parameters of other tasks, and disables those that do not matter with the present choices.
///
/// # Errors
/// `Host`.
pub fn update_controls(suites: &Suites, set: OfxParamSetHandle) -> Result<()> {
    let choice = |id: Id| -> Result<(usize, &'static str)> {
        let row = &ROWS[id as usize];
        // Choices do not animate: any time will do.
        let index = usize::try_from(read_int(suites, set, 0.0, &row.name)?).unwrap_or(usize::MAX);
        let word = match row.parameter.kind {
            Kind::Choice { choices, .. } => choices.get(index).copied(),
            _ => None,
        };
        Ok((index, word.unwrap_or_default()))
    };
    let (index, task) = choice(Id::Task)?;
    let bit = u32::try_from(index)
        .ok()
        .and_then(|index| 1_u32.checked_shl(index));
    let bit = bit.unwrap_or(tasks::ALL);
    for row in ROWS.iter() {
        let of_task = row.parameter.tasks & bit != 0;
        let matters = match row.parameter.needs {
            Some((id, word)) => of_task && choice(id)?.1 == word,
            None => of_task,
        };
        let properties = handle(suites, set, &row.name)?.1;
        properties.offer_int(kOfxParamPropSecret, i32::from(!of_task));
        properties.offer_int(kOfxParamPropEnabled, i32::from(matters));
    }
    // JPEG artefacts are no noise to be measured, and only deblurring looks for blur.
    let noise_frame = handle(suites, set, NOISE_FRAME)?.1;
    noise_frame.offer_int(kOfxParamPropSecret, i32::from(task == "dejpeg"));
    noise_frame.offer_int(kOfxParamPropEnabled, i32::from(task != "dejpeg"));
    let blur_frame = handle(suites, set, BLUR_FRAME)?.1;
    let looks = is_looked_for(choice(Id::Blur)?.1);
    blur_frame.offer_int(kOfxParamPropSecret, i32::from(task != "deblur"));
    blur_frame.offer_int(kOfxParamPropEnabled, i32::from(looks && task == "deblur"));
    // Inpaint fills where the mask is in any case.
    let apply_mask = handle(suites, set, APPLY_MASK)?.1;
    apply_mask.offer_int(kOfxParamPropEnabled, i32::from(task != "inpaint"));
    Ok(())
}

/// Shows a text as the node's status. Allowed only in the actions that may set parameters.
///
/// # Errors
/// `Host`.
pub fn set_status(suites: &Suites, set: OfxParamSetHandle, text: &CStr) -> Result<()> {
    let handle = handle(suites, set, STATUS)?.0;
    let status = call!(suites.parameter, paramSetValue, handle, text.as_ptr());
    if status != kOfxStatOK {
        return Err(Failure::host("paramSetValue of status", status));
    }
    Ok(())
}
