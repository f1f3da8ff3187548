//! Where the outer loop's data steps are taken: in pixels, or for a latent prior in either of two ways.

use ndarray::{Array3, ArrayView3};

use super::autoencoder::Autoencoder;
use crate::Result;
use crate::data_consistency::{DataStep, Decoder, ThroughDecoder, data_step};
use crate::operators::Operator;
use crate::runtime::Cancel;

/// The estimate of a run, and how it is pulled towards the measurement.
pub trait Space {
    /// Work of a data step in units of one tile call, for the progress.
    fn units(&self, step: &DataStep) -> f64;

    /// Pulls the estimate towards the measurement; the gradient step that was taken where it had to be
    /// smaller than `step` says.
    ///
    /// # Errors
    /// Those of the operator and the autoencoder; `Cancelled`.
    fn data_step(&mut self, step: &DataStep, cancel: &Cancel) -> Result<Option<f64>>;

    /// What the network purifies, C×H×W.
    fn sample(&mut self) -> &mut Array3<f32>;

    /// Told that the sample was purified.
    ///
    /// # Errors
    /// Those of the autoencoder.
    fn purified(&mut self) -> Result<()> {
        Ok(())
    }

    /// The picture, of the operator's input shape.
    fn picture(&self) -> ArrayView3<'_, f32>;

    /// The same at the end.
    fn into_picture(self: Box<Self>) -> Array3<f32>;

    /// Seconds so far inside the runtime, which are none of the data steps'.
    fn coding_seconds(&self) -> f64 {
        0.0
    }
}

/// Work units (tile calls) that a data step in pixels counts as in the progress.
const PIXEL_UNITS: f64 = 0.5;

/// What was measured, and by what.
#[derive(Clone, Copy)]
pub struct Measurement<'a> {
    /// A.
    pub operator: &'a dyn Operator<f32>,
    /// y, of the operator's output shape.
    pub y: ArrayView3<'a, f32>,
}

impl Measurement<'_> {
    /// The same for a shorter while.
    pub fn reborrow(&self) -> Measurement<'_> {
        Measurement {
            operator: self.operator,
            y: self.y.view(),
        }
    }
}

/// Algorithm 1: everything in pixels.
pub struct Pixels<'a> {
    measurement: Measurement<'a>,
    x: Array3<f32>,
}

impl<'a> Pixels<'a> {
    /// Starts from `x`, of the operator's input shape.
    pub fn new(measurement: Measurement<'a>, x: Array3<f32>) -> Self {
        Pixels { measurement, x }
    }
}

impl Space for Pixels<'_> {
    fn units(&self, _step: &DataStep) -> f64 {
        PIXEL_UNITS
    }

    fn data_step(&mut self, step: &DataStep, cancel: &Cancel) -> Result<Option<f64>> {
        let Measurement { operator, y } = self.measurement;
        data_step(operator, y, &mut self.x, step, cancel)?;
        Ok(None)
    }

    fn sample(&mut self) -> &mut Array3<f32> {
        &mut self.x
    }

    fn picture(&self) -> ArrayView3<'_, f32> {
        self.x.view()
    }

    fn into_picture(self: Box<Self>) -> Array3<f32> {
        self.x
    }
}

/// Algorithm 2, Approach I: data fidelity on z through the decoder, then z ← E(D(z)).
pub struct Latents<'a> {
    measurement: Measurement<'a>,
    autoencoder: &'a Autoencoder<'a>,
    tiles: f64,
    z: Array3<f32>,
    x: Array3<f32>,
    /// The direction of latents that the measurement changes most with.
    steepest: Array3<f32>,
}

impl<'a> Latents<'a> {
    /// Starts from latents `z`.
    pub fn new(
        measurement: Measurement<'a>,
        autoencoder: &'a Autoencoder<'a>,
        z: Array3<f32>,
    ) -> Self {
        Latents {
            measurement,
            tiles: autoencoder.tiles() as f64,
            autoencoder,
            x: Array3::zeros(measurement.operator.input_shape()),
            // Of every wavelength something, so orthogonal to no direction that matters.
            steepest: Array3::from_shape_fn(z.dim(), |(c, i, j)| {
                ((c * 5 + i * 7 + j * 13) % 11) as f32 - 4.0
            }),
            z,
        }
    }
}

impl Space for Latents<'_> {
    /// Every gradient step decodes and runs the decoder's gradient.
    fn units(&self, step: &DataStep) -> f64 {
        match step {
            DataStep::Gradient(settings) => 2.0 * self.tiles * settings.gradient_steps as f64,
            _ => PIXEL_UNITS,
        }
    }

    fn data_step(&mut self, step: &DataStep, cancel: &Cancel) -> Result<Option<f64>> {
        let through = ThroughDecoder::new(self.measurement.operator, self.autoencoder);
        let mut step = step.clone();
        let mut smaller = None;
        if let DataStep::Gradient(settings) = &mut step {
            let (z, steepest) = (self.z.view(), &mut self.steepest);
            let bounded = through.bounded(settings, z, steepest, cancel)?;
            smaller = (bounded.step < settings.step).then_some(bounded.step);
            *settings = bounded;
        }
        data_step(&through, self.measurement.y, &mut self.z, &step, cancel)?;
        let decoded = self.autoencoder.decode(self.z.view())?;
        self.z = self.autoencoder.encode(decoded.view())?;
        Ok(smaller)
    }

    fn sample(&mut self) -> &mut Array3<f32> {
        &mut self.z
    }

    fn purified(&mut self) -> Result<()> {
        self.x = self.autoencoder.decode(self.z.view())?;
        Ok(())
    }

    fn picture(&self) -> ArrayView3<'_, f32> {
        self.x.view()
    }

    fn into_picture(self: Box<Self>) -> Array3<f32> {
        self.x
    }

    fn coding_seconds(&self) -> f64 {
        self.autoencoder.time().as_secs_f64()
    }
}

/// Algorithm 2, Approach II: data fidelity on x = D(v) in pixels, then z = E(x).
pub struct LatentPixels<'a> {
    pixels: Pixels<'a>,
    autoencoder: &'a Autoencoder<'a>,
    z: Array3<f32>,
}

impl<'a> LatentPixels<'a> {
    /// Starts from the picture `x`, of the operator's input shape.
    pub fn new(
        measurement: Measurement<'a>,
        autoencoder: &'a Autoencoder<'a>,
        x: Array3<f32>,
    ) -> Self {
        LatentPixels {
            pixels: Pixels::new(measurement, x),
            z: Array3::zeros(autoencoder.latent_shape()),
            autoencoder,
        }
    }
}

impl Space for LatentPixels<'_> {
    fn units(&self, step: &DataStep) -> f64 {
        self.pixels.units(step)
    }

    fn data_step(&mut self, step: &DataStep, cancel: &Cancel) -> Result<Option<f64>> {
        let smaller = self.pixels.data_step(step, cancel)?;
        self.z = self.autoencoder.encode(self.pixels.picture())?;
        Ok(smaller)
    }

    fn sample(&mut self) -> &mut Array3<f32> {
        &mut self.z
    }

    fn purified(&mut self) -> Result<()> {
        self.pixels.x = self.autoencoder.decode(self.z.view())?;
        Ok(())
    }

    fn picture(&self) -> ArrayView3<'_, f32> {
        self.pixels.picture()
    }

    fn into_picture(self: Box<Self>) -> Array3<f32> {
        self.pixels.x
    }

    fn coding_seconds(&self) -> f64 {
        self.autoencoder.time().as_secs_f64()
    }
}
