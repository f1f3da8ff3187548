//! A validated set of parameter values, with the pictures and callbacks that are not numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::Array2;

use super::constants::Constants;
use super::parameters::{self, Id, Kind, PARAMETERS};
use crate::estimate::blur::BlurFinding;
use crate::estimate::noise::NoiseFinding;
use crate::image::{JpegSource, OwnedImage};
use crate::operators::Operator;
use crate::{Error, Result};

/// A value of one parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Of a `Number`.
    Number(f64),
    /// Of an `Integer`.
    Integer(i64),
    /// Of a `Choice`.
    Choice(&'static str),
    /// Of a `Text` or `File`.
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Number(value) => value.fmt(formatter),
            Value::Integer(value) => value.fmt(formatter),
            Value::Choice(word) => word.fmt(formatter),
            Value::Text(text) => text.fmt(formatter),
        }
    }
}

/// How far from the input a neighbour may stand, in frames.
const MOST_DISTANT: i32 = 2;

/// Builds the caller's own operator once the picture's shape is known.
///
/// Gets the shape `[channels, height, width]` of the input (the measurement); the operator's
/// `output_shape` must equal it.
pub type OperatorFactory = Arc<dyn Fn([usize; 3]) -> Result<Box<dyn Operator<f32>>> + Send + Sync>;

/// Everything a restoration is told: the values of the parameter table, and optionally a mask, a
/// point-spread function and an operator of the caller's own.
#[derive(Clone)]
pub struct Options {
    values: Vec<Value>,
    mask: Option<Arc<Array2<f32>>>,
    kernel: Option<Arc<Array2<f32>>>,
    ignore: Option<Arc<Array2<f32>>>,
    fill_from: Option<Arc<Array2<f32>>>,
    noise_found: Option<Arc<NoiseFinding>>,
    blur_found: Option<Arc<BlurFinding>>,
    jpeg: Option<Arc<JpegSource>>,
    neighbours: BTreeMap<i32, Arc<OwnedImage>>,
    operator: Option<OperatorFactory>,
    constants: Constants,
}

impl Default for Options {
    fn default() -> Self {
        let values = PARAMETERS
            .iter()
            .map(|parameter| match parameter.kind {
                Kind::Number { default, .. } => Value::Number(default),
                Kind::Integer { default, .. } => Value::Integer(default),
                Kind::Choice { default, .. } => Value::Choice(default),
                Kind::Text { default } => Value::Text(default.to_owned()),
                Kind::File => Value::Text(String::new()),
            })
            .collect();
        Options {
            values,
            mask: None,
            kernel: None,
            ignore: None,
            fill_from: None,
            noise_found: None,
            blur_found: None,
            jpeg: None,
            neighbours: BTreeMap::new(),
            operator: None,
            constants: Constants::default(),
        }
    }
}

impl Options {
    /// The defaults of the parameter table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a number or integer by canonical name (dashes or underscores).
    ///
    /// # Errors
    /// `UnknownOption`; `InvalidOption` when the parameter is no number, the value is not finite, not
    /// whole where it must be, or out of range.
    pub fn set_number(&mut self, name: &str, value: f64) -> Result<()> {
        let parameter = lookup(name)?;
        let allowed = || Error::invalid(parameter.name, value, parameter.kind.allowed());
        self.values[parameter.id as usize] = match parameter.kind {
            Kind::Number {
                minimum,
                maximum,
                automatic,
                ..
            } => {
                // A NaN is in no range.
                if !((minimum..=maximum).contains(&value) || (automatic && value == -1.0)) {
                    return Err(allowed());
                }
                Value::Number(value)
            }
            Kind::Integer {
                minimum,
                maximum,
                automatic,
                ..
            } => {
                let in_range = (minimum as f64..=maximum as f64).contains(&value);
                if value.fract() != 0.0 || !(in_range || (automatic && value == -1.0)) {
                    return Err(allowed());
                }
                Value::Integer(value as i64)
            }
            Kind::Choice { .. } | Kind::Text { .. } | Kind::File => return Err(allowed()),
        };
        Ok(())
    }

