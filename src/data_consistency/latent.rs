//! Data fidelity in latent space (Approach I): the forward operator seen through a decoder.

use ndarray::{Array3, ArrayView3, ArrayViewMut3};

use crate::Result;
use crate::operators::Operator;

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
}

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
