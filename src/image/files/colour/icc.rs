//! ICC profiles: what they say, and profiles for what has none yet.
//!
//! `moxcms` does the arithmetic: pure Rust, BSD/Apache licensed, and what the `image` crate uses.

use moxcms::{
    Chromaticity, ColorPrimaries, ColorProfile, DataColorSpace, Layout, LocalizableString,
    Matrix3d, ProfileText, RenderingIntent, ToneReprCurve, TransformOptions, Vector3d, XyY,
};

use super::curve::Curve;
use super::primaries::Primaries;
use super::rgb::Rgb;

/// Samples of the curve in a profile made here.
const CURVE_SAMPLES: usize = 4096;
/// PCS white, D50 (ICC.1:2022 §7.2.16).
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
/// Linear Bradford cone response (ICC.1:2022 annex E).
const BRADFORD: [[f64; 3]; 3] = [
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
];

/// The colour space a profile describes: `b"RGB "`, `b"GRAY"`, `b"CMYK"`, …
pub(in crate::image::files) fn space(profile: &[u8]) -> Option<&[u8]> {
    profile.get(16..20)
}

/// What a profile says in curves and primaries.
pub(super) struct Meaning {
    /// `None` where it is not one curve for all channels (tables, measured devices).
    pub curve: Option<Curve>,
    /// `None` for gray profiles and tables.
    pub primaries: Option<Primaries>,
}

/// Reads an RGB or gray profile; `None` when it is damaged.
pub(super) fn read(profile: &[u8]) -> Option<Meaning> {
    let parsed = ColorProfile::new_from_slice(profile).ok()?;
    if let Some(number) = parsed.cicp.map(|cicp| cicp.transfer_characteristics as u8)
        && let Some(curve @ (Curve::Pq | Curve::Hlg)) = Curve::of_code_point(number)
    {
        let primaries = primaries(&parsed);
        let curve = Some(curve);
        return Some(Meaning { curve, primaries });
    }
    if parsed.color_space == DataColorSpace::Gray {
        let curve = parsed.gray_trc.as_ref().and_then(curve);
        let primaries = None;
        return Some(Meaning { curve, primaries });
    }
    if parsed.color_space != DataColorSpace::Rgb || !parsed.is_matrix_shaper() {
        return Some(Meaning {
            curve: None,
            primaries: None,
        });
    }
    let curves = [&parsed.red_trc, &parsed.green_trc, &parsed.blue_trc]
        .map(|trc| trc.as_ref().and_then(curve));
    let [red, green, blue] = &curves;
    let alike = |other: &Option<Curve>| match (red, other) {
        (Some(one), Some(other)) => (0..=255_u8).all(|code| {
            let code = f32::from(code) / 255.0;
            (one.encode(other.decode(code)) - code).abs() < 0.5 / 255.0
        }),
        _ => false,
    };
    let curve = match alike(green) && alike(blue) {
        true => red.clone(),
        false => None,
    };
    Some(Meaning {
        primaries: primaries(&parsed),
        curve,
    })
}

fn curve(trc: &ToneReprCurve) -> Option<Curve> {
    let evaluator = trc.make_linear_evaluator().ok()?;
    Curve::from_function(|code| evaluator.evaluate_value(code))
}

/// Primaries of a matrix profile, with the adaptation to D50 taken back.
fn primaries(profile: &ColorProfile) -> Option<Primaries> {
    let back = match (profile.chromatic_adaptation, profile.media_white_point) {
        (Some(adaptation), _) => adaptation.inverse(),
        (None, Some(white)) => adaptation_to([white.x, white.y, white.z]),
        (None, None) => Matrix3d::IDENTITY,
    };
    let xy = |xyz: [f64; 3]| {
        let Vector3d { v: [x, y, z] } = back.mul_vector(Vector3d { v: xyz });
        let sum = x + y + z;
        (sum > 1e-6).then(|| [x / sum, y / sum])
    };
    let colorant = |colour: moxcms::Xyzd| xy([colour.x, colour.y, colour.z]);
    Some(Primaries {
        red: colorant(profile.red_colorant)?,
        green: colorant(profile.green_colorant)?,
        blue: colorant(profile.blue_colorant)?,
        white: xy(D50)?,
    })
}

