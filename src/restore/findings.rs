//! What the measurement shows, before a plan is made.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, ArrayView3, Zip};

use super::counted::Counted;
use super::exposures::Brightness;
use super::in_range::InRange;
use crate::estimate::blur::{Blur, BlurFinding, Exactness, Light, estimate_blur, estimate_shake};
use crate::estimate::jpeg;
use crate::estimate::noise::{NoiseFinding, NoiseKind, NoiseSpectrum, estimate_noise};
use crate::image::{Layout, Picture, PixelType, check_fill};
use crate::plan::{Beyond, Seen, light};
use crate::request::{BlurKind, Deblur, Kernel, NoiseLevel, Request, Task, TaskKind, word};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// Values from here on (network range) may have been brighter: half a step below the top of 8 bits.
const SATURATED: f32 = 254.5 / 127.5 - 1.0;

/// Side of the parts of a picture that are looked at to count exposures.
const PART: usize = 256;

/// What was found.
pub struct Findings {
    /// The noise: as given, or as the picture shows.
    pub noise: NoiseFinding,
    /// The blur, where it was looked for.
    pub blur: Option<BlurFinding>,
    /// Pixels of the measurement that are no data, where there are any.
    pub ignored: Option<Array2<bool>>,
    /// The hole that was filled before the rounds, or will be by them.
    pub hole: Option<Array2<bool>>,
    /// For the plan.
    pub seen: Seen,
}

/// Looks at a measurement `y` (3×H×W, network range, sRGB codes), read from `picture`, which was stored
/// in `layout`. A blur that the request leaves open is settled in it.
///
/// # Errors
/// `InvalidImage` for a mask of another size; `InvalidOption` for a mask that fills nothing or everything;
/// `Cancelled`; what reading a kernel file gives.
pub fn look(
    request: &mut Request,
    y: ArrayView3<'_, f32>,
    picture: &Picture,
    layout: &Layout,
    cancel: &Cancel,
) -> Result<Findings> {
    let usable = usable(request, picture, y)?;
    let shown = usable.as_ref().map(|usable| usable.view());
    let noise = match &request.noise {
        NoiseLevel::Known(sigma) => NoiseFinding {
            kind: NoiseKind::White,
            sigma: *sigma,
            spectrum: NoiseSpectrum::white(*sigma),
        },
        NoiseLevel::Measured(found) => (**found).clone(),
        NoiseLevel::Automatic if picture.is_beyond() => noise_beyond(y, shown),
        NoiseLevel::Automatic => estimate_noise(y, shown),
    };
    let eight_bit = layout.pixel_type == PixelType::U8 || has_codes(y, picture);
    find_jpeg(request, y, eight_bit)?;
    let jpeg = request.jpeg.is_some();
    // An operator of the caller's own is what blurred.
    let looks = request.operator.is_none();
    let blur = match &mut request.task {
        Task::Deblur(deblur) if looks && deblur.blur.is_open() => {
            let found = match &request.blur_found {
                Some(found) => (**found).clone(),
                None if picture.is_beyond() => {
                    let seen = InRange::for_blur(y, shown);
                    let noise = noise.sigma * f64::from(seen.scale);
                    let exactness = Exactness { noise, jpeg };
                    find_blur(deblur, (seen.picture.view(), exactness), shown, cancel)?
                }
                None => {
                    let noise = noise.sigma;
                    find_blur(deblur, (y, Exactness { noise, jpeg }), shown, cancel)?
                }
            };
            deblur.light = deblur.light.or(Some(found.light));
            deblur.blur = known(&found.blur);
            Some(found)
        }
        _ => None,
    };
    let blur_missing = blur.as_ref().is_some_and(|found| !found.is_blurred());
    let looks = !blur_missing && !picture.is_beyond();
    let counted = Counted::new(request, &noise, (y, shown), looks)?;
    let seen = Seen {
        noise: counted.noise,
        covering_noise: counted.covering,
        noise_behind_blur: counted.behind_blur,
        noise_given: matches!(request.noise, NoiseLevel::Known(_)),
        eight_bit,
        quantisation: request
            .jpeg
            .as_ref()
            .map(|source| source.quantization_error()),
        cleaned: false,
        blur_estimated: blur.is_some(),
        blur_is_free: (blur.as_ref()).is_some_and(|found| matches!(found.blur, Blur::Shake { .. })),
        blur_missing,
        beyond: picture.is_beyond().then(|| {
            let below = picture.range[0] < -1.0;
            Beyond {
                below,
                calls: Brightness::of(y, below).mean_calls(PART),
            }
        }),
    };
    // Where brighter than white is told, white is no end.
    let saturated = if picture.range[1] > 1.0 {
        f32::INFINITY
    } else {
        SATURATED
    };
    Ok(Findings {
        ignored: ignored(request, y, usable, saturated),
        noise,
        blur,
        hole: None,
        seen,
    })
}

/// The noise of a picture beyond black and white.
fn noise_beyond(y: ArrayView3<'_, f32>, usable: Option<ArrayView2<'_, bool>>) -> NoiseFinding {
    let seen = InRange::for_noise(y, usable);
    let NoiseFinding {
        kind,
        sigma,
        spectrum,
    } = estimate_noise(seen.picture.view(), usable);
    let scale = f64::from(seen.scale).recip();
    NoiseFinding {
        kind,
        sigma: scale * sigma,
        spectrum: spectrum.scaled(scale),
    }
}

