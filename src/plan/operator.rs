//! From a request to the forward operator, for simulating a measurement and for restoring one.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use crate::image::read_kernel;
use crate::operators::{
    Bicubic, Blur, Boundary, Identity, Ignoring, LinearLight, Mask, Operator, Quantised,
    QuantizationCells, ValidBlur, kernels,
};
use crate::request::parameters::Id;
use crate::request::{BlurKind, Deblur, Kernel, Light, Request, Source, Task, TaskKind, word};
use crate::{Error, Result};

/// Which side of the operator has a known size, `[channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The picture x: a measurement is to be simulated.
    Picture([usize; 3]),
    /// The measurement y: a picture is to be restored.
    Measurement([usize; 3]),
}

impl Known {
    /// The known shape.
    pub fn shape(self) -> [usize; 3] {
        match self {
            Known::Picture(shape) | Known::Measurement(shape) => shape,
        }
    }
}

/// The operator of a request's task, or the caller's own. Pixels of the measurement that `ignored` (H×W)
/// marks are no data. Where the request leaves the boundary of a blur open, it is `reflect`, the paper's,
/// for a simulation and under the preset `paper`; else the measurement shows a part of a scene.
///
/// # Errors
/// `InvalidOption`; `InvalidImage` when a mask's size is not the picture's; what reading a kernel file
/// gives; those of the caller's operator.
pub fn build_operator(
    request: &Request,
    known: Known,
    ignored: Option<ArrayView2<'_, bool>>,
) -> Result<Box<dyn Operator<f32>>> {
    if let Some(factory) = &request.operator {
        let operator = factory(known.shape())?;
        let (side, given) = match known {
            Known::Picture(_) => ("input", operator.input_shape()),
            Known::Measurement(_) => ("output", operator.output_shape()),
        };
        if given != known.shape() {
            return Err(Error::Operator(format!(
                "its {side} shape is {given:?}; expected {:?} (channels, height, width)",
                known.shape()
            )));
        }
        check_mask(request, operator.input_shape())?;
        return without(operator, ignored);
    }
    check_mask(request, known.shape())?;
    let shape = known.shape();
    match &request.task {
        Task::Denoise(_) => without(Box::new(Identity::new(shape)), ignored),
        Task::Dejpeg if request.jpeg.is_none() => Ok(Box::new(Identity::new(shape))),
        Task::Dejpeg => quantiser(request, known),
        Task::Deblur(deblur) => blur(request, deblur, known, ignored),
        Task::Inpaint(inpaint) => {
            let weight = |fill: f32| if fill > 0.5 { 0.0 } else { 1.0 };
            let weights = match &inpaint.mask {
                Some(mask) => mask.mapv(weight),
                None => Array2::ones((shape[1], shape[2])),
            };
            without(Box::new(Mask::new(weights, shape)?), ignored)
        }
        Task::SuperResolve { scale, source, .. } => {
            let picture = match known {
                Known::Picture(shape) => shape,
                Known::Measurement([c, h, w]) => [c, h * scale, w * scale],
            };
            let bicubic = match source {
                Source::Sharp => Bicubic::new(*scale, picture)?,
                Source::Soft => Bicubic::soft(*scale, picture)?,
            };
            without(Box::new(bicubic), ignored)
        }
    }
}

/// In what the operator of a request acts.
pub fn light(request: &Request) -> Light {
    match &request.task {
        Task::Deblur(_) if request.operator.is_some() || request.is_paper() => Light::Encoded,
        Task::Deblur(deblur) => deblur.light.unwrap_or(Light::Linear),
        _ => Light::Encoded,
    }
}