/// Bradford adaptation from D50 to `white`.
fn adaptation_to(white: [f64; 3]) -> Matrix3d {
    let bradford = Matrix3d { v: BRADFORD };
    let cones = |v: [f64; 3]| bradford.mul_vector(Vector3d { v }).v;
    let (from, to) = (cones(D50), cones(white));
    let mut scale = Matrix3d::IDENTITY;
    for index in 0..3 {
        scale.v[index][index] = to[index] / from[index];
    }
    bradford.inverse().mat_mul(scale.mat_mul(bradford))
}

/// A profile of `primaries` and `curve`, for RGB or gray.
pub(super) fn make(primaries: &Primaries, curve: &Curve, is_gray: bool) -> Option<Vec<u8>> {
    let at = |[x, y]: [f64; 2]| Chromaticity {
        x: x as f32,
        y: y as f32,
    };
    let mut profile = ColorProfile::new_srgb();
    let [x, y] = primaries.white;
    profile.update_rgb_colorimetry(
        XyY { x, y, yb: 1.0 },
        ColorPrimaries {
            red: at(primaries.red),
            green: at(primaries.green),
            blue: at(primaries.blue),
        },
    );
    if *curve != Curve::Srgb {
        let sample = |index: usize| curve.decode(index as f32 / (CURVE_SAMPLES - 1) as f32);
        let trc = match curve {
            Curve::Linear => ToneReprCurve::Lut(Vec::new()),
            _ => ToneReprCurve::Lut(
                (0..CURVE_SAMPLES)
                    .map(|index| (sample(index).clamp(0.0, 1.0) * 65_535.0).round() as u16)
                    .collect(),
            ),
        };
        profile.red_trc = Some(trc.clone());
        profile.green_trc = Some(trc.clone());
        profile.blue_trc = Some(trc);
    }
    if is_gray {
        profile.color_space = DataColorSpace::Gray;
        profile.gray_trc = profile.red_trc.take();
    }
    let text = format!("RGB primaries of the source, {} curve", curve.name());
    profile.description = Some(ProfileText::Localizable(vec![LocalizableString::new(
        "en".to_owned(),
        "US".to_owned(),
        text,
    )]));
    profile.encode().ok()
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        ..TransformOptions::default()
    }
}

/// Colours of ink coverages (`T::FULL` is full ink), four a pixel, as sRGB: through `profile`, or,
/// without a usable one, each ink taking away its complement.
pub(in crate::image::files) fn cmyk_to_srgb<T: Rgb>(profile: Option<&[u8]>, inks: &[T]) -> Vec<T> {
    let mut colours = vec![T::default(); inks.len() / 4 * 3];
    let through = profile
        .filter(|profile| space(profile) == Some(b"CMYK"))
        .and_then(|profile| ColorProfile::new_from_slice(profile).ok())
        .is_some_and(|source| {
            T::transform(
                &source,
                (Layout::Rgba, inks),
                (Layout::Rgb, &mut colours),
                options(),
            )
        });
    if !through {
        for (inks, colour) in inks.chunks_exact(4).zip(colours.chunks_exact_mut(3)) {
            for (ink, value) in inks[..3].iter().zip(colour) {
                *value = T::without_inks(*ink, inks[3]);
            }
        }
    }
    colours
}

/// Light with sRGB primaries of RGB codes 0…1 (interleaved) that `profile` describes; `None` when it
/// cannot say.
pub(in crate::image::files) fn to_linear_srgb(profile: &[u8], codes: &[f32]) -> Option<Vec<f32>> {
    let source = ColorProfile::new_from_slice(profile).ok()?;
    let target = ColorProfile::new_srgb();
    let transform = source
        .create_transform_f32(Layout::Rgb, &target, Layout::Rgb, options())
        .ok()?;
    let mut colours = vec![0.0; codes.len()];
    transform.transform(codes, &mut colours).ok()?;
    for value in &mut colours {
        *value = crate::image::transfer::decode(*value);
    }
    Some(colours)
}
