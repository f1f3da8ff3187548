//! Data fidelity in latent space (Approach I): the forward operator seen through a decoder.

use ndarray::{Array3, ArrayView3, ArrayViewMut3};

use super::stability::diverging;
use super::{Optimizer, Settings};
use crate::Result;
use crate::math::linear::dot;
use crate::operators::Operator;
use crate::runtime::Cancel;

/// A decoder from latents to pictures, on the whole picture.
pub trait Decoder: Send + Sync {
    /// Shape of the latent z, `[channels, height, width]`.
    fn latent_shape(&self) -> [usize; 3];

    /// D(z): the picture, in the shape of the operator's input.
    ///
    /// # Errors
    /// Those of the autoencoder.
    fn decode(&self, z: ArrayView3<'_, f32>) -> Result<Array3<f32>>;

    /// J_D(z)ᵀ·u for a cotangent shaped like D(z).
    ///
    /// # Errors
    /// Those of the autoencoder.
    fn decode_vjp(&self, z: ArrayView3<'_, f32>, u: ArrayView3<'_, f32>) -> Result<Array3<f32>>;
}

/// The operator z ↦ A(D(z)), so that the gradient loop solves min over z of MSE(A(D(z)), y)
/// (Algorithm 2, Approach I). Nonlinear.
pub struct ThroughDecoder<'a> {
    operator: &'a dyn Operator<f32>,
    decoder: &'a dyn Decoder,
}

impl<'a> ThroughDecoder<'a> {
    /// `decoder` makes pictures of the `operator`'s input shape.
    pub fn new(operator: &'a dyn Operator<f32>, decoder: &'a dyn Decoder) -> Self {
        ThroughDecoder { operator, decoder }
    }

    /// `settings` with a step that converges near `z`: at most half of what would begin to diverge there.
    ///
    /// The decoder's Jacobian is estimated anew by power iteration from `direction`, shaped like `z`,
    /// which is left at the leading direction that was found.
    ///
    /// # Errors
    /// Those of the operator and the decoder; `Cancelled`.
    pub fn bounded(
        &self,
        settings: &Settings,
        z: ArrayView3<'_, f32>,
        direction: &mut Array3<f32>,
        cancel: &Cancel,
    ) -> Result<Settings> {
        if settings.optimizer == Optimizer::Adam {
            return Ok(*settings);
        }
        let curvature = self.curvature(z, direction, cancel)? + settings.decay(self);
        let bound = diverging(settings, curvature);
        Ok(Settings {
            step: settings.step.min(bound / 2.0),
            ..*settings
        })
    }

    /// About the largest eigenvalue of JᵀJ, J the Jacobian of A(D(·)) at `z`. J·v is a difference of two
    /// measurements, Jᵀ·u the decoder's gradient. Power iteration, since Lanczos' steps want more digits than
    /// a difference in `f32` has.
    fn curvature(
        &self,
        z: ArrayView3<'_, f32>,
        direction: &mut Array3<f32>,
        cancel: &Cancel,
    ) -> Result<f64> {
        let mut here = Array3::zeros(self.output_shape());
        self.measure(z, here.view_mut())?;
        let mut beside = here.clone();
        let length = DIFFERENCE * (z.len() as f64).sqrt();
        let mut curvature = 0.0;
        for _ in 0..POWER_STEPS {
            cancel.check()?;
            let norm = dot(direction, direction).sqrt();
            if !(norm > 0.0 && norm.is_finite()) {
                break;
            }
            *direction *= (length / norm) as f32;
            let moved = &z + &*direction;
            self.measure(moved.view(), beside.view_mut())?;
            beside -= &here;
            curvature = dot(&beside, &beside) / (length * length);
            self.adjoint(z, beside.view(), direction.view_mut())?;
        }
        Ok(curvature)
    }
}

/// Steps of the power iteration: more change the bound by less than its margin.
const POWER_STEPS: usize = 8;

/// How far, root mean square, the difference for J·v reaches: far above the rounding of `f32`, far
/// below the decoder's features, of latents with variance 1.
const DIFFERENCE: f64 = 1e-3;

impl Operator<f32> for ThroughDecoder<'_> {
    fn input_shape(&self) -> [usize; 3] {
        self.decoder.latent_shape()
    }

    fn output_shape(&self) -> [usize; 3] {
        self.operator.output_shape()
    }

    fn measure(&self, z: ArrayView3<'_, f32>, out: ArrayViewMut3<'_, f32>) -> Result<()> {
        self.operator.measure(self.decoder.decode(z)?.view(), out)
    }

    fn adjoint(
        &self,
        z: ArrayView3<'_, f32>,
        u: ArrayView3<'_, f32>,
        mut out: ArrayViewMut3<'_, f32>,
    ) -> Result<()> {
        let mut cotangent = Array3::zeros(self.operator.input_shape());
        if self.operator.is_linear() {
            // A linear adjoint does not read the point, which would cost a decoding.
            let point = cotangent.clone();
            self.operator
                .adjoint(point.view(), u, cotangent.view_mut())?;
        } else {
            let x = self.decoder.decode(z)?;
            self.operator.adjoint(x.view(), u, cotangent.view_mut())?;
        }
        out.assign(&self.decoder.decode_vjp(z, cotangent.view())?);
        Ok(())
    }

    fn is_linear(&self) -> bool {
        false
    }
}
