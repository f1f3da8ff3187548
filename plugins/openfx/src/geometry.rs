//! What the node needs to see, and at which scale.

use std::ffi::CStr;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::colour::*;
use openfx::sys::image_effect_v1::image_effect::*;

use crate::analysis::Chosen;
use crate::clip::Clip;
use crate::describe::MASK;
use crate::failure::{Failure, Result};
use crate::host::Suites;
use crate::neighbours;
use crate::property::Properties;
use crate::settings;

/// Below this share of the full size the source passes through: what a network knows about pictures
/// does not hold for such small ones, and nobody judges detail on them.
pub const SMALLEST_SCALE: f64 = 0.5;

/// The render scale (x, y) of an action; 1 where the host says nothing.
pub fn render_scale(arguments: &Properties) -> [f64; 2] {
    let scale = arguments.doubles(kOfxImageEffectPropRenderScale);
    scale.map_or([1.0, 1.0], |scale: [f64; 2]| {
        scale.map(|value| if value > 0.0 { value } else { 1.0 })
    })
}

/// Whether an action is about a picture too small to restore.
pub fn is_thumbnail(arguments: &Properties) -> bool {
    let [x, y] = render_scale(arguments);
    arguments.int(kOfxImageEffectPropThumbnailRender, 0) == Some(1) || x.min(y) < SMALLEST_SCALE
}

/// Answers GetRegionsOfInterest: all of the source and all of the mask, whatever is rendered.
///
/// # Errors
/// `Host`.
pub fn regions_of_interest(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    arguments: &Properties,
    answers: &Properties,
) -> Result<OfxStatus> {
    let time = time(arguments)?;
    for (name, answer) in [
        (
            kOfxImageEffectSimpleSourceClipName,
            c"OfxImageClipPropRoI_Source",
        ),
        (MASK, c"OfxImageClipPropRoI_Mask"),
    ] {
        // The mask is optional; a host without it has nothing to be asked for.
        let Ok(clip) = Clip::get(suites, effect, name) else {
            continue;
        };
        if name == MASK && !clip.is_connected() {
            continue;
        }
        if let Some(region) = clip.region_of_definition(time) {
            let values = [region.x1, region.y1, region.x2, region.y2];
            for (index, value) in values.into_iter().enumerate() {
                answers.set_double(answer, index, value)?;
            }
        }
    }
    Ok(kOfxStatOK)
}

/// Answers GetFramesNeeded: the frame itself, those around it that count, and those on which noise and blur are
/// measured.
///
/// # Errors
/// `Host`; `Engine` with `InvalidOption` when a parameter's value is not allowed.
pub fn frames_needed(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    arguments: &Properties,
    answers: &Properties,
) -> Result<OfxStatus> {
    let time = time(arguments)?;
    let settings = settings::read_all(suites, suites.parameter_set(effect)?, time)?;
    let chosen: Vec<OfxTime> = Chosen::of(&settings).frames().collect();
    let reach = f64::from(neighbours::reach(suites, &settings.options)?);
    if (chosen.is_empty() && reach == 0.0) || !suites.gives_other_frames() {
        return Ok(kOfxStatReplyDefault);
    }
    for (answer, reach) in [
        (c"OfxImageClipPropFrameRange_Source", reach),
        (c"OfxImageClipPropFrameRange_Mask", 0.0),
    ] {
        let measured = chosen.iter().flat_map(|&frame| [frame, frame]);
        let ends = [time - reach, time + reach].into_iter().chain(measured);
        for (index, end) in ends.enumerate() {
            answers.set_double(answer, index, end)?;
        }
    }
    Ok(kOfxStatOK)
}

/// Answers GetClipPreferences: every frame differs only where its source does, and colours are welcome
/// in sRGB, or else linear.
///
/// # Errors
/// `Host`.
pub fn clip_preferences(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    answers: &Properties,
) -> Result<OfxStatus> {
    let instance = suites.effect_properties(effect)?;
    let style = instance.string(kOfxImageEffectPropColourManagementStyle, 0);
    let spaces: &[&'static CStr] = match style.as_deref() {
        Some("OfxImageEffectColourManagementBasic") => &[c"ofx_display_sdr", c"ofx_scene_linear"],
        Some("OfxImageEffectColourManagementCore" | "OfxImageEffectColourManagementFull") => {
            &[c"srgb_tx", c"lin_rec709_srgb", c"ofx_scene_linear"]
        }
        _ => return Ok(kOfxStatReplyDefault),
    };
    for (index, space) in spaces.iter().enumerate() {
        answers.offer_string(
            c"OfxImageClipPropPreferredColourspaces_Source",
            index,
            space,
        );
    }
    Ok(kOfxStatOK)
}

/// The time of an action.
///
/// # Errors
/// `Host` when the host left it out.
pub fn time(arguments: &Properties) -> Result<OfxTime> {
    arguments
        .double(kOfxPropTime, 0)
        .ok_or_else(|| Failure::host("OfxPropTime", kOfxStatErrUnknown))
}
