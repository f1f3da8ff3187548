//! From options to the forward operator, for simulating a measurement and for restoring one.

use std::ops::Range;
use std::path::Path;

use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3, s};

use super::options::Options;
use super::parameters::Id;
use super::plan::task;
use super::presets::Task;
use super::tiling::mirror;
use crate::image::read_kernel;
use crate::operators::{Bicubic, Blur, Boundary, Identity, Mask, Operator, kernels};
use crate::priors::PriorKind;
use crate::{Error, Result};

/// Which side of the operator has a known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The picture x, `[channels, height, width]`: a measurement is to be simulated.
    Picture([usize; 3]),
    /// The measurement y: a picture is to be restored.
    Measurement([usize; 3]),
    /// The measurement, laid on a [`Canvas`].
    Canvas([usize; 3]),
}

/// The operator of the options' task, or the caller's own. Where the options leave the boundary of a
/// blur open it is `reflect`, the paper's, and `circular` on a canvas.
///
/// # Errors
/// `MissingOption` (mask, kernel), `InvalidOption`, `InvalidImage` when the mask's size is not the
/// picture's, and what reading the kernel file gives.
pub fn build_operator(options: &Options, known: Known) -> Result<Box<dyn Operator<f32>>> {
    let (Known::Picture(shape) | Known::Measurement(shape) | Known::Canvas(shape)) = known;
    if let Some(factory) = options.operator() {
        let operator = factory(shape)?;
        let (side, given) = match known {
            Known::Picture(_) => ("input", operator.input_shape()),
            Known::Measurement(_) | Known::Canvas(_) => ("output", operator.output_shape()),
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
                Known::Measurement([c, h, w]) | Known::Canvas([c, h, w]) => {
                    [c, h * scale, w * scale]
                }
            };
            Ok(Box::new(Bicubic::new(scale, picture)?))
        }
    }
}

fn blur(options: &Options, shape: [usize; 3], known: Known) -> Result<Box<dyn Operator<f32>>> {
    let open = match known {
        Known::Canvas(_) => Boundary::Circular,
        Known::Picture(_) | Known::Measurement(_) => Boundary::Reflect,
    };
    let boundary = options.text(Id::Boundary).parse().unwrap_or(open);
    let blur = match blur_kind(options) {
        BlurKind::Gaussian => Blur::gaussian(options.number(Id::BlurSigma), shape, boundary)?,
        BlurKind::Psf => Blur::from_psf(psf(options)?.view(), shape, boundary)?,
    };
    Ok(Box::new(blur))
}

enum BlurKind {
    Gaussian,
    Psf,
}

fn blur_kind(options: &Options) -> BlurKind {
    match options.text(Id::Blur) {
        "gaussian" => BlurKind::Gaussian,
        _ => BlurKind::Psf,
    }
}

/// The point-spread function of a motion or kernel blur, h×w, with sum 1.
fn psf(options: &Options) -> Result<Array2<f64>> {
    if options.text(Id::Blur) == "motion" {
        return kernels::motion(
            options.number(Id::BlurLength),
            options.number(Id::BlurAngle),
        );
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
    kernels::normalised(read_kernel(Path::new(path))?.view())
}

/// The canvas a restoration runs on, where it is not the picture itself: for blurs whose boundary the
/// options leave open, unless the preset asks for the paper's, or the prior is latent.
///
/// # Errors
/// Those of reading the kernel.
pub fn canvas_for(
    options: &Options,
    kind: PriorKind,
    picture: [usize; 2],
) -> Result<Option<Canvas>> {
    let blurred = task(options)? == Task::Deblur && options.operator().is_none();
    if !blurred
        || kind == PriorKind::Latent
        || options.text(Id::Boundary) != "auto"
        || options.text(Id::Preset) == "paper"
    {
        return Ok(None);
    }
    let radius = match blur_kind(options) {
        BlurKind::Gaussian => [kernels::gaussian_taps(options.number(Id::BlurSigma))?.len() / 2; 2],
        BlurKind::Psf => {
            let (height, width) = psf(options)?.dim();
            [height / 2, width / 2]
        }
    };
    Ok(Some(Canvas::new(picture, radius)))
}

/// A measurement, laid on a canvas where the restoration runs on one.
pub struct Measurement {
    y: Array3<f32>,
    canvas: Option<Canvas>,
}

impl Measurement {
    /// Lays `y` (C×H×W) on the canvas.
    pub fn new(y: Array3<f32>, canvas: Option<Canvas>) -> Self {
        let y = match &canvas {
            Some(canvas) => canvas.extend(y.view()),
            None => y,
        };
        Measurement { y, canvas }
    }

    /// What is known to an operator that measures this.
    pub fn known(&self) -> Known {
        let (channels, height, width) = self.y.dim();
        let shape = [channels, height, width];
        match self.canvas {
            Some(_) => Known::Canvas(shape),
            None => Known::Measurement(shape),
        }
    }

    /// The measurement, as large as the canvas.
    pub fn y(&self) -> ArrayView3<'_, f32> {
        self.y.view()
    }

    /// How often data fidelity runs in a round. On a canvas what surrounds the picture is unknown and
    /// has to settle; it costs no network call.
    pub fn sweeps(&self) -> usize {
        match self.canvas {
            Some(_) => 3,
            None => 1,
        }
    }

    /// Outside the picture nothing was measured: puts there what the operator would measure of the
    /// current `estimate`, so that data fidelity leaves the surroundings to the prior. `scratch` has the
    /// measurement's shape.
    ///
    /// # Errors
    /// Those of the operator.
    pub fn refresh(
        &mut self,
        operator: &dyn Operator<f32>,
        estimate: ArrayView3<'_, f32>,
        scratch: &mut Array3<f32>,
    ) -> Result<()> {
        let Some(canvas) = self.canvas else {
            return Ok(());
        };
        operator.measure(estimate, scratch.view_mut())?;
        canvas
            .crop_mut(scratch.view_mut())
            .assign(&canvas.crop(self.y.view()));
        std::mem::swap(&mut self.y, scratch);
        Ok(())
    }

    /// The part of an estimate that is the picture.
    pub fn crop<'a>(&self, estimate: ArrayView3<'a, f32>) -> ArrayView3<'a, f32> {
        match self.canvas {
            Some(canvas) => canvas.crop(estimate),
            None => estimate,
        }
    }
}

