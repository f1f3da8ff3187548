//! Transfer curves of files: from stored codes to light and back.

use std::sync::Arc;

use crate::image::transfer;

/// Entries of a sampled curve: one for every 16-bit code, and every 8-bit code is one of them.
const SAMPLES: usize = 65_536;
/// Light of diffuse white on a PQ display, in cd/m² (ITU-R BT.2408-7 §2.1).
const PQ_WHITE: f64 = 203.0;
/// Scene light of diffuse white, HLG signal 0.75 (ITU-R BT.2408-7 §2.1, BT.2100-2 table 5).
const HLG_WHITE: f64 = 0.264_962_56;

/// How a file's codes (nominal 0…1) stand for light (1 is diffuse white).
#[derive(Clone, Debug, PartialEq)]
pub(in crate::image::files) enum Curve {
    /// sRGB (IEC 61966-2-1), or within half an 8-bit code of it.
    Srgb,
    /// Light itself.
    Linear,
    /// SMPTE ST 2084, light in units of 203 cd/m².
    Pq,
    /// ARIB STD-B67 scene light, in units of the light at signal 0.75.
    Hlg,
    /// Rising samples at evenly spaced codes 0…1.
    Table(Arc<[f32]>),
}

impl Curve {
    /// The curve that `light` computes from codes 0…1. `None` when it does not rise from near 0 to
    /// near 1, and so is no transfer curve.
    pub(in crate::image::files) fn from_function(light: impl Fn(f32) -> f32) -> Option<Self> {
        let mut samples: Vec<f32> = (0..SAMPLES)
            .map(|index| light(index as f32 / (SAMPLES - 1) as f32))
            .collect();
        if samples.iter().any(|value| !value.is_finite())
            || samples[0].abs() > 0.1
            || !(0.5..=2.0).contains(&samples[SAMPLES - 1])
        {
            return None;
        }
        for index in 1..SAMPLES {
            if samples[index] < samples[index - 1] - 1e-3 {
                return None;
            }
            samples[index] = samples[index].max(samples[index - 1]);
        }
        let codes = || (0..=255_u8).map(|code| (usize::from(code) * 257, f32::from(code) / 255.0));
        if codes().all(|(at, code)| (transfer::encode(samples[at]) - code).abs() < 0.5 / 255.0) {
            return Some(Curve::Srgb);
        }
        if codes().all(|(at, code)| (samples[at] - code).abs() < 0.5 / 255.0) {
            return Some(Curve::Linear);
        }
        Some(Curve::Table(samples.into()))
    }

    /// The power `light = code^exponent`; 2.2, which files that mean sRGB have always said, is sRGB.
    pub(in crate::image::files) fn power(exponent: f64) -> Option<Self> {
        if (exponent - 2.2).abs() < 0.01 {
            return Some(Curve::Srgb);
        }
        Self::from_function(|code| code.powf(exponent as f32))
    }

    /// The curve of a transfer characteristics number (ITU-T H.273 table 3); `None` for those that no
    /// still picture has.
    pub(in crate::image::files) fn of_code_point(number: u8) -> Option<Self> {
        match number {
            // Camera curves of Rec. 709, 601 and 2020: shown as sRGB is.
            1 | 6 | 13 | 14 | 15 => Some(Curve::Srgb),
            4 => Self::power(2.2),
            5 => Self::power(2.8),
            8 => Some(Curve::Linear),
            16 => Some(Curve::Pq),
            18 => Some(Curve::Hlg),
            _ => None,
        }
    }

    /// Whether its codes may be taken for sRGB codes by what looks at them (the curves of other display
    /// spaces): none is off by more than a tenth. Light still needs the curve itself.
    pub(in crate::image::files) fn is_near_srgb(&self) -> bool {
        let off = |code: f32| (transfer::encode(self.decode(code)) - code).abs();
        match self {
            Curve::Srgb => true,
            Curve::Table(_) => (0..=255_u8).all(|code| off(f32::from(code) / 255.0) < 0.1),
            Curve::Linear | Curve::Pq | Curve::Hlg => false,
        }
    }

