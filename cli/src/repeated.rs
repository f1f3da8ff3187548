//! Options from the report of an earlier run.

use std::fs;
use std::path::Path;

use ndarray::Array2;
use serde::Deserialize;
use serde_json::Value;

use dcdp::estimate::blur::{Blur as Found, BlurFinding};
use dcdp::estimate::noise::{NoiseFinding, NoiseKind};
use dcdp::request::{Light, Words};
use dcdp::{Error, Options, Result};

/// What of a report makes a run the same again.
#[derive(Deserialize)]
struct Report {
    options: serde_json::Map<String, Value>,
    noise: Option<NoiseFinding>,
    blur: Option<Blur>,
}

/// The blur that was found.
#[derive(Deserialize)]
struct Blur {
    kind: String,
    light: String,
    confidence: f64,
    sharpness: Option<f64>,
    gain: f64,
    sigma: Option<f64>,
    radius: Option<f64>,
    length: Option<f64>,
    angle: Option<f64>,
    psf: Option<Vec<Vec<f64>>>,
}

/// Sets in `options` what the report in `file` says was asked for and found.
///
/// # Errors
/// `Io`; `File` when it is no report of one picture; those of the options for values they do not take.
pub fn apply(file: &Path, options: &mut Options) -> Result<()> {
    let text = fs::read_to_string(file).map_err(|source| Error::Io {
        path: file.to_owned(),
        source,
    })?;
    let report: Report = serde_json::from_str(&text).map_err(|error| Error::File {
        path: file.to_owned(),
        reason: format!("is no report of one picture: {error}"),
    })?;
    for (name, value) in &report.options {
        match value {
            Value::Number(number) => {
                options.set_number(name, number.as_f64().unwrap_or(f64::NAN))?;
            }
            Value::String(text) => options.set_string(name, text)?,
            other => {
                return Err(Error::File {
                    path: file.to_owned(),
                    reason: format!("options.{name} is {other}; expected: a number or a text"),
                });
            }
        }
    }
    if let Some(noise) = report.noise.filter(|noise| noise.kind != NoiseKind::None) {
        options.set_noise_found(Some(noise));
    }
    match report.blur {
        Some(blur) => blur.apply(file, options),
        None => Ok(()),
    }
}

impl Blur {
    /// Has an automatic blur take what was found, and assume of it what was assumed of an estimate.
    fn apply(&self, file: &Path, options: &mut Options) -> Result<()> {
        let needed = |name: &str, value: Option<f64>| {
            value.ok_or_else(|| Error::File {
                path: file.to_owned(),
                reason: format!("blur.{name} is missing"),
            })
        };
        let blur = match self.kind.as_str() {
            "gaussian" => Found::Gaussian {
                sigma: needed("sigma", self.sigma)?,
            },
            "disk" => Found::Disk {
                radius: needed("radius", self.radius)?,
            },
            "motion" => Found::Motion {
                length: needed("length", self.length)?,
                angle: needed("angle", self.angle)?,
            },
            "shake" => Found::Shake {
                psf: self.kernel(file)?,
            },
            // None was found: it will be looked for again, and not found again.
            _ => return Ok(()),
        };
        options.set_blur_found(Some(BlurFinding {
            blur,
            light: Light::of_word(&self.light).unwrap_or(Light::Linear),
            confidence: self.confidence,
            sharpness: self.sharpness,
            gain: self.gain,
        }));
        Ok(())
    }

    fn kernel(&self, file: &Path) -> Result<Array2<f64>> {
        let rows = self.psf.as_deref().unwrap_or_default();
        let width = rows.first().map_or(0, Vec::len);
        let values = rows.iter().flatten().copied().collect();
        Array2::from_shape_vec((rows.len(), width), values).map_err(|_| Error::File {
            path: file.to_owned(),
            reason: "blur.psf is no table of numbers".to_owned(),
        })
    }
}