/// Refuses a mask whose size is not the picture's, of `[channels, height, width]`.
fn check_mask(request: &Request, [_, height, width]: [usize; 3]) -> Result<()> {
    let Task::Inpaint(inpaint) = &request.task else {
        return Ok(());
    };
    for (name, mask) in [
        ("mask", &inpaint.mask),
        ("fill_from mask", &inpaint.fill_from),
    ] {
        if let Some(mask) = mask
            && mask.dim() != (height, width)
        {
            return Err(Error::InvalidImage(format!(
                "the {name} is {}x{} pixels; allowed: {width}x{height}, the picture's size",
                mask.ncols(),
                mask.nrows(),
            )));
        }
    }
    Ok(())
}

/// The quantiser of the JPEG file that a picture of the `known` size was read from.
///
/// # Errors
/// As [`cells`].
pub fn quantiser(request: &Request, known: Known) -> Result<Box<dyn Operator<f32>>> {
    Ok(Box::new(Quantised::new(cells(request, known)?)))
}

/// The cells of that file.
///
/// # Errors
/// `MissingOption` where it was read from none; `InvalidImage` when the file has another size.
pub fn cells(request: &Request, known: Known) -> Result<QuantizationCells> {
    let source = request.jpeg.as_ref().ok_or_else(|| Error::MissingOption {
        task: word(TaskKind::Dejpeg).into(),
        name: "JPEG coefficients".into(),
        hint: "a JPEG file as input, or pixels with traces of one".into(),
    })?;
    let [_, height, width] = known.shape();
    if source.size() != (width, height) {
        let (wide, tall) = source.size();
        return Err(Error::InvalidImage(format!(
            "the JPEG file has {wide}x{tall} pixels; allowed: {width}x{height}, the picture's size"
        )));
    }
    QuantizationCells::new(Arc::clone(source))
}

fn without(
    operator: Box<dyn Operator<f32>>,
    ignored: Option<ArrayView2<'_, bool>>,
) -> Result<Box<dyn Operator<f32>>> {
    Ok(match ignored {
        None => operator,
        Some(ignored) => Box::new(Ignoring::new(operator, ignored)?),
    })
}

fn blur(
    request: &Request,
    deblur: &Deblur,
    known: Known,
    ignored: Option<ArrayView2<'_, bool>>,
) -> Result<Box<dyn Operator<f32>>> {
    let psf = psf(&deblur.blur, request.seed)?;
    let open = deblur.boundary.is_none() && !request.is_paper();
    let operator = match known {
        Known::Measurement(shape) if open => {
            let blur = ValidBlur::from_psf(psf.view(), shape)?;
            let blur = match ignored {
                Some(ignored) => blur.ignoring(ignored)?,
                None => blur,
            };
            Box::new(blur)
        }
        _ => {
            let boundary = deblur.boundary.unwrap_or(Boundary::Reflect);
            let blur = Blur::from_psf(psf.view(), known.shape(), boundary)?;
            without(Box::new(blur), ignored)?
        }
    };
    Ok(match light(request) {
        Light::Linear => Box::new(LinearLight::new(operator)),
        Light::Encoded => operator,
    })
}

/// The point-spread function of a blur, h×w, with sum 1. `seed` draws a random one.
///
/// # Errors
/// What reading a kernel file gives; `InvalidOption` for a blur that is still to be estimated.
pub fn psf(blur: &BlurKind, seed: u64) -> Result<Array2<f64>> {
    match blur {
        BlurKind::Gaussian { sigma } => kernels::gaussian(*sigma),
        BlurKind::Disk { radius } => kernels::disk(*radius),
        BlurKind::Motion { length, angle } => kernels::motion(*length, *angle),
        BlurKind::Random => Ok(kernels::random(seed)),
        BlurKind::Kernel(Kernel::Memory(psf)) => kernels::normalised(psf.view()),
        BlurKind::Kernel(Kernel::File(path)) => {
            let psf = kernels::normalised(read_kernel(path)?.view())?;
            kernels::centred(psf.view())
        }
        BlurKind::Automatic | BlurKind::Shake => Err(Error::invalid(
            Id::Blur.name(),
            "an estimate",
            "a blur of known shape: estimates need a blurred picture",
        )),
    }
}
