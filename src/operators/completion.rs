//! The data step of a blur that goes on beyond what was measured.

use ndarray::parallel::prelude::*;
use ndarray::{
    Array1, Array2, ArrayView1, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Zip, s,
};
use realfft::num_complex::Complex;

use super::fourier::copy_row;
use super::{Accuracy, Check, Gain, Solver, ValidBlur};
use crate::math::Real;
use crate::math::linear::{Factor, conjugate_gradients};
use crate::math::widest::change_by;
use crate::{Error, Result};

/// The smallest S that the preconditioner takes for one: momentum steps may leave none.
const LEAST_KEPT: f64 = 1e-6;

/// Most conjugate-gradient steps of a completion.
const MOST_STEPS: usize = 60;

/// One channel at work.
struct Workspace<T> {
    /// y − Ax in the window, 0 where unknown.
    residual: Array2<T>,
    spectrum: Array2<Complex<T>>,
    plane: Array2<T>,
    /// q of every mode.
    factors: Array2<T>,
    /// S = 1 − λq, the share of a residual that a correction leaves, of every mode.
    kept: Array2<T>,
    /// 1/√S, the preconditioner.
    eased: Array2<T>,
}

impl<T: Real> Solver<T> for ValidBlur<T> {
    fn accuracy(&self, _gain: &Gain<'_>) -> Option<Accuracy> {
        Some(Accuracy::Iterative)
    }

    /// With `r = y − Ax` where measured and u elsewhere, x moves by `q(BᵀB)·Bᵀ(r + u)`, B the blur of the
    /// whole canvas. That u is what this adds to Bx there is the condition `PSPu = −PSr` for
    /// `S = 1 − BqBᵀ` and the unmeasured P: it minimises `(r + u)ᵀS(r + u)`, which for the proximal step
    /// is the objective, and is solved by conjugate gradients from u = 0.
    fn correct(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()> {
        let mut work = self.workspace();
        for (channel, (x, y)) in x.outer_iter_mut().zip(y.outer_iter()).enumerate() {
            if channel == 0 || gain.differs_by_channel() {
                self.fourier()
                    .fill_factors(gain, channel, &mut work.factors);
                self.fourier()
                    .fill_kept(gain, channel, &work.factors, &mut work.kept);
                self.ease(&mut work);
            }
            self.correct_plane(x, y, &mut work, check)?;
        }
        self.fourier().keep(work.spectrum);
        Ok(())
    }
}

impl<T: Real> ValidBlur<T> {
    fn workspace(&self) -> Workspace<T> {
        let modes = self.fourier().kernel.dim();
        let [rows, columns] = &self.window;
        Workspace {
            residual: Array2::zeros((rows.len(), columns.len())),
            spectrum: self.fourier().workspace(modes.1),
            plane: Array2::zeros(self.size()),
            factors: Array2::zeros(modes),
            kept: Array2::zeros(modes),
            eased: Array2::zeros(modes),
        }
    }

    /// S restricted to a rim is about as far from S as from S's inverse: half way, its root, makes four
    /// steps of what would take fifteen.
    fn ease(&self, work: &mut Workspace<T>) {
        let (area, least) = (T::rounded(self.fourier().area()), T::rounded(LEAST_KEPT));
        Zip::from(&mut work.eased)
            .and(&work.kept)
            .par_for_each(|eased, &kept| {
                *eased = T::one() / (area * (area * kept).max(least).sqrt());
            });
    }

    fn correct_plane(
        &self,
        x: ArrayViewMut2<'_, T>,
        y: ArrayView2<'_, T>,
        work: &mut Workspace<T>,
        check: Check<'_>,
    ) -> Result<()> {
        let fourier = self.fourier();
        let fft = &fourier.fft;
        let area = T::rounded(fourier.area());
        let Workspace {
            residual,
            spectrum,
            plane,
            factors,
            kept,
            eased,
        } = work;
        check()?;
        if let Some(sliding) = &self.sliding {
            sliding.forward(x.view(), &self.window, residual.view_mut());
        } else {
            fft.forward_rows(spectrum.view_mut(), |index, buffer| {
                copy_row(x.view(), index, buffer);
            });
            fourier.change(spectrum, |index, mode| {
                multiply(mode, fourier.kernel.row(index));
            });
            fft.inverse_rows(spectrum.view_mut(), plane.view_mut(), copy_values);
            self.show(plane.view(), residual.view_mut());
        }
        Zip::from(&mut *residual)
            .and(y)
            .into_par_iter()
            .for_each(|(residual, &y)| *residual = y - *residual);
        self.clear(residual.view_mut());

        // What the spectrum's rows hold, filtered, into the plane.
        let apply =
            |filter: &Array2<T>, spectrum: &mut Array2<Complex<T>>, plane: &mut Array2<T>| {
                check()?;
                fourier.change(spectrum, |index, mode| {
                    let filter = filter.row(index).to_slice().expect("standard layout");
                    change_by(mode, filter, |value, factor| value.scale(factor));
                });
                fft.inverse_rows(spectrum.view_mut(), plane.view_mut(), copy_values);
                Ok::<_, Error>(())
            };
        fft.forward_rows(spectrum.view_mut(), |index, buffer| {
            self.load(residual.view(), index, buffer);
        });
        if self.unknown.count() > 0 {
            apply(kept, spectrum, plane)?;
            let [rows, columns] = self.window.clone();
            let measured = plane.slice(s![rows, columns]);
            let mut objective = Zip::from(&*residual)
                .and(measured)
                .fold(0.0, |sum, &r, &s| sum + Into::<f64>::into(r * s));
            // The residual is 0 where nothing was measured, so what S makes of it there is right.
            let mut right = Array1::zeros(self.unknown.count());
            self.unknown.take(plane.view(), right.view_mut());
            right.mapv_inplace(|value| -value);
            let mut steps = 0;
            let completed = conjugate_gradients(
                right,
                |factor, direction, out| {
                    fft.forward_rows(spectrum.view_mut(), |index, buffer| {
                        buffer.fill(T::zero());
                        self.unknown.put(direction.view(), index, buffer);
                    });
                    let filter = match factor {
                        Factor::Matrix => &*kept,
                        Factor::Preconditioner => &*eased,
                    };
                    apply(filter, spectrum, plane)?;
                    self.unknown.take(plane.view(), out.view_mut());
                    Ok(())
                },
                |step| {
                    steps += 1;
                    objective -= step.decrease;
                    step.decrease <= self.tolerance * objective || steps == MOST_STEPS
                },
            )?;
            check()?;
            fft.forward_rows(spectrum.view_mut(), |index, buffer| {
                self.load(residual.view(), index, buffer);
                self.unknown.put(completed.view(), index, buffer);
            });
        }
        fourier.change(spectrum, |index, mode| {
            let modes = fourier.kernel.row(index).into_iter();
            for (value, (&kernel, &factor)) in mode.iter_mut().zip(modes.zip(factors.row(index))) {
                *value = (kernel * area).conj() * *value * factor;
            }
        });
        fft.inverse_rows(spectrum.view_mut(), x, |values, out| {
            for (out, &value) in out.iter_mut().zip(values) {
                *out += value;
            }
        });
        Ok(())
    }
}

fn multiply<T: Real>(mode: &mut [Complex<T>], kernel: ArrayView1<'_, Complex<T>>) {
    for (value, factor) in mode.iter_mut().zip(kernel) {
        *value *= factor;
    }
}

fn copy_values<T: Real>(values: &[T], out: &mut [T]) {
    out.copy_from_slice(values);
}