    /// Sets any parameter from text, by canonical name: a number in decimal, a choice's word, a text or
    /// a path. `noise` also takes `auto`.
    ///
    /// # Errors
    /// `UnknownOption`; `InvalidOption` when the text is not what the parameter takes.
    pub fn set_string(&mut self, name: &str, value: &str) -> Result<()> {
        let parameter = lookup(name)?;
        let allowed = || {
            Error::invalid(
                parameter.name,
                format!("`{value}`"),
                parameter.kind.allowed(),
            )
        };
        match parameter.kind {
            Kind::Number { automatic, .. } | Kind::Integer { automatic, .. } => {
                let number = match value.trim() {
                    "auto" if automatic => -1.0,
                    text => text.parse::<f64>().map_err(|_| allowed())?,
                };
                self.set_number(name, number)?;
            }
            Kind::Choice { choices, .. } => {
                let word = choices
                    .iter()
                    .find(|&&word| word == value)
                    .ok_or_else(allowed)?;
                self.values[parameter.id as usize] = Value::Choice(word);
            }
            Kind::Text { .. } | Kind::File => {
                self.values[parameter.id as usize] = Value::Text(value.to_owned());
            }
        }
        Ok(())
    }

    /// The value of a parameter.
    pub fn value(&self, id: Id) -> &Value {
        &self.values[id as usize]
    }

