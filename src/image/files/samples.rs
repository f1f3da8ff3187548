//! Sample types of files, and what the engine computes on in their place.

use half::f16;

use crate::image::PixelType;

/// Type of one sample in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SampleKind {
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F16,
    F32,
    F64,
}

impl SampleKind {
    /// Bytes per sample.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The engine's own type that is the same, if one is.
    pub(super) const fn pixel_type(self) -> Option<PixelType> {
        match self {
            Self::U8 => Some(PixelType::U8),
            Self::U16 => Some(PixelType::U16),
            Self::F16 => Some(PixelType::F16),
            Self::F32 => Some(PixelType::F32),
            _ => None,
        }
    }

    /// TIFF's SampleFormat: 1 unsigned, 2 signed, 3 float.
    pub(super) const fn tiff_format(self) -> u16 {
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => 1,
            Self::I8 | Self::I16 | Self::I32 | Self::I64 => 2,
            Self::F16 | Self::F32 | Self::F64 => 3,
        }
    }

    /// The kind of a TIFF sample of a whole number of bytes.
    pub(super) const fn of_tiff(format: u16, bits: u64) -> Option<Self> {
        Some(match (format, bits) {
            (1 | 4, 1 | 2 | 4 | 8) => Self::U8,
            (1 | 4, 16) => Self::U16,
            (1 | 4, 32) => Self::U32,
            (1 | 4, 64) => Self::U64,
            (2, 8) => Self::I8,
            (2, 16) => Self::I16,
            (2, 32) => Self::I32,
            (2, 64) => Self::I64,
            (3, 16) => Self::F16,
            (3, 32) => Self::F32,
            (3, 64) => Self::F64,
            _ => return None,
        })
    }

    /// What a person calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::U8 => "8-bit",
            Self::U16 => "16-bit",
            Self::U32 => "32-bit integer",
            Self::U64 => "64-bit integer",
            Self::I8 => "signed 8-bit",
            Self::I16 => "signed 16-bit",
            Self::I32 => "signed 32-bit",
            Self::I64 => "signed 64-bit",
            Self::F16 => "half float",
            Self::F32 => "float",
            Self::F64 => "double float",
        }
    }

    /// A sample in native order as a number.
    fn get(self, bytes: &[u8]) -> f64 {
        macro_rules! number {
            ($type:ty) => {
                <$type>::from_ne_bytes(bytes.try_into().unwrap_or_default())
            };
        }
        match self {
            Self::U8 => f64::from(number!(u8)),
            Self::U16 => f64::from(number!(u16)),
            Self::U32 => f64::from(number!(u32)),
            Self::U64 => number!(u64) as f64,
            Self::I8 => f64::from(number!(i8)),
            Self::I16 => f64::from(number!(i16)),
            Self::I32 => f64::from(number!(i32)),
            Self::I64 => number!(i64) as f64,
            Self::F16 => f64::from(number!(f16)),
            Self::F32 => f64::from(number!(f32)),
            Self::F64 => number!(f64),
        }
    }

    /// Appends a number as a sample: integers rounded and clamped.
    fn put(self, value: f64, bytes: &mut Vec<u8>) {
        let whole = value.round();
        match self {
            Self::U8 => bytes.push(whole as u8),
            Self::U16 => bytes.extend((whole as u16).to_ne_bytes()),
            Self::U32 => bytes.extend((whole as u32).to_ne_bytes()),
            Self::U64 => bytes.extend((whole as u64).to_ne_bytes()),
            Self::I8 => bytes.extend((whole as i8).to_ne_bytes()),
            Self::I16 => bytes.extend((whole as i16).to_ne_bytes()),
            Self::I32 => bytes.extend((whole as i32).to_ne_bytes()),
            Self::I64 => bytes.extend((whole as i64).to_ne_bytes()),
            Self::F16 => bytes.extend(f16::from_f64(value).to_ne_bytes()),
            Self::F32 => bytes.extend((value as f32).to_ne_bytes()),
            Self::F64 => bytes.extend(value.to_ne_bytes()),
        }
    }
}

/// How a file stores its samples: their type, and the values that the engine's 0 and 1 stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stored {
    pub kind: SampleKind,
    pub zero: f64,
    pub one: f64,
}

impl Stored {
    /// Samples of a type that the engine has itself.
    pub(super) const fn own(pixel_type: PixelType) -> Self {
        let (kind, one) = match pixel_type {
            PixelType::U8 => (SampleKind::U8, 255.0),
            PixelType::U16 => (SampleKind::U16, 65_535.0),
            PixelType::F16 => (SampleKind::F16, 1.0),
            PixelType::F32 => (SampleKind::F32, 1.0),
        };
        Stored {
            kind,
            zero: 0.0,
            one,
        }
    }

    /// Bits per sample.
    pub(super) const fn bits(self) -> usize {
        8 * self.kind.bytes()
    }

    /// Whether 0 and 1 are the picture's own least and greatest value.
    pub(super) const fn is_stretched(self) -> bool {
        matches!(
            self.kind,
            SampleKind::U32
                | SampleKind::U64
                | SampleKind::I8
                | SampleKind::I16
                | SampleKind::I32
                | SampleKind::I64
        )
    }

    /// Samples of `kind` as the engine takes them. Integers it does not have become floats, the
    /// picture's own least value 0 and its greatest 1: their type's whole range says nothing.
    pub(super) fn adopt(kind: SampleKind, samples: Vec<u8>) -> (Vec<u8>, PixelType, Self) {
        if let Some(pixel_type) = kind.pixel_type() {
            return (samples, pixel_type, Self::own(pixel_type));
        }
        let values = || samples.chunks_exact(kind.bytes()).map(|s| kind.get(s));
        let mut stored = Stored {
            kind,
            zero: 0.0,
            one: 1.0,
        };
        if stored.is_stretched() {
            stored.zero = values().fold(f64::INFINITY, f64::min);
            stored.one = values().fold(f64::NEG_INFINITY, f64::max);
            if stored.one <= stored.zero {
                stored.one = stored.zero + 1.0;
            }
        }
        let span = stored.one - stored.zero;
        let floats =
            values().flat_map(|value| (((value - stored.zero) / span) as f32).to_ne_bytes());
        (floats.collect(), PixelType::F32, stored)
    }

    /// Appends the engine's `value` as a sample.
    pub(super) fn put(self, value: f32, bytes: &mut Vec<u8>) {
        // The same rounding as a view's own `set`, where that has the type.
        match self.kind {
            SampleKind::U8 => bytes.push((value * 255.0).round() as u8),
            SampleKind::U16 => bytes.extend(((value * 65535.0).round() as u16).to_ne_bytes()),
            kind => kind.put(self.zero + f64::from(value) * (self.one - self.zero), bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretched_samples_come_back() {
        let values: [i16; 4] = [-1000, 0, 17, 3000];
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let (floats, pixel_type, stored) = Stored::adopt(SampleKind::I16, bytes.clone());
        assert_eq!(pixel_type, PixelType::F32);
        assert_eq!((stored.zero, stored.one), (-1000.0, 3000.0));
        let mut back = Vec::new();
        for float in floats.chunks_exact(4) {
            stored.put(f32::from_ne_bytes(float.try_into().unwrap()), &mut back);
        }
        assert_eq!(back, bytes);
    }
}