    /// What a person calls it.
    pub(in crate::image::files) const fn name(&self) -> &'static str {
        match self {
            Curve::Srgb => "sRGB",
            Curve::Linear => "linear",
            Curve::Pq => "PQ",
            Curve::Hlg => "HLG",
            Curve::Table(_) => "its own",
        }
    }

    /// Light of a code. Below 0 the curve is odd; above 1 a sampled one goes on straight.
    pub(in crate::image::files) fn decode(&self, code: f32) -> f32 {
        let magnitude = code.abs();
        let light = match self {
            Curve::Srgb => return transfer::decode(code),
            Curve::Linear => return code,
            Curve::Pq => pq_light(magnitude),
            Curve::Hlg => hlg_light(magnitude),
            Curve::Table(samples) => {
                let last = samples.len() - 1;
                let position = magnitude * last as f32;
                let first = (position as usize).min(last - 1);
                let (low, high) = (samples[first], samples[first + 1]);
                if position > last as f32 {
                    samples[last] + end_slope(samples) * (magnitude - 1.0)
                } else {
                    low + (high - low) * (position - first as f32)
                }
            }
        };
        light.copysign(code)
    }

    /// The code of light: the inverse of [`decode`](Self::decode).
    pub(in crate::image::files) fn encode(&self, light: f32) -> f32 {
        let magnitude = light.abs();
        let code = match self {
            Curve::Srgb => return transfer::encode(light),
            Curve::Linear => return light,
            Curve::Pq => pq_code(magnitude),
            Curve::Hlg => hlg_code(magnitude),
            Curve::Table(samples) => {
                let last = samples.len() - 1;
                if magnitude >= samples[last] {
                    1.0 + (magnitude - samples[last]) / end_slope(samples)
                } else {
                    let above = samples.partition_point(|&value| value <= magnitude);
                    let first = above.saturating_sub(1);
                    let (low, high) = (samples[first], samples[first + 1]);
                    let part = match high > low {
                        true => ((magnitude - low) / (high - low)).max(0.0),
                        false => 0.0,
                    };
                    (first as f32 + part) / last as f32
                }
            }
        };
        code.copysign(light)
    }
}

/// Slope of a sampled curve over its last hundredth.
fn end_slope(samples: &[f32]) -> f32 {
    let last = samples.len() - 1;
    let before = last - samples.len() / 100;
    let slope = (samples[last] - samples[before]) / (last - before) as f32 * last as f32;
    slope.max(0.01)
}

/// SMPTE ST 2084 constants m1, m2, c1, c2, c3.
const PQ: [f64; 5] = [
    2610.0 / 16384.0,
    2523.0 / 4096.0 * 128.0,
    3424.0 / 4096.0,
    2413.0 / 4096.0 * 32.0,
    2392.0 / 4096.0 * 32.0,
];

fn pq_light(code: f32) -> f32 {
    let [m1, m2, c1, c2, c3] = PQ;
    let root = f64::from(code).powf(1.0 / m2);
    let light = ((root - c1).max(0.0) / (c2 - c3 * root).max(1e-9)).powf(1.0 / m1);
    (light * 10_000.0 / PQ_WHITE) as f32
}

fn pq_code(light: f32) -> f32 {
    let [m1, m2, c1, c2, c3] = PQ;
    let power = (f64::from(light) * PQ_WHITE / 10_000.0).powf(m1);
    ((c1 + c2 * power) / (1.0 + c3 * power)).powf(m2) as f32
}

/// ARIB STD-B67 constants a, b, c.
const HLG: [f64; 3] = [0.178_832_77, 0.284_668_92, 0.559_910_73];

fn hlg_light(code: f32) -> f32 {
    let [a, b, c] = HLG;
    let code = f64::from(code);
    let light = match code <= 0.5 {
        true => code * code / 3.0,
        false => (((code - c) / a).exp() + b) / 12.0,
    };
    (light / HLG_WHITE) as f32
}

fn hlg_code(light: f32) -> f32 {
    let [a, b, c] = HLG;
    let light = f64::from(light) * HLG_WHITE;
    let code = match light <= 1.0 / 12.0 {
        true => (3.0 * light).sqrt(),
        false => a * (12.0 * light - b).ln() + c,
    };
    code as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves() -> Vec<Curve> {
        vec![
            Curve::Srgb,
            Curve::Linear,
            Curve::Pq,
            Curve::Hlg,
            Curve::power(1.8).unwrap(),
            Curve::from_function(|code| (code.powf(2.4) - 1e-4).max(0.0)).unwrap(),
        ]
    }

    #[test]
    fn codes_come_back() {
        for curve in curves() {
            for index in 100..=65_535 {
                let code = index as f32 / 65_535.0;
                let back = curve.encode(curve.decode(code));
                assert!(
                    (back - code).abs() < 0.4 / 65_535.0 || curve.decode(code) <= 0.0,
                    "{} {code} {back}",
                    curve.name()
                );
            }
        }
    }

    #[test]
    fn standard_values() {
        // BT.2100-2 and BT.2408-7: PQ 58 % and HLG 75 % are diffuse white, PQ 1.0 is 10000 cd/m².
        assert!((Curve::Pq.decode(0.580_69) - 1.0).abs() < 2e-3);
        assert!((Curve::Pq.decode(1.0) - 10_000.0 / 203.0).abs() < 1e-2);
        assert!((Curve::Hlg.decode(0.75) - 1.0).abs() < 1e-5);
        assert_eq!(Curve::power(2.2), Some(Curve::Srgb));
        assert_eq!(Curve::power(1.0), Some(Curve::Linear));
        assert_eq!(Curve::from_function(|code| 1.0 - code), None);
    }
}