/// Where a task asks what compression took away and the file is not at hand, the grid and tables that the
/// pixels show: hosts hand over pixels, and people save JPEG as PNG.
///
/// # Errors
/// `MissingOption` where JPEG artefacts are to be removed and there are none.
fn find_jpeg(request: &mut Request, y: ArrayView3<'_, f32>, eight_bit: bool) -> Result<()> {
    let is_model_based = request.operator.is_none() && !request.is_paper();
    let needed = match &request.task {
        _ if request.jpeg.is_some() => return Ok(()),
        Task::Dejpeg => true,
        Task::Deblur(_) | Task::SuperResolve { .. } if eight_bit && is_model_based => false,
        _ => return Ok(()),
    };
    match jpeg::find(y) {
        Some(trace) => request.jpeg = Some(Arc::new(trace.source)),
        None if needed => {
            return Err(Error::MissingOption {
                task: word(TaskKind::Dejpeg).into(),
                name: "JPEG traces".into(),
                hint:
                    "the picture shows none; give the JPEG file itself, or its pixels as decoded, \
                       not resized or changed since"
                        .into(),
            });
        }
        None => {}
    }
    Ok(())
}

/// Looks for the blur that `deblur` leaves open in a picture as exact as it is.
fn find_blur(
    deblur: &Deblur,
    (picture, exactness): (ArrayView3<'_, f32>, Exactness),
    usable: Option<ArrayView2<'_, bool>>,
    cancel: &Cancel,
) -> Result<BlurFinding> {
    let check = |_| cancel.check();
    match deblur.blur {
        BlurKind::Shake => estimate_shake(picture, exactness, usable, deblur.light, &check),
        _ => estimate_blur(picture, exactness, usable, &check),
    }
}

fn known(blur: &Blur) -> BlurKind {
    match blur {
        Blur::Gaussian { sigma } => BlurKind::Gaussian { sigma: *sigma },
        Blur::Disk { radius } => BlurKind::Disk { radius: *radius },
        Blur::Motion { length, angle } => BlurKind::Motion {
            length: *length,
            angle: *angle,
        },
        Blur::Shake { psf } => {
            BlurKind::Kernel(Kernel::Memory(psf.mapv(|value| value as f32).into()))
        }
        // Nothing will be done; a blur of nothing keeps the geometry simple.
        Blur::None { .. } => BlurKind::Gaussian { sigma: 0.3 },
    }
}

/// Which pixels are picture: not transparent, not ignored, not to be filled. `None` where all are.
fn usable(
    request: &Request,
    picture: &Picture,
    y: ArrayView3<'_, f32>,
) -> Result<Option<Array2<bool>>> {
    let (_, height, width) = y.dim();
    let mut usable = Array2::from_elem((height, width), true);
    if let Some(unseen) = &picture.unseen {
        usable.zip_mut_with(unseen, |usable, &unseen| *usable &= !unseen);
    }
    if let Some(ignore) = &request.ignore {
        if ignore.dim() != (height, width) {
            return Err(Error::InvalidImage(format!(
                "the ignore mask is {}x{} pixels; allowed: {width}x{height}, the picture's size",
                ignore.ncols(),
                ignore.nrows(),
            )));
        }
        usable.zip_mut_with(ignore, |usable, &ignore| *usable &= ignore <= 0.5);
    }
    // A mask beside a caller's own operator has the size of the picture, which is another.
    if let Task::Inpaint(inpaint) = &request.task
        && let Some(mask) = &inpaint.mask
        && (request.operator.is_none() || mask.dim() == (height, width))
    {
        if mask.dim() != (height, width) {
            return Err(Error::InvalidImage(format!(
                "the mask is {}x{} pixels; allowed: {width}x{height}, the picture's size",
                mask.ncols(),
                mask.nrows(),
            )));
        }
        if request.operator.is_none() {
            check_fill(mask.view())?;
        }
        usable.zip_mut_with(mask, |usable, &fill| *usable &= fill <= 0.5);
    }
    Ok(usable.iter().any(|usable| !usable).then_some(usable))
}

/// Whether all values are codes of 8 bits, however they are stored: editors and compositors hand over floats.
fn has_codes(y: ArrayView3<'_, f32>, picture: &Picture) -> bool {
    let is_code = |value: f32| {
        let code = (value + 1.0) * 127.5;
        (code - code.round()).abs() < 1e-3
    };
    match &picture.unseen {
        None => y.iter().all(|&value| is_code(value)),
        Some(unseen) => y
            .indexed_iter()
            .all(|((_, row, column), &value)| unseen[[row, column]] || is_code(value)),
    }
}

/// What a data step must not believe: what is no picture and, of a camera's blur, what is `saturated` or more.
fn ignored(
    request: &Request,
    y: ArrayView3<'_, f32>,
    usable: Option<Array2<bool>>,
    saturated: f32,
) -> Option<Array2<bool>> {
    // A mask's operator knows its holes, and noise alone is removed pixel by pixel.
    if !matches!(request.task, Task::Deblur(_)) || request.is_paper() {
        return None;
    }
    let mut ignored = match usable {
        Some(usable) => usable.mapv_into(|usable| !usable),
        None => Array2::from_elem((y.dim().1, y.dim().2), false),
    };
    if light(request) == Light::Linear {
        for plane in y.outer_iter() {
            Zip::from(&mut ignored)
                .and(plane)
                .par_for_each(|ignored, &value| *ignored |= value >= saturated);
        }
    }
    let some = ignored.iter().any(|&ignored| ignored);
    let all = ignored.iter().all(|&ignored| ignored);
    (some && !all).then_some(ignored)
}
