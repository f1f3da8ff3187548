//! What the estimate says.

use std::fmt;

use ndarray::Array2;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::Result;
use crate::operators::kernels;

/// In which values a blur is a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Light {
    /// Linear light, as a camera blurs.
    Linear,
    /// The encoded values of the file, as an editor's filter blurs.
    Encoded,
}

/// Why no blur is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoBlur {
    /// Edges are as steep as in a sharp picture.
    Sharp,
    /// Too small, too flat, too transparent or too overexposed to tell.
    Featureless,
    /// The picture is soft, but nothing that is searched for explains it.
    Unclear,
    /// The trail of a camera shake was found, but not one to rely on.
    Uncertain,
}

impl fmt::Display for NoBlur {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoBlur::Sharp => "the picture is sharp",
            NoBlur::Featureless => "too few well-exposed edges to tell",
            NoBlur::Unclear => "the picture is soft, but no known blur explains it",
            NoBlur::Uncertain => "a camera shake was looked for, but none found to rely on",
        })
    }
}

/// A blur, in pixels of the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Blur {
    /// No blur found.
    None {
        /// Why.
        reason: NoBlur,
    },
    /// A Gaussian.
    Gaussian {
        /// Standard deviation.
        sigma: f64,
    },
    /// Defocus.
    Disk {
        /// Radius.
        radius: f64,
    },
    /// Straight, even motion.
    Motion {
        /// Length.
        length: f64,
        /// Degrees in 0…180, counter-clockwise from +x.
        angle: f64,
    },
    /// Camera shake: a point-spread function of any shape.
    Shake {
        /// Its values (h×w, odd sides), of sum 1; serialised with `size`, its width and height.
        #[serde(flatten, serialize_with = "sized")]
        psf: Array2<f64>,
    },
}

fn sized<S: Serializer>(psf: &Array2<f64>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    let rows: Vec<Vec<f64>> = psf.outer_iter().map(|row| row.to_vec()).collect();
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("size", &[psf.ncols(), psf.nrows()])?;
    map.serialize_entry("psf", &rows)?;
    map.end()
}

/// What [`estimate_blur`](super::estimate_blur) or [`estimate_shake`](super::estimate_shake) found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlurFinding {
    /// The blur.
    #[serde(flatten)]
    pub blur: Blur,
    /// Where it is a convolution.
    pub light: Light,
    /// How sure that is, 0…1: for [`Blur::None`] too.
    pub confidence: f64,
    /// Steepness of the steepest edges in the direction where they are least steep: about 0.45 in sharp
    /// pictures, below 0.37 in blurred ones. None where there are no edges.
    pub sharpness: Option<f64>,
    /// Log-likelihood gained over "no blur", per thousand frequencies; 0 where no family was searched.
    pub gain: f64,
}

impl BlurFinding {
    pub(super) fn none(reason: NoBlur, sharpness: Option<f64>) -> Self {
        Self {
            blur: Blur::None { reason },
            light: Light::Linear,
            confidence: 1.0,
            sharpness,
            gain: 0.0,
        }
    }

    /// Whether a blur was found.
    pub fn is_blurred(&self) -> bool {
        !matches!(self.blur, Blur::None { .. })
    }

    /// The point-spread function of the blur (h×w, odd sides, sum 1); None where no blur was found.
    ///
    /// # Errors
    /// `InvalidOption` for numbers that no blur has.
    pub fn psf(&self) -> Result<Option<Array2<f64>>> {
        match &self.blur {
            Blur::None { .. } => Ok(None),
            Blur::Gaussian { sigma } => kernels::gaussian(*sigma).map(Some),
            Blur::Disk { radius } => kernels::disk(*radius).map(Some),
            Blur::Motion { length, angle } => kernels::motion(*length, *angle).map(Some),
            Blur::Shake { psf } => Ok(Some(psf.clone())),
        }
    }

    /// The value of the option `blur` that reproduces the finding (`motion:13.2,25`, `gaussian:2.1`,
    /// `disk:4.5`); None for no blur and for camera shake, whose kernel needs a file.
    pub fn option_text(&self) -> Option<String> {
        match self.blur {
            Blur::Gaussian { sigma } => Some(format!("gaussian:{sigma}")),
            Blur::Disk { radius } => Some(format!("disk:{radius}")),
            Blur::Motion { length, angle } => Some(format!("motion:{length},{angle}")),
            Blur::None { .. } | Blur::Shake { .. } => None,
        }
    }
}
