//! The engine's parameter table as OpenFX parameters, and the node's own: their definition.

use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::LazyLock;

use dcdp::request::parameters::{Group, Id, Kind, PARAMETERS, Parameter};
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::param::*;

use crate::call::call;
use crate::failure::{Failure, Result};
use crate::host::Suites;
use crate::property::Properties;

/// The frame on which automatic noise is measured; −1 measures every frame.
pub const NOISE_FRAME: &CStr = c"noise_frame";
/// The frame on which an unknown blur is estimated; −1 estimates it in every frame.
pub const BLUR_FRAME: &CStr = c"blur_frame";
/// Whether the Mask clip limits the change for the tasks other than inpaint.
pub const APPLY_MASK: &CStr = c"apply_mask";
/// Whether the Mask clip counts inverted.
pub const INVERT_MASK: &CStr = c"invert_mask";
/// Share of the restored picture in the output.
pub const MIX: &CStr = c"mix";
/// What the last render did.
pub const STATUS: &CStr = c"status";

const MASK_GROUP: &CStr = c"mask_group";

/// A row of the engine's table with its texts as the host takes them. Hosts may keep the pointers, so
/// the rows live for ever.
pub struct Row {
    /// The engine's row.
    pub parameter: &'static Parameter,
    /// Canonical name.
    pub name: CString,
    label: CString,
    hint: CString,
    /// Words of a choice.
    choices: Vec<CString>,
    /// Default of a text.
    text: CString,
}

/// The table's rows, in its order.
pub static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| PARAMETERS.iter().map(Row::new).collect());

impl Row {
    fn new(parameter: &'static Parameter) -> Self {
        let choices: &[&str] = match parameter.kind {
            Kind::Choice { choices, .. } => choices,
            _ => &[],
        };
        let text = match parameter.kind {
            Kind::Text { default } => default,
            _ => "",
        };
        Row {
            parameter,
            name: c_string(parameter.name),
            label: c_string(parameter.label),
            hint: c_string(parameter.hint),
            choices: choices.iter().map(|word| c_string(word)).collect(),
            text: c_string(text),
        }
    }
}

fn c_string(text: &str) -> CString {
    CString::new(text).expect("the table has no NUL")
}

fn group_name(group: Group) -> &'static CStr {
    match group {
        Group::Task => c"task_group",
        Group::Quality => c"quality_group",
        Group::Advanced => c"advanced_group",
    }
}

fn group_label(group: Group) -> &'static CStr {
    match group {
        Group::Task => c"Task",
        Group::Quality => c"Quality",
        Group::Advanced => c"Advanced",
    }
}

/// Defines every parameter in an effect descriptor's parameter set.
///
/// # Errors
/// `Host`.
pub fn define_all(suites: &Suites, set: OfxParamSetHandle) -> Result<()> {
    let rows: &'static [Row] = &ROWS;
    let page = define(suites, set, kOfxParamTypePage, c"controls")?;
    page.offer_string(kOfxPropLabel, 0, c"Controls");
    let mut children = 0;
    let mut child = |name: &'static CStr| {
        page.offer_string(kOfxParamPropPageChild, children, name);
        children += 1;
    };
    for group in [Group::Task, Group::Quality, Group::Advanced] {
        let open = group != Group::Advanced;
        define_group(suites, set, group_name(group), group_label(group), open)?;
        child(group_name(group));
        for row in rows.iter().filter(|row| row.parameter.group == group) {
            define_row(suites, set, row)?;
        }
        if group == Group::Task {
            define_frames(suites, set)?;
            define_own(suites, set)?;
            child(MASK_GROUP);
        }
    }
    Ok(())
}

fn define(suites: &Suites, set: OfxParamSetHandle, kind: &CStr, name: &CStr) -> Result<Properties> {
    let mut handle = ptr::null_mut();
    let status = call!(
        suites.parameter,
        paramDefine,
        set,
        kind.as_ptr(),
        name.as_ptr(),
        &mut handle
    );
    if status != kOfxStatOK {
        let call = format!("paramDefine of {}", name.to_string_lossy());
        return Err(Failure::host(call, status));
    }
    Ok(suites.properties(handle))
}

fn define_group(
    suites: &Suites,
    set: OfxParamSetHandle,
    name: &'static CStr,
    label: &'static CStr,
    open: bool,
) -> Result<()> {
    let group = define(suites, set, kOfxParamTypeGroup, name)?;
    group.set_string(kOfxPropLabel, 0, label)?;
    group.offer_int(kOfxParamPropGroupOpen, i32::from(open));
    Ok(())
}

