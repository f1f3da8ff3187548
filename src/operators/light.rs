//! Linear light: cameras blur and sample light, not sRGB codes.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip};

use super::Operator;
use crate::Result;
use crate::image::transfer::{decode, decode_slope, encode, encode_with_slope};
use crate::math::Real;
use crate::math::widest::change_each;

/// The operator `y = encode(A(decode(x)))`: A acts on linear light, while pictures and measurements
/// stay sRGB codes in the network range. Nonlinear; but a data step is made in light, where A is what
/// it is: see [`Operator::in_light`].
///
/// The curve is continued by odd symmetry, so that values beyond 0…1 pass unclipped.
pub struct LinearLight<T: Real> {
    inside: Box<dyn Operator<T>>,
}

impl<T: Real> LinearLight<T> {
    /// The operator that does to light what `inside` does to the values it is given.
    pub fn new(inside: Box<dyn Operator<T>>) -> Self {
        Self { inside }
    }
}

/// sRGB codes in the network range (-1 black, 1 white) to linear light (0 black, 1 white), in place.
pub fn to_light<T: Real>(values: ArrayViewMut3<'_, T>) {
    let half = T::rounded(0.5);
    change_each(values, move |value| decode(half * value + half));
}

/// The inverse of [`to_light`], in place.
pub fn from_light<T: Real>(values: ArrayViewMut3<'_, T>) {
    let two = T::rounded(2.0);
    change_each(values, move |value| two * encode(value) - T::one());
}

/// What `inside`, an operator on light, makes of the codes `x`: codes, written to `out`. Shapes are those of `inside`;
/// codes are in the network range.
///
/// # Errors
/// Those of `inside`.
pub(crate) fn measure_in_light<T: Real>(
    inside: &dyn Operator<T>,
    x: ArrayView3<'_, T>,
    mut out: ArrayViewMut3<'_, T>,
) -> Result<()> {
    inside.measure(lit(x).view(), out.view_mut())?;
    from_light(out);
    Ok(())
}

fn lit<T: Real>(codes: ArrayView3<'_, T>) -> Array3<T> {
    let mut light = codes.to_owned();
    to_light(light.view_mut());
    light
}

impl<T: Real> Operator<T> for LinearLight<T> {
    fn input_shape(&self) -> [usize; 3] {
        self.inside.input_shape()
    }

    fn output_shape(&self) -> [usize; 3] {
        self.inside.output_shape()
    }

    fn measure(&self, x: ArrayView3<'_, T>, out: ArrayViewMut3<'_, T>) -> Result<()> {
        measure_in_light(&*self.inside, x, out)
    }

    fn adjoint(
        &self,
        x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let light = lit(x);
        let mut cotangent = Array3::zeros(u.raw_dim());
        self.inside.measure(light.view(), cotangent.view_mut())?;
        // Codes change by 2·encode' per light, light by decode'/2 per code.
        Zip::from(&mut cotangent)
            .and(u)
            .into_par_iter()
            .for_each(|(value, &u)| *value = encode_with_slope(*value).1 * u);
        self.inside
            .adjoint(light.view(), cotangent.view(), out.view_mut())?;
        let half = T::rounded(0.5);
        Zip::from(out)
            .and(x)
            .into_par_iter()
            .for_each(|(out, &x)| *out *= decode_slope(half * x + half));
        Ok(())
    }

    fn is_linear(&self) -> bool {
        false
    }

    fn is_channelwise(&self) -> bool {
        self.inside.is_channelwise()
    }

    /// What a closed form takes, beside the measurement; or, of one channel where channels are apart, what a
    /// Gauss-Newton step holds, conjugate gradients and a transform among it.
    fn scratch(&self) -> usize {
        let values = |shape: [usize; 3]| shape.iter().product::<usize>();
        let (picture, measurement) = (values(self.input_shape()), values(self.output_shape()));
        let parts = match self.is_channelwise() {
            true => self.input_shape()[0].max(1),
            false => 1,
        };
        let steps = (8 * picture + 2 * measurement) / parts;
        steps.max(measurement + self.inside.scratch())
    }

    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        let mut x = self.inside.start(lit(y).view())?;
        from_light(x.view_mut());
        Ok(x)
    }

    fn visible<'a>(&self, x: ArrayView3<'a, T>) -> ArrayView3<'a, T> {
        self.inside.visible(x)
    }

    fn in_light(&self) -> Option<&dyn Operator<T>> {
        Some(&*self.inside)
    }
}
