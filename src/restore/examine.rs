//! What a picture shows and what restoring it would take, without restoring it.

use ndarray::ArrayView3;
use serde::Serialize;

use super::estimate::{Estimate, estimate_for};
use super::findings::{self, Findings};
use super::job::pool;
use super::reading;
use crate::estimate::blur::{BlurFinding, Light};
use crate::estimate::jpeg;
use crate::estimate::noise::NoiseFinding;
use crate::image::{ImageView, Layout, Picture, PixelType};
use crate::request::{Options, Request, word};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// What restoring a picture would assume and take; serialises to the JSON of `dcdp estimate`.
#[derive(Clone, Debug, Serialize)]
pub struct Examination {
    /// The noise given or found.
    pub noise: NoiseFinding,
    /// The blur, where the task leaves it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur: Option<BlurFinding>,
    /// The options that reproduce that blur, as the command line takes them, such as
    /// `--blur motion:13.2,25 --blur-light linear`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur_options: Option<String>,
    /// libjpeg's quality, 1…100, of the JPEG file that the picture is or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jpeg_quality: Option<u32>,
    /// The model that would be taken.
    pub model: String,
    /// Network calls on the whole picture (NFE).
    pub network_calls: usize,
    /// Seconds, from the speed of this process's earlier network calls; absent while unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Peak memory in MB (10⁶ bytes).
    pub megabytes: f64,
}

/// Looks at `input` as [`restore`](super::restore) would, and opens the model, but calls no network.
///
/// # Errors
/// As [`restore`](super::restore) before its first network call, except `Memory`.
pub fn examine(options: &Options, input: &ImageView<'_>) -> Result<Examination> {
    let mut request = Request::parse(options)?;
    let threads = request.place.threads;
    pool(threads)?.install(|| {
        let (picture, layout) = read(&request, input)?;
        let (y, layout) = (picture.color.view(), &layout);
        let found = findings::look(&mut request, y.view(), &picture, layout, &Cancel::new())?;
        let jpeg_quality = match layout.pixel_type == PixelType::U8 || request.jpeg.is_some() {
            true => jpeg_of(&request, y.view()).and_then(JpegFinding::quality),
            false => None,
        };
        let Estimate {
            megabytes,
            seconds,
            network_calls,
            model,
        } = estimate_for(&request, layout.width, layout.height, found.seen)?;
        Ok(Examination {
            blur_options: found.blur.as_ref().and_then(reproducing),
            noise: found.noise,
            blur: found.blur,
            jpeg_quality,
            model,
            network_calls,
            seconds: (seconds >= 0.0).then_some(seconds),
            megabytes,
        })
    })
}

/// The noise that `input` shows, whatever the option `noise` says; what automatic noise would assume. Of the
/// options the transfer, the ignore mask, the mask of an inpainting and the threads count. Opens no model.
///
/// # Errors
/// `InvalidImage` for a mask of another size; `InvalidOption` for a mask that fills nothing or everything.
pub fn shown_noise(options: &Options, input: &ImageView<'_>) -> Result<NoiseFinding> {
    Ok(shown(Request::to_measure_noise(options), input)?.noise)
}

/// The blur that `input` shows, whatever the task and the option `blur` say; what automatic blur would
/// assume. Of the options the noise, the transfer, the ignore mask and the threads count. Opens no model.
///
/// # Errors
/// `InvalidImage` for an ignore mask of another size.
pub fn shown_blur(options: &Options, input: &ImageView<'_>) -> Result<BlurFinding> {
    let found = shown(Request::to_estimate_blur(options), input)?.blur;
    found.ok_or_else(|| Error::Internal("no blur was looked for".into()))
}

/// What tells that a picture was a JPEG file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JpegFinding {
    /// The file itself, given with the options.
    File {
        /// libjpeg's quality, 1…100, unless the tables are none of libjpeg's.
        quality: Option<u32>,
    },
    /// The traces of a file in the pixels.
    Traces {
        /// As for a file.
        quality: Option<u32>,
    },
}

impl JpegFinding {
    fn quality(self) -> Option<u32> {
        match self {
            JpegFinding::File { quality } | JpegFinding::Traces { quality } => quality,
        }
    }
}

/// The JPEG file that `input` was, as the removal of JPEG artefacts sees it; `None` where there is no trace of
/// one. Of the options the JPEG file, the transfer and the threads count. Opens no model.
///
/// # Errors
/// `InvalidOption` for a value that is not allowed.
pub fn shown_jpeg(options: &Options, input: &ImageView<'_>) -> Result<Option<JpegFinding>> {
    let request = Request::to_measure_noise(options);
    pool(request.place.threads)?.install(|| {
        let (picture, _) = read(&request, input)?;
        Ok(jpeg_of(&request, picture.color.view()))
    })
}

fn jpeg_of(request: &Request, y: ArrayView3<'_, f32>) -> Option<JpegFinding> {
    match &request.jpeg {
        Some(source) => Some(JpegFinding::File {
            quality: jpeg::quality(source),
        }),
        None => jpeg::find(y).map(|trace| JpegFinding::Traces {
            quality: trace.quality,
        }),
    }
}

fn shown(mut request: Request, input: &ImageView<'_>) -> Result<Findings> {
    let threads = request.place.threads;
    pool(threads)?.install(|| {
        let (picture, layout) = read(&request, input)?;
        let y = picture.color.view();
        findings::look(&mut request, y, &picture, &layout, &Cancel::new())
    })
}

/// A picture as the request says it is stored.
fn read(request: &Request, input: &ImageView<'_>) -> Result<(Picture, Layout)> {
    let view = match request.transfer {
        Some(transfer) => input.with_transfer(transfer),
        None => *input,
    };
    Ok((reading::read(&view)?, *view.layout()))
}

fn reproducing(found: &BlurFinding) -> Option<String> {
    let light: Light = found.light;
    let blur = found.option_text()?;
    Some(format!("--blur {blur} --blur-light {}", word(light)))
}
