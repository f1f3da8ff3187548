//! Pictures of floats, and restorations of them.

use crate::setup::path;
use dcdp::image::{Alpha, ImageFile, ImageView, ImageViewMut, Layout, PixelType, Transfer};
use dcdp::restore::{Context, Observer, Report, output_size, restore};
use dcdp::{Options, Result};
use ndarray::{Array3, s};

/// Float pixels, interleaved.
#[derive(Clone, Debug)]
pub struct Floats {
    pub layout: Layout,
    pub samples: Vec<f32>,
}

impl Floats {
    /// Of values H×W×C.
    pub fn of(values: &Array3<f32>, transfer: Transfer, alpha: Alpha) -> Self {
        let (height, width, channels) = values.dim();
        let layout = Layout {
            transfer,
            alpha,
            ..Layout::packed(width, height, channels, PixelType::F32)
        };
        Floats {
            layout,
            samples: values.iter().copied().collect(),
        }
    }

    pub fn restored(
        &self,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<(Self, Report)> {
        let (width, height) = output_size(options, self.layout.width, self.layout.height)?;
        let layout = Layout {
            width,
            height,
            pixel_stride: 0,
            row_stride: 0,
            channel_stride: 0,
            ..self.layout
        };
        let mut out = Floats {
            layout,
            samples: vec![7.0; width * height * layout.channels],
        };
        let input = bytes(&self.samples);
        let mut output = bytes(&out.samples);
        let view = ImageView::new(&input, self.layout, 0)?;
        let mut target = ImageViewMut::new(&mut output, layout, 0)?;
        let report = restore(&Context::new(None)?, options, &view, &mut target, observer)?;
        out.samples = output
            .chunks_exact(4)
            .map(|sample| f32::from_ne_bytes(sample.try_into().unwrap()))
            .collect();
        Ok((out, report))
    }

    pub fn after(&self, options: &Options) -> Array3<f32> {
        let out = self.restored(options, &mut ()).unwrap().0;
        let Layout {
            width,
            height,
            channels,
            ..
        } = out.layout;
        Array3::from_shape_vec((height, width, channels), out.samples).unwrap()
    }
}

pub fn bytes(samples: &[f32]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|value| value.to_ne_bytes())
        .collect()
}

pub fn decode(code: f32) -> f32 {
    let magnitude = code.abs();
    let light = match magnitude <= 0.04045 {
        true => magnitude / 12.92,
        false => ((magnitude + 0.055) / 1.055).powf(2.4),
    };
    light.copysign(code)
}

pub fn encode(light: f32) -> f32 {
    let magnitude = light.abs();
    let code = match magnitude <= 0.003_130_8 {
        true => 12.92 * magnitude,
        false => 1.055 * magnitude.powf(1.0 / 2.4) - 0.055,
    };
    code.copysign(light)
}

/// The shipped photograph at half its size in light, 256×256×3, `stops` brighter than it is.
pub fn whole_scene(stops: f32) -> Array3<f32> {
    let file = ImageFile::read(&path("examples/photo/houses.jpg")).unwrap();
    let picture = dcdp::image::Picture::read(&file.view().unwrap()).color;
    Array3::from_shape_fn((256, 256, 3), |(y, x, c)| {
        let part = picture.slice(s![c, 2 * y..2 * y + 2, 2 * x..2 * x + 2]);
        2f32.powf(stops) * decode(0.5 * (part.mean().unwrap() + 1.0))
    })
}

/// Houses and sky, 96×128×3.
pub fn scene(stops: f32) -> Array3<f32> {
    whole_scene(stops)
        .slice(s![60..156, 90..218, ..])
        .to_owned()
}

/// Tasks that small pictures are put to.
pub const SMALL_TASKS: [&[(&str, &str)]; 4] = [
    &[("task", "denoise")],
    &[("task", "denoise"), ("noise", "15")],
    &[
        ("task", "deblur"),
        ("blur", "gaussian"),
        ("blur_sigma", "1.2"),
    ],
    &[("task", "super-resolve"), ("scale", "2")],
];
