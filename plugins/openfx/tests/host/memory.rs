//! Pixels in a host's memory, in any arrangement.

use std::cell::UnsafeCell;
use std::sync::Arc;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;

use super::properties::{Properties, Value};

/// Float pixels as a person sees them: rows from the top down, samples interleaved.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub samples: Vec<f32>,
}

impl Picture {
    /// A smooth picture with some texture in it, and alpha 1.
    pub fn sample(width: usize, height: usize, channels: usize) -> Self {
        let at = |x: f32, y: f32, channel: usize| match channel {
            3 => 1.0,
            c => {
                let wave = (0.31 * x + 0.11 * c as f32).sin() * (0.23 * y).cos();
                let grain = ((x * 12.9898 + y * 78.233 + c as f32).sin() * 43_758.547).fract();
                0.5 + 0.3 * wave + 0.05 * grain
            }
        };
        let samples = (0..height * width * channels).map(|index| {
            let (pixel, channel) = (index / channels, index % channels);
            at((pixel % width) as f32, (pixel / width) as f32, channel)
        });
        Picture {
            width,
            height,
            channels,
            samples: samples.collect(),
        }
    }

    /// The same pixels in memory, packed, their lowest left one at (0, 0).
    pub fn packed(&self) -> Arc<Memory> {
        self.placed(Placing::default())
    }

    /// The same pixels in memory, arranged so.
    pub fn placed(&self, placing: Placing) -> Arc<Memory> {
        let memory = Memory::new(self.width, self.height, self.channels, placing);
        for (y, row) in self
            .samples
            .chunks_exact(self.width * self.channels)
            .enumerate()
        {
            let start = memory.row_start(self.height - 1 - y);
            let bytes = unsafe { &mut *memory.bytes.get() };
            for (place, sample) in bytes[start..].chunks_exact_mut(4).zip(row) {
                place.copy_from_slice(&sample.to_ne_bytes());
            }
        }
        Arc::new(memory)
    }

    /// Largest difference between two samples; infinite where the sizes differ.
    pub fn distance(&self, other: &Picture) -> f32 {
        let size = |picture: &Picture| (picture.width, picture.height, picture.channels);
        if size(self) != size(other) {
            return f32::INFINITY;
        }
        let pairs = self.samples.iter().zip(&other.samples);
        pairs.fold(0.0, |most: f32, (a, b)| {
            // The same infinity twice is no difference; a NaN is.
            let difference = if a == b { 0.0 } else { (a - b).abs() };
            if difference.is_nan() {
                f32::INFINITY
            } else {
                most.max(difference)
            }
        })
    }
}

/// How pixels lie in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Placing {
    /// Coordinates of the lowest left pixel.
    pub origin: [i32; 2],
    /// Whether the top row comes first.
    pub top_first: bool,
    /// Bytes after each row.
    pub padding: usize,
    /// Bytes before the first row.
    pub before: usize,
}

const UNTOUCHED: u8 = 0xa5;

/// Pixels in the host's memory, surrounded by bytes that belong to somebody else.
pub struct Memory {
    bytes: UnsafeCell<Vec<u8>>,
    size: [usize; 3],
    placing: Placing,
}

// The plug-in alone writes, and only while it renders.
unsafe impl Sync for Memory {}
unsafe impl Send for Memory {}

impl Memory {
    pub fn new(width: usize, height: usize, channels: usize, placing: Placing) -> Self {
        let row = width * channels * 4 + placing.padding;
        Memory {
            bytes: UnsafeCell::new(vec![UNTOUCHED; placing.before + row * height + 64]),
            size: [width, height, channels],
            placing,
        }
    }

    fn step(&self) -> usize {
        self.size[0] * self.size[2] * 4 + self.placing.padding
    }

    /// Where row `y`, counted upwards from 0, starts.
    fn row_start(&self, y: usize) -> usize {
        let row = if self.placing.top_first {
            self.size[1] - 1 - y
        } else {
            y
        };
        self.placing.before + row * self.step()
    }

    /// x1, y1, x2, y2.
    pub fn bounds(&self) -> [i32; 4] {
        let [x, y] = self.placing.origin;
        [x, y, x + self.size[0] as i32, y + self.size[1] as i32]
    }

    /// The same pixels elsewhere.
    pub fn copy(&self) -> Self {
        Memory {
            bytes: UnsafeCell::new(unsafe { &*self.bytes.get() }.clone()),
            ..*self
        }
    }

    /// Makes sure that whoever still reads the pixels notices.
    pub fn spoil(self) {
        let mut bytes = self.bytes.into_inner();
        bytes.fill(0xee);
        std::hint::black_box(&bytes);
    }

    /// Where the lowest row starts.
    pub fn data(&self) -> Value {
        let start = unsafe { (*self.bytes.get()).as_mut_ptr().add(self.row_start(0)) };
        Value::Pointer(start as usize)
    }

    /// The properties of an image with these pixels.
    pub fn properties(&self) -> Properties {
        let properties = Properties::default();
        let step = self.step() as i32;
        let row_bytes = if self.placing.top_first { -step } else { step };
        properties.set(kOfxImagePropData, &[self.data()]);
        properties.set_ints(kOfxImagePropBounds, &self.bounds());
        properties.set_ints(kOfxImagePropRegionOfDefinition, &self.bounds());
        properties.set_int(kOfxImagePropRowBytes, row_bytes);
        properties.set_text(kOfxImageEffectPropPixelDepth, kOfxBitDepthFloat);
        let components = match self.size[2] {
            4 => kOfxImageComponentRGBA,
            3 => kOfxImageComponentRGB,
            _ => kOfxImageComponentAlpha,
        };
        properties.set_text(kOfxImageEffectPropComponents, components);
        properties.set_text(
            kOfxImageEffectPropPreMultiplication,
            kOfxImageUnPreMultiplied,
        );
        properties.set_doubles(kOfxImageEffectPropRenderScale, &[1.0, 1.0]);
        properties.set_doubles(kOfxImagePropPixelAspectRatio, &[1.0]);
        properties.set_text(kOfxImagePropField, kOfxImageFieldNone);
        properties
    }

    /// The pixels, checked to be the only bytes that were written.
    pub fn picture(&self) -> Picture {
        let bytes = unsafe { &*self.bytes.get() };
        let [width, height, channels] = self.size;
        let row = width * channels * 4;
        let mut theirs = vec![true; bytes.len()];
        let mut samples = Vec::with_capacity(width * height * channels);
        for y in (0..height).rev() {
            let start = self.row_start(y);
            theirs[start..start + row].fill(false);
            let row = bytes[start..start + row].chunks_exact(4);
            samples.extend(row.map(|bytes| f32::from_ne_bytes(bytes.try_into().unwrap())));
        }
        let intact = bytes
            .iter()
            .zip(theirs)
            .all(|(&byte, theirs)| !theirs || byte == UNTOUCHED);
        assert!(intact, "bytes beside the pixels were written");
        Picture {
            width,
            height,
            channels,
            samples,
        }
    }

    /// What memory that nobody wrote to holds.
    pub fn untouched() -> f32 {
        f32::from_ne_bytes([UNTOUCHED; 4])
    }
}