    /// Every value by canonical name.
    pub fn named_values(&self) -> BTreeMap<&'static str, Value> {
        let named = |parameter: &parameters::Parameter| {
            (parameter.name, self.values[parameter.id as usize].clone())
        };
        PARAMETERS.iter().map(named).collect()
    }

    /// The value of a `Number` or `Integer` parameter, −1 where the preset decides.
    pub fn number(&self, id: Id) -> f64 {
        match self.value(id) {
            Value::Number(value) => *value,
            Value::Integer(value) => *value as f64,
            Value::Choice(_) | Value::Text(_) => f64::NAN,
        }
    }

    /// The value of an `Integer` parameter, −1 where the preset decides.
    pub fn integer(&self, id: Id) -> i64 {
        self.number(id) as i64
    }

    /// The word or text of any other parameter, empty for numbers.
    pub fn text(&self, id: Id) -> &str {
        match self.value(id) {
            Value::Choice(word) => word,
            Value::Text(text) => text,
            Value::Number(_) | Value::Integer(_) => "",
        }
    }

    /// Sets the region to fill (H×W, values above 0.5) for inpainting; `None` takes it back.
    pub fn set_mask(&mut self, mask: Option<Array2<f32>>) {
        self.mask = mask.map(Arc::new);
    }

    /// The region to fill, H×W, values above 0.5.
    pub fn mask(&self) -> Option<Arc<Array2<f32>>> {
        self.mask.clone()
    }

    /// Sets the pixels of the measurement that hold no data (H×W, values above 0.5), such as dust or a
    /// time stamp; `None` takes them back.
    pub fn set_ignore(&mut self, ignore: Option<Array2<f32>>) {
        self.ignore = ignore.map(Arc::new);
    }

    /// The pixels without data, H×W, values above 0.5.
    pub fn ignore(&self) -> Option<Arc<Array2<f32>>> {
        self.ignore.clone()
    }

    /// Sets where patches that fill holes may come from (H×W, values above 0.5); `None` is everywhere.
    pub fn set_fill_from(&mut self, source: Option<Array2<f32>>) {
        self.fill_from = source.map(Arc::new);
    }

    /// Sets the noise that automatic `noise` takes, found elsewhere: in another frame, in a flat part of the
    /// picture, in an earlier run. `None` measures it in the picture.
    pub fn set_noise_found(&mut self, found: Option<NoiseFinding>) {
        self.noise_found = found.map(Arc::new);
    }

    /// The noise found elsewhere.
    pub fn noise_found(&self) -> Option<Arc<NoiseFinding>> {
        self.noise_found.clone()
    }

    /// Sets the blur that `blur` `auto` takes, estimated elsewhere; `None` estimates it in the
    /// picture.
    pub fn set_blur_found(&mut self, found: Option<BlurFinding>) {
        self.blur_found = found.map(Arc::new);
    }

    /// The blur estimated elsewhere.
    pub fn blur_found(&self) -> Option<Arc<BlurFinding>> {
        self.blur_found.clone()
    }

    /// Sets the coefficients of the JPEG file whose pixels are given: what `dejpeg` is faithful to, and what
    /// tells the other tasks how exact the pixels are. `None` where they come from no JPEG file.
    pub fn set_jpeg(&mut self, source: Option<JpegSource>) {
        self.jpeg = source.map(Arc::new);
    }

    /// The JPEG file's coefficients.
    pub fn jpeg(&self) -> Option<Arc<JpegSource>> {
        self.jpeg.clone()
    }

    /// Sets the frame of a sequence that stands `offset` frames after the input, −2…2 without 0; `None` takes it
    /// back. It has the input's size and channels. As many of them as `temporal_frames` says count: with 3 those
    /// at −1 and 1. At the ends of a clip some are missing.
    ///
    /// # Errors
    /// `InvalidArgument` for another offset.
    pub fn set_neighbour(&mut self, offset: i32, frame: Option<Arc<OwnedImage>>) -> Result<()> {
        if offset == 0 || offset.abs() > MOST_DISTANT {
            return Err(Error::InvalidArgument(format!(
                "a neighbour stands {offset} frames from the input; allowed: -2, -1, 1, 2"
            )));
        }
        match frame {
            Some(frame) => self.neighbours.insert(offset, frame),
            None => self.neighbours.remove(&offset),
        };
        Ok(())
    }

    /// The frames around the input, by offset.
    pub fn neighbours(&self) -> &BTreeMap<i32, Arc<OwnedImage>> {
        &self.neighbours
    }

    /// Where patches may come from, H×W, values above 0.5.
    pub fn fill_from(&self) -> Option<Arc<Array2<f32>>> {
        self.fill_from.clone()
    }

    /// Sets the point-spread function (h×w, any scale) used when `blur` is `kernel`, in place of the
    /// file; `None` takes it back.
    ///
    /// # Errors
    /// `InvalidOption` when it is empty, has a value that is not finite, or a sum that is not positive.
    pub fn set_kernel(&mut self, psf: Option<Array2<f32>>) -> Result<()> {
        if let Some(psf) = &psf {
            crate::operators::check_kernel(psf.view())?;
        }
        self.kernel = psf.map(Arc::new);
        Ok(())
    }

    /// The point-spread function in memory, h×w.
    pub fn kernel(&self) -> Option<Arc<Array2<f32>>> {
        self.kernel.clone()
    }

    /// Sets an operator of the caller's own, which then takes the place of the task's; `None` takes it
    /// back.
    pub fn set_operator(&mut self, factory: Option<OperatorFactory>) {
        self.operator = factory;
    }

    /// The caller's own operator.
    pub fn operator(&self) -> Option<&OperatorFactory> {
        self.operator.as_ref()
    }

    /// Sets constants in place of the preset's own.
    #[cfg(feature = "testing")]
    pub fn set_constants(&mut self, constants: Constants) {
        self.constants = constants;
    }

    /// The constants in place of the preset's own.
    pub(super) fn constants(&self) -> Constants {
        self.constants
    }
}

impl Kind {
    /// The allowed values in words, for messages.
    pub fn allowed(&self) -> String {
        let range = |minimum: String, maximum: String, automatic: bool, what: &str| {
            let extra = if automatic {
                ", or -1 for automatic"
            } else {
                ""
            };
            format!("{what} from {minimum} to {maximum}{extra}")
        };
        match self {
            Kind::Number {
                minimum,
                maximum,
                automatic,
                ..
            } => range(
                minimum.to_string(),
                maximum.to_string(),
                *automatic,
                "a number",
            ),
            Kind::Integer {
                minimum,
                maximum,
                automatic,
                ..
            } => range(
                minimum.to_string(),
                maximum.to_string(),
                *automatic,
                "a whole number",
            ),
            Kind::Choice { choices, .. } => choices.join(" | "),
            Kind::Text { .. } => "text".to_owned(),
            Kind::File => "a file path".to_owned(),
        }
    }
}

fn lookup(name: &str) -> Result<&'static parameters::Parameter> {
    parameters::find(name).ok_or_else(|| {
        let names: Vec<&str> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        Error::UnknownOption {
            name: name.to_owned(),
            hint: format!("; known: {}", names.join(", ")),
        }
    })
}
