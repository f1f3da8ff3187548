//! What the node is: its properties, clips and parameters.

use std::ffi::CStr;
use std::ptr;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::colour::*;
use openfx::sys::image_effect_v1::default_colorspace::kOfxConfigIdentifier;
use openfx::sys::image_effect_v1::image_effect::*;

use crate::call::call;
use crate::failure::{Failure, Result};
use crate::host::Suites;
use crate::parameters;
use crate::property::Properties;

/// Identifies the node for ever; hosts store it in projects.
pub const IDENTIFIER: &CStr = c"org.dcdp.Restore";
/// Raised when a project made with an older version would render differently.
pub const MAJOR: u32 = 1;
/// Raised with every other change.
pub const MINOR: u32 = 0;

/// Name of the optional clip that says where.
pub const MASK: &CStr = c"Mask";

const DESCRIPTION: &CStr = c"Restores photographs and film frames: removes noise, blur and missing \
parts, and adds the detail that an enlarged picture lacks. Decoupled data consistency with diffusion \
purification (DCDP, arXiv 2403.06054). Float RGB and RGBA; the same seed gives every frame the same \
noise field, so a static shot does not boil.";

/// Answers the Describe action.
///
/// # Errors
/// `Host`.
pub fn describe(suites: &Suites, effect: OfxImageEffectHandle) -> Result<()> {
    let properties = suites.effect_properties(effect)?;
    properties.set_string(kOfxPropLabel, 0, c"DCDP Restore")?;
    properties.offer_string(kOfxPropShortLabel, 0, c"DCDP Restore");
    properties.offer_string(kOfxPropLongLabel, 0, c"DCDP Restore");
    properties.set_string(kOfxImageEffectPluginPropGrouping, 0, c"DCDP")?;
    properties.offer_string(kOfxPropPluginDescription, 0, DESCRIPTION);
    properties.offer_string(kOfxPropVersionLabel, 0, parameters::VERSION);

    let contexts = [kOfxImageEffectContextFilter, kOfxImageEffectContextGeneral];
    for (index, context) in contexts.into_iter().enumerate() {
        properties.set_string(kOfxImageEffectPropSupportedContexts, index, context)?;
    }
    let depths = kOfxImageEffectPropSupportedPixelDepths;
    properties.set_string(depths, 0, kOfxBitDepthFloat)?;
    let safety = kOfxImageEffectPluginRenderThreadSafety;
    properties.set_string(safety, 0, kOfxImageEffectRenderInstanceSafe)?;
    for (property, value) in [
        (kOfxImageEffectPluginPropSingleInstance, 0),
        (kOfxImageEffectPluginPropHostFrameThreading, 0),
        (kOfxImageEffectPropSupportsMultiResolution, 1),
        (kOfxImageEffectPropSupportsTiles, 0),
        (kOfxImageEffectPropTemporalClipAccess, 1),
        (kOfxImageEffectPluginPropFieldRenderTwiceAlways, 0),
        (kOfxImageEffectPropSupportsMultipleClipDepths, 0),
        (kOfxImageEffectPropSupportsMultipleClipPARs, 0),
    ] {
        properties.offer_int(property, value);
    }
    properties.offer_string(kOfxImageEffectPropNoSpatialAwareness, 0, c"false");

    // Names of colour spaces are looked up without a library: every native style will do.
    let style = kOfxImageEffectPropColourManagementStyle;
    properties.offer_string(style, 0, kOfxImageEffectColourManagementFull);
    let configs = kOfxImageEffectPropColourManagementAvailableConfigs;
    properties.offer_string(configs, 0, kOfxConfigIdentifier);
    Ok(())
}

/// Answers the DescribeInContext action; the filter and the general context look the same.
///
/// # Errors
/// `Host`.
pub fn describe_in_context(suites: &Suites, effect: OfxImageEffectHandle) -> Result<()> {
    let pictures = [kOfxImageComponentRGBA, kOfxImageComponentRGB];
    define_clip(suites, effect, kOfxImageEffectOutputClipName, &pictures)?;
    let source = define_clip(
        suites,
        effect,
        kOfxImageEffectSimpleSourceClipName,
        &pictures,
    )?;

    let masks = [kOfxImageComponentAlpha, kOfxImageComponentRGBA];
    let mask = define_clip(suites, effect, MASK, &masks)?;
    mask.offer_string(kOfxPropLabel, 0, c"Mask");
    for clip in [&source, &mask] {
        clip.offer_int(kOfxImageEffectPropTemporalClipAccess, 1);
    }
    mask.set_int(kOfxImageClipPropOptional, 0, 1)?;
    mask.set_int(kOfxImageClipPropIsMask, 0, 1)?;

    parameters::define_all(suites, suites.parameter_set(effect)?)
}

fn define_clip(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    name: &'static CStr,
    components: &[&'static CStr],
) -> Result<Properties> {
    let mut handle = ptr::null_mut();
    let status = call!(
        suites.effect,
        clipDefine,
        effect,
        name.as_ptr(),
        &mut handle
    );
    if status != kOfxStatOK {
        let call = format!("clipDefine of {}", name.to_string_lossy());
        return Err(Failure::host(call, status));
    }
    let clip = suites.properties(handle);
    for (index, component) in components.iter().enumerate() {
        clip.set_string(kOfxImageEffectPropSupportedComponents, index, component)?;
    }
    clip.offer_int(kOfxImageEffectPropSupportsTiles, 0);
    clip.offer_int(kOfxImageEffectPropTemporalClipAccess, 0);
    clip.offer_string(kOfxImageClipPropFieldExtraction, 0, kOfxImageFieldBoth);
    Ok(clip)
}
