//! From options to the forward operator, for simulating a measurement and for restoring one.

use std::path::Path;

use ndarray::{Array2, Array3};

use super::plan::task;
use super::presets::Task;
use crate::image::read_kernel;
use crate::operators::{Bicubic, Blur, Boundary, Identity, Mask, Operator, ValidBlur, kernels};
use crate::request::Options;
use crate::request::parameters::Id;
use crate::{Error, Result};

/// Which side of the operator has a known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The picture x, `[channels, height, width]`: a measurement is to be simulated.
    Picture([usize; 3]),
    /// The measurement y: a picture is to be restored.
    Measurement([usize; 3]),
    /// The measurement of a scene that goes on beyond its edges.
    Part([usize; 3]),
}

impl Known {
    /// Of a measurement y of `shape`. Blurs whose boundary the options leave open saw a part of a scene,
    /// unless the preset asks for the paper's boundary.
    ///
    /// # Errors
    /// `InvalidOption` (`task`).
    pub fn measurement(options: &Options, shape: [usize; 3]) -> Result<Self> {
        let blurred = task(options)? == Task::Deblur && options.operator().is_none();
        let open = options.text(Id::Boundary) == "auto" && options.text(Id::Preset) != "paper";
        Ok(match blurred && open {
            true => Known::Part(shape),
            false => Known::Measurement(shape),
        })
    }
}

/// The operator of the options' task, or the caller's own. Where the options leave the boundary of a
/// blur open it is `reflect`, the paper's.
///
/// # Errors
/// `MissingOption` (mask, kernel), `InvalidOption`, `InvalidImage` when the mask's size is not the
/// picture's, and what reading the kernel file gives.
pub fn build_operator(options: &Options, known: Known) -> Result<Box<dyn Operator<f32>>> {
    let (Known::Picture(shape) | Known::Measurement(shape) | Known::Part(shape)) = known;
    if let Some(factory) = options.operator() {
        let operator = factory(shape)?;
        let (side, given) = match known {
            Known::Picture(_) => ("input", operator.input_shape()),
            Known::Measurement(_) | Known::Part(_) => ("output", operator.output_shape()),
        };
        if given != shape {
            return Err(Error::Operator(format!(
                "its {side} shape is {given:?}; expected {shape:?} (channels, height, width)"
            )));
        }
        return Ok(operator);
    }
    match task(options)? {
        Task::Denoise => Ok(Box::new(Identity::new(shape))),
        Task::Deblur => blur(options, shape, known),
        Task::Inpaint => {
            let mask = options.mask().ok_or_else(|| Error::MissingOption {
                task: "inpaint".into(),
                name: "mask".into(),
                hint: "a picture of the region to fill, white where to fill".into(),
            })?;
            let [_, height, width] = shape;
            if mask.dim() != (height, width) {
                return Err(Error::InvalidImage(format!(
                    "the mask is {}x{} pixels; allowed: {width}x{height}, the picture's size",
                    mask.ncols(),
                    mask.nrows(),
                )));
            }
            let known = mask.mapv(|fill| if fill > 0.5 { 0.0 } else { 1.0 });
            Ok(Box::new(Mask::new(known, shape)?))
        }
        Task::SuperResolve => {
            let scale = options.integer(Id::Scale).max(1) as usize;
            let picture = match known {
                Known::Picture(shape) => shape,
                Known::Measurement([c, h, w]) | Known::Part([c, h, w]) => [c, h * scale, w * scale],
            };
            Ok(Box::new(Bicubic::new(scale, picture)?))
        }
    }
}

fn blur(options: &Options, shape: [usize; 3], known: Known) -> Result<Box<dyn Operator<f32>>> {
    let psf = psf(options)?;
    if let Known::Part(shape) = known {
        return Ok(Box::new(ValidBlur::from_psf(psf.view(), shape)?));
    }
    let boundary = options.text(Id::Boundary).parse();
    let boundary = boundary.unwrap_or(Boundary::Reflect);
    Ok(Box::new(Blur::from_psf(psf.view(), shape, boundary)?))
}

/// The point-spread function, h×w, with sum 1.
fn psf(options: &Options) -> Result<Array2<f64>> {
    let number = |id| options.number(id);
    match options.text(Id::Blur) {
        "gaussian" => return kernels::gaussian(number(Id::BlurSigma)),
        "motion" => return kernels::motion(number(Id::BlurLength), number(Id::BlurAngle)),
        _ => {}
    }
    if let Some(kernel) = options.kernel() {
        return kernels::normalised(kernel.view());
    }
    let path = options.text(Id::Kernel);
    if path.is_empty() {
        return Err(Error::MissingOption {
            task: "deblur".into(),
            name: "kernel".into(),
            hint: "a picture of the point-spread function".into(),
        });
    }
    let psf = kernels::normalised(read_kernel(Path::new(path))?.view())?;
    kernels::centred(psf.view())
}

/// What was measured.
pub struct Measurement {
    /// y, C×H×W.
    pub y: Array3<f32>,
    /// How y relates to the picture.
    pub known: Known,
}

impl Measurement {
    /// The first estimate of the picture: 0, or for a [part](Known::Part) of it the operator's
    /// [start](Operator::start).
    ///
    /// # Errors
    /// Those of the operator.
    pub fn start(&self, operator: &dyn Operator<f32>) -> Result<Array3<f32>> {
        match self.known {
            Known::Part(_) => operator.start(self.y.view()),
            Known::Picture(_) | Known::Measurement(_) => Ok(Array3::zeros(operator.input_shape())),
        }
    }
}