/// The measurement continued beyond its edges, so that a blur may wrap around without a seam.
///
/// A photograph's blur mixes in what lies beyond its edges, which no boundary rule knows, and a
/// circular blur has a closed form. The canvas is the picture plus a margin in which the mirrored
/// picture fades into what lies on the opposite edge; [`Measurement::refresh`] improves on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    picture: [usize; 2],
    size: [usize; 2],
}

impl Canvas {
    /// A canvas for a `height`×`width` picture and a kernel of the given radii (more than half of the
    /// picture's sides count as that), of sizes the FFT is quick at.
    pub fn new([height, width]: [usize; 2], [tall, wide]: [usize; 2]) -> Self {
        let grow = |length: usize, radius: usize| good_size(length + 2 * radius.min(length / 2));
        Canvas {
            picture: [height, width],
            size: [grow(height, tall), grow(width, wide)],
        }
    }

    fn offset(&self, axis: usize) -> usize {
        (self.size[axis] - self.picture[axis]) / 2
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    fn extend(&self, picture: ArrayView3<'_, f32>) -> Array3<f32> {
        let channels = picture.dim().0;
        let wide = Array3::from_shape_fn((channels, self.picture[0], self.size[1]), |(c, y, x)| {
            self.sample(1, x, |at| picture[[c, y, at]])
        });
        Array3::from_shape_fn((channels, self.size[0], self.size[1]), |(c, y, x)| {
            self.sample(0, y, |at| wide[[c, at, x]])
        })
    }

    fn crop<'a>(&self, canvas: ArrayView3<'a, f32>) -> ArrayView3<'a, f32> {
        let [rows, columns] = self.inside();
        canvas.slice_move(s![.., rows, columns])
    }

    fn crop_mut<'a>(&self, canvas: ArrayViewMut3<'a, f32>) -> ArrayViewMut3<'a, f32> {
        let [rows, columns] = self.inside();
        canvas.slice_move(s![.., rows, columns])
    }

    /// Rows and columns of the canvas that are the picture.
    fn inside(&self) -> [Range<usize>; 2] {
        [0, 1].map(|axis| self.offset(axis)..self.offset(axis) + self.picture[axis])
    }

    /// One canvas value along an axis: inside, the picture; outside, its mirror image from the near
    /// edge fading into that from the far edge, around the wrap.
    fn sample(&self, axis: usize, at: usize, value: impl Fn(usize) -> f32) -> f32 {
        let length = self.picture[axis];
        let (offset, size) = (self.offset(axis), self.size[axis]);
        let position = (at + size - offset) % size;
        if position < length {
            return value(position);
        }
        let margin = size - length;
        let past_end = position - length + 1;
        let before_start = size - position;
        let share = (past_end as f32 - 0.5) / margin as f32;
        let share = share * share * (3.0 - 2.0 * share);
        let end = value(mirror(length - 1 + past_end, length));
        let start = value(mirror(before_start, length));
        (1.0 - share) * end + share * start
    }
}

/// The next length whose prime factors are 2, 3, 5 and 7.
fn good_size(length: usize) -> usize {
    (length..)
        .find(|&candidate| {
            let mut rest = candidate;
            for prime in [2, 3, 5, 7] {
                while rest % prime == 0 {
                    rest /= prime;
                }
            }
            rest == 1
        })
        .unwrap_or(length)
}
