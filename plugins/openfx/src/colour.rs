//! What the values of a clip mean.

use dcdp::image::{Alpha, Transfer};
use openfx::sys::image_effect_v1::colour::kOfxImageClipPropColourspace;
use openfx::sys::image_effect_v1::image_effect::*;

use crate::clip::Components;
use crate::property::Properties;

/// The transfer of a clip's colours: the one the user chose (`srgb`, `linear`), or for `auto` the one
/// that the host's colour management tells; sRGB where it tells nothing.
pub fn transfer(choice: &str, clip: &Properties) -> Transfer {
    match choice {
        "srgb" => return Transfer::Srgb,
        "linear" => return Transfer::Linear,
        _ => {}
    }
    match clip.string(kOfxImageClipPropColourspace, 0) {
        Some(name) if is_linear(&name) => Transfer::Linear,
        _ => Transfer::Srgb,
    }
}

/// Whether a colour space of the native configurations, or one named like them, is linear.
fn is_linear(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let others = ["aces2065-1", "acescg", "aces_interchange", "cie-xyz-d65"];
    name.contains("linear") || name.starts_with("lin_") || others.contains(&&*name)
}

/// How the colour of an image relates to its alpha: what the image says, or else its clip.
pub fn alpha(image: &Properties, clip: &Properties, components: Components) -> Alpha {
    let name = kOfxImageEffectPropPreMultiplication;
    let says = image.string(name, 0).or_else(|| clip.string(name, 0));
    let premultiplied = says.as_deref() == kOfxImagePreMultiplied.to_str().ok();
    match components {
        Components::Rgba if premultiplied => Alpha::Premultiplied,
        _ => Alpha::Straight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_spaces_are_told_from_encoded_ones() {
        for name in [
            "ofx_scene_linear",
            "scene_linear",
            "lin_rec709_srgb",
            "Linear Rec.709 (sRGB)",
            "ACEScg",
            "ACES2065-1",
        ] {
            assert!(is_linear(name), "{name}");
        }
        for name in [
            "srgb_tx",
            "sRGB - Texture",
            "g22_rec709_tx",
            "ACEScct",
            "ofx_display_sdr",
            "",
        ] {
            assert!(!is_linear(name), "{name}");
        }
    }
}
