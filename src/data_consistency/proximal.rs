//! The proximal step: the minimiser of `|y − Ax|² + ρ|x − v|²`, v the round's start.

use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis, s};

use crate::error::names;
use crate::math::Real;
use crate::math::dct::Dct2;
use crate::math::linear::{Factor, conjugate_gradients};
use crate::operators::{Gain, Operator, Rho, cosine_frequency};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// How far, rms in the picture's units, conjugate gradients may end from the minimiser.
const ACCURACY: f64 = 1e-4;

/// Most conjugate-gradient steps.
const MOST_STEPS: usize = 1000;

/// Moves `x` from v to the minimiser: by the operator's solver, or by conjugate gradients where it has
/// none for this ρ.
///
/// # Errors
/// `InvalidOption` (`data_step`) for a nonlinear operator, `InvalidArgument` for a ρ that is negative or
/// not finite, else those of the operator and `Cancelled`, with `x` half changed.
pub(super) fn step<T: Real>(
    operator: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &mut Array3<T>,
    rho: &Rho,
    cancel: &Cancel,
) -> Result<()> {
    rho.check()?;
    check_linear(operator)?;
    let gain = Gain::Proximal(rho);
    if let Some(solver) = operator.solver()
        && solver.accuracy(&gain).is_some()
    {
        return solver.correct(x.view_mut(), y, &gain, &|| cancel.check());
    }
    let parts = if operator.is_channelwise() {
        x.dim().0
    } else {
        1
    };
    let (pictures, measurements) = (x.dim().0 / parts.max(1), y.dim().0 / parts.max(1));
    for part in 0..parts {
        let x = x.slice_mut(s![part * pictures..(part + 1) * pictures, .., ..]);
        let y = y.slice(s![part * measurements..(part + 1) * measurements, .., ..]);
        let noise = Noise::new(rho, part * measurements, y.dim());
        iterate(operator, y, x, &noise, cancel)?;
    }
    Ok(())
}

/// Refuses operators of which nobody knows the minimiser.
///
/// # Errors
/// `InvalidOption` (`data_step`).
fn check_linear<T: Real>(operator: &dyn Operator<T>) -> Result<()> {
    if operator.is_linear() {
        return Ok(());
    }
    Err(Error::invalid(
        names::DATA_STEP,
        "the exact (proximal) step",
        "gradient steps, since the operator is not linear",
    ))
}

/// x ← x − Aᵀz with `(AAᵀ + R)z = Ax − y`, R the noise's covariance (ρ where it is white).
fn iterate<T: Real>(
    operator: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    mut x: ArrayViewMut3<'_, T>,
    noise: &Noise<'_, T>,
    cancel: &Cancel,
) -> Result<()> {
    let mut misfit = Array3::zeros(y.raw_dim());
    operator.misfit(x.view(), y, misfit.view_mut())?;
    let mut picture = Array3::zeros(x.raw_dim());
    let point = picture.clone();
    let mut steps = 0;
    // A residual e of z moves x by at most |e|/2√ρ.
    let enough = 4.0 * noise.least() * ACCURACY.powi(2) * x.len() as f64;
    let solution = conjugate_gradients(
        misfit,
        |factor, direction, out| {
            if factor == Factor::Preconditioner {
                out.assign(direction);
                return operator.precondition(out.view_mut(), noise.rho);
            }
            cancel.check()?;
            operator.adjoint(point.view(), direction.view(), picture.view_mut())?;
            operator.measure(picture.view(), out.view_mut())?;
            noise.add(direction, out);
            Ok::<_, Error>(())
        },
        |step| {
            steps += 1;
            step.residual <= enough || steps == MOST_STEPS
        },
    )?;
    operator.adjoint(point.view(), solution.view(), picture.view_mut())?;
    x -= &picture;
    Ok(())
}

/// ρ as a covariance.
struct Noise<'a, T: Real> {
    rho: &'a Rho,
    /// The channel of the measurement with which a part begins.
    first: usize,
    dct: Option<Dct2<T>>,
}

impl<'a, T: Real> Noise<'a, T> {
    fn new(rho: &'a Rho, first: usize, (_, height, width): (usize, usize, usize)) -> Self {
        let coloured = matches!(rho, Rho::Spectrum(_));
        Self {
            rho,
            first,
            dct: coloured.then(|| Dct2::new(height, width)),
        }
    }

    /// The smallest ρ of any frequency.
    fn least(&self) -> f64 {
        match self.rho {
            Rho::Uniform(rho) => *rho,
            Rho::Spectrum(spectrum) => spectrum.least(),
        }
    }

    /// `out ← out + R z`.
    fn add(&self, z: &Array3<T>, out: &mut Array3<T>) {
        match (self.rho, &self.dct) {
            (Rho::Spectrum(spectrum), Some(dct)) => {
                let (_, height, width) = z.dim();
                for (index, z) in z.outer_iter().enumerate() {
                    let mut modes = z.to_owned();
                    dct.forward(modes.view_mut());
                    for ((i, j), mode) in modes.indexed_iter_mut() {
                        let (down, across) =
                            (cosine_frequency(i, height), cosine_frequency(j, width));
                        *mode *= T::rounded(spectrum.at(self.first + index, down, across));
                    }
                    dct.inverse(modes.view_mut());
                    let mut out = out.index_axis_mut(Axis(0), index);
                    out += &modes;
                }
            }
            (Rho::Uniform(rho), _) => out.scaled_add(T::rounded(*rho), z),
            (Rho::Spectrum(_), None) => unreachable!("a spectrum has its transform"),
        }
    }
}