fn define_row(suites: &Suites, set: OfxParamSetHandle, row: &'static Row) -> Result<()> {
    let kind = match row.parameter.kind {
        Kind::Number { .. } => kOfxParamTypeDouble,
        Kind::Integer { .. } => kOfxParamTypeInteger,
        Kind::Choice { .. } => kOfxParamTypeChoice,
        Kind::Text { .. } | Kind::File => kOfxParamTypeString,
    };
    let properties = define(suites, set, kind, &row.name)?;
    let group = group_name(row.parameter.group);
    describe(&properties, &row.name, &row.label, &row.hint, group)?;
    match row.parameter.kind {
        Kind::Number {
            minimum,
            maximum,
            display,
            default,
            automatic,
        } => {
            let low = |value: f64| if automatic { -1.0 } else { value };
            properties.set_double(kOfxParamPropDefault, 0, default)?;
            properties.set_double(kOfxParamPropMin, 0, low(minimum))?;
            properties.set_double(kOfxParamPropMax, 0, maximum)?;
            properties.set_double(kOfxParamPropDisplayMin, 0, low(display[0]))?;
            properties.set_double(kOfxParamPropDisplayMax, 0, display[1])?;
            let kind = match row.parameter.id {
                Id::BlurAngle => kOfxParamDoubleTypeAngle,
                _ => kOfxParamDoubleTypePlain,
            };
            properties.offer_string(kOfxParamPropDoubleType, 0, kind);
        }
        Kind::Integer {
            minimum,
            maximum,
            display,
            default,
            automatic,
        } => {
            let low = |value: i64| if automatic { -1 } else { int(value) };
            properties.set_int(kOfxParamPropDefault, 0, int(default))?;
            properties.set_int(kOfxParamPropMin, 0, low(minimum))?;
            properties.set_int(kOfxParamPropMax, 0, int(maximum))?;
            properties.set_int(kOfxParamPropDisplayMin, 0, low(display[0]))?;
            properties.set_int(kOfxParamPropDisplayMax, 0, int(display[1]))?;
        }
        Kind::Choice {
            choices, default, ..
        } => {
            for (index, word) in row.choices.iter().enumerate() {
                properties.set_string(kOfxParamPropChoiceOption, index, word)?;
            }
            let default = choices.iter().position(|&word| word == default);
            properties.set_int(kOfxParamPropDefault, 0, default.unwrap_or(0) as i32)?;
            properties.offer_int(kOfxParamPropAnimates, 0);
        }
        Kind::Text { .. } | Kind::File => {
            let mode = match row.parameter.kind {
                Kind::File => kOfxParamStringIsFilePath,
                _ => kOfxParamStringIsSingleLine,
            };
            properties.set_string(kOfxParamPropDefault, 0, &row.text)?;
            properties.set_string(kOfxParamPropStringMode, 0, mode)?;
            properties.offer_int(kOfxParamPropAnimates, 0);
        }
    }
    Ok(())
}

/// The largest whole number OpenFX can hold stands for every larger one.
fn int(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn describe(
    properties: &Properties,
    name: &'static CStr,
    label: &'static CStr,
    hint: &'static CStr,
    group: &'static CStr,
) -> Result<()> {
    properties.set_string(kOfxPropLabel, 0, label)?;
    properties.set_string(kOfxParamPropHint, 0, hint)?;
    properties.offer_string(kOfxParamPropScriptName, 0, name);
    properties.set_string(kOfxParamPropParent, 0, group)
}

/// Where a shot is measured.
fn define_frames(suites: &Suites, set: OfxParamSetHandle) -> Result<()> {
    for (name, label, hint) in [
        (
            NOISE_FRAME,
            c"Noise frame",
            c"Number of the frame whose noise counts for the whole shot where noise is -1, so that the \
strength does not flicker; -1 measures every frame.",
        ),
        (
            BLUR_FRAME,
            c"Blur frame",
            c"Number of the frame whose estimated blur counts for the whole shot; -1 estimates every \
frame.",
        ),
    ] {
        let properties = define(suites, set, kOfxParamTypeInteger, name)?;
        describe(&properties, name, label, hint, group_name(Group::Task))?;
        for (property, value) in [
            (kOfxParamPropDefault, -1),
            (kOfxParamPropMin, -1),
            (kOfxParamPropMax, i32::MAX),
            (kOfxParamPropDisplayMin, -1),
            (kOfxParamPropDisplayMax, 1000),
        ] {
            properties.set_int(property, 0, value)?;
        }
        properties.offer_int(kOfxParamPropAnimates, 0);
    }
    Ok(())
}

/// The parameters only this node has.
fn define_own(suites: &Suites, set: OfxParamSetHandle) -> Result<()> {
    define_group(suites, set, MASK_GROUP, c"Mask", true)?;
    for (name, label, hint) in [
        (
            APPLY_MASK,
            c"Apply mask",
            c"Change the picture only where the Mask clip is white. Inpaint always fills where it is.",
        ),
        (
            INVERT_MASK,
            c"Invert mask",
            c"Take the Mask clip's black for white.",
        ),
    ] {
        let properties = define(suites, set, kOfxParamTypeBoolean, name)?;
        describe(&properties, name, label, hint, MASK_GROUP)?;
        properties.set_int(kOfxParamPropDefault, 0, 0)?;
    }

    let mix = define(suites, set, kOfxParamTypeDouble, MIX)?;
    let hint = c"Share of the restored picture in the output: 0 is the source, 1 the restoration.";
    describe(&mix, MIX, c"Mix", hint, MASK_GROUP)?;
    for (property, value) in [
        (kOfxParamPropDefault, 1.0),
        (kOfxParamPropMin, 0.0),
        (kOfxParamPropMax, 1.0),
        (kOfxParamPropDisplayMin, 0.0),
        (kOfxParamPropDisplayMax, 1.0),
    ] {
        mix.set_double(property, 0, value)?;
    }

    let status = define(suites, set, kOfxParamTypeString, STATUS)?;
    let hint = c"What the last render did.";
    describe(&status, STATUS, c"Status", hint, group_name(Group::Task))?;
    status.set_string(kOfxParamPropStringMode, 0, kOfxParamStringIsLabel)?;
    status.set_string(kOfxParamPropDefault, 0, VERSION)?;
    for property in [
        kOfxParamPropAnimates,
        kOfxParamPropEvaluateOnChange,
        kOfxParamPropPersistant,
        kOfxParamPropEnabled,
        kOfxParamPropCanUndo,
    ] {
        status.offer_int(property, 0);
    }
    Ok(())
}

/// The status before anything was rendered.
pub const VERSION: &CStr = {
    const TEXT: &str = concat!("dcdp ", env!("CARGO_PKG_VERSION"), "\0");
    match CStr::from_bytes_with_nul(TEXT.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"dcdp",
    }
};
