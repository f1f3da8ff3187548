//! Blur: convolution with a point-spread function.

use std::convert::Infallible;
use std::sync::OnceLock;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis};

use super::basis::Basis;
use super::convolution::Convolution;
use super::cosine::CosineModes;
use super::fourier::Fourier;
use super::kernels::{check_kernel, gaussian, motion};
use super::psf::Psf;
use super::separable::{AxisModes, Separable};
use super::{Accuracy, Boundary, Check, Gain, Operator, Rho, Solver, check_shape};
use crate::math::Real;
use crate::math::linear::largest_eigenvalue;
use crate::{Error, Result};

/// `y[i] = Σ_t psf[t] · x[i − (t − centre)]`, the picture continued by a [`Boundary`]; every channel
/// alike. The adjoint is exact.
///
/// Closed forms: circular by FFT, half-sample symmetric by DCT-II when the PSF is mirror-symmetric in
/// both axes, and separable PSFs by the singular bases of their two axes. Everything else is looped.
/// Set-up is put off until it is needed.
pub struct Blur<T: Real> {
    psf: Psf,
    shape: [usize; 3],
    boundary: Boundary,
    convolution: OnceLock<Convolution<T>>,
    modes: OnceLock<Modes<T>>,
    lambda_max: OnceLock<f64>,
    /// The preconditioner of proximal steps without a closed form.
    circular: OnceLock<Fourier<T>>,
}

/// How the operator is diagonalised.
enum Modes<T: Real> {
    Circular(Fourier<T>),
    Cosine(CosineModes<T>),
    Separable(Separable<T>),
    Unknown,
}

/// Longest axis decomposed in one piece, and the tile length beyond it.
const LONGEST_BASIS: usize = 1536;
const TILE: usize = 1024;

impl<T: Real> Blur<T> {
    /// Convolution with `psf` (h×w, any sum, centre at `[h/2, w/2]` rounded down, which is the middle
    /// of odd sizes) on pictures of `shape` = `[channels, height, width]`.
    ///
    /// # Errors
    /// `InvalidOption` (`kernel`) as [`check_kernel`]; `InvalidImage` for a picture without pixels.
    pub fn from_psf(
        psf: ArrayView2<'_, f64>,
        shape: [usize; 3],
        boundary: Boundary,
    ) -> Result<Self> {
        check_kernel(psf)?;
        let centre = [psf.nrows() / 2, psf.ncols() / 2];
        let values = psf.to_owned();
        Self::new(Psf { values, centre }, shape, boundary)
    }

    /// Correlation with `kernel`, `y[i] = Σ_t kernel[t] · x[i + t − size/2]`, as neural network
    /// libraries do: convolution with the kernel turned by 180°.
    ///
    /// # Errors
    /// As [`from_psf`](Self::from_psf).
    pub fn from_correlation_kernel(
        kernel: ArrayView2<'_, f64>,
        shape: [usize; 3],
        boundary: Boundary,
    ) -> Result<Self> {
        check_kernel(kernel)?;
        let values = kernel.slice(ndarray::s![..;-1, ..;-1]).to_owned();
        let centre = [(values.nrows() - 1) / 2, (values.ncols() - 1) / 2];
        Self::new(Psf { values, centre }, shape, boundary)
    }

    /// Gaussian blur of standard deviation `sigma` pixels, truncated as [`gaussian`] is.
    ///
    /// # Errors
    /// `InvalidImage` for a picture without pixels, else as [`gaussian`].
    pub fn gaussian(sigma: f64, shape: [usize; 3], boundary: Boundary) -> Result<Self> {
        Self::from_psf(gaussian(sigma)?.view(), shape, boundary)
    }

    /// Straight motion over `length` pixels at `angle` degrees counter-clockwise from +x, as
    /// [`motion`] draws it.
    ///
    /// # Errors
    /// `InvalidImage` for a picture without pixels, else as [`motion`].
    pub fn motion(length: f64, angle: f64, shape: [usize; 3], boundary: Boundary) -> Result<Self> {
        Self::from_psf(motion(length, angle)?.view(), shape, boundary)
    }

    fn new(psf: Psf, shape: [usize; 3], boundary: Boundary) -> Result<Self> {
        check_shape(shape)?;
        Ok(Self {
            psf,
            shape,
            boundary,
            convolution: OnceLock::new(),
            modes: OnceLock::new(),
            lambda_max: OnceLock::new(),
            circular: OnceLock::new(),
        })
    }

    fn size(&self) -> [usize; 2] {
        [self.shape[1], self.shape[2]]
    }

    fn convolution(&self) -> &Convolution<T> {
        self.convolution
            .get_or_init(|| Convolution::new(&self.psf, self.size(), self.boundary))
    }

    fn modes(&self) -> &Modes<T> {
        self.modes.get_or_init(|| {
            if self.boundary == Boundary::Circular {
                return Modes::Circular(Fourier::new(&self.psf, self.size(), self.boundary));
            }
            if self.boundary == Boundary::Symmetric
                && let Some(modes) = CosineModes::of_blur(&self.psf, self.size())
            {
                return Modes::Cosine(modes);
            }
            let Some(factors) = self.psf.factors() else {
                return Modes::Unknown;
            };
            let [vertical, horizontal] = [0, 1].map(|axis| self.axis(&factors[axis], axis));
            match (vertical, horizontal) {
                (Some(vertical), Some(horizontal)) => Modes::Separable(Separable {
                    vertical,
                    horizontal,
                }),
                _ => Modes::Unknown,
            }
        })
    }

    /// The modes of one axis of a separable PSF, unless its reach makes them too many.
    fn axis(&self, taps: &[f64], axis: usize) -> Option<AxisModes<T>> {
        let length = self.size()[axis];
        let tile = if length <= LONGEST_BASIS {
            length
        } else {
            TILE
        };
        if tile < length && taps.len() > tile / 4 {
            return None;
        }
        let centre = self.psf.centre[axis];
        let mut key = vec![self.boundary as u64, tile as u64, centre as u64];
        key.extend(taps.iter().map(|tap| tap.to_bits()));
        let basis = Basis::cached(key, || {
            let mut matrix = Array2::zeros((tile, tile));
            for i in 0..tile {
                for (t, tap) in taps.iter().enumerate() {
                    let index = i as isize - (t as isize - centre as isize);
                    matrix[[i, self.boundary.source(index, tile)]] += tap;
                }
            }
            matrix
        });
        Some(AxisModes::new(basis, length))
    }

    /// λmax on a picture no larger than the PSF makes necessary: the leading mode is nearly constant,
    /// or lives at the edges.
    fn estimate_lambda_max(&self) -> f64 {
        let [height, width] = [0, 1].map(|axis| {
            let reach = 2 * self.psf.values.len_of(Axis(axis)) + 32;
            self.size()[axis].min(reach)
        });
        let convolution = Convolution::<T>::new(&self.psf, [height, width], self.boundary);
        // Constant, with some texture should the PSF annihilate constants.
        let start = Array2::from_shape_fn((height, width), |(i, j)| {
            T::rounded(1.0 + 1e-2 * (((i * 7 + j * 13) % 11) as f64 - 5.0))
        });
        let mut y = start.clone();
        let Ok(largest) = largest_eigenvalue(start, |x, out| {
            convolution.forward(x.view(), y.view_mut());
            convolution.adjoint(y.view(), out.view_mut());
            Ok::<(), Infallible>(())
        });
        largest
    }

    fn each_channel(
        &self,
        from: ArrayView3<'_, T>,
        mut to: ArrayViewMut3<'_, T>,
        apply: impl Fn(ArrayView2<'_, T>, ArrayViewMut2<'_, T>),
    ) {
        for (from, to) in from.outer_iter().zip(to.outer_iter_mut()) {
            apply(from, to);
        }
    }
}

impl<T: Real> Operator<T> for Blur<T> {
    fn input_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn output_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn measure(&self, x: ArrayView3<'_, T>, out: ArrayViewMut3<'_, T>) -> Result<()> {
        let convolution = self.convolution();
        self.each_channel(x, out, |x, out| convolution.forward(x, out));
        Ok(())
    }

    fn adjoint(
        &self,
        _x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let convolution = self.convolution();
        self.each_channel(u, out, |u, out| convolution.adjoint(u, out));
        Ok(())
    }

    fn is_channelwise(&self) -> bool {
        true
    }

    /// Planes: the kernel's spectrum, two of the plane at work, its gains, one of results.
    fn scratch(&self) -> usize {
        5 * self.shape[1] * self.shape[2]
    }

    fn lambda_max(&self) -> Option<f64> {
        Some(*self.lambda_max.get_or_init(|| match self.modes.get() {
            Some(Modes::Circular(fourier)) => fourier.peak(),
            Some(Modes::Cosine(modes)) => modes.peak(),
            _ => self.estimate_lambda_max(),
        }))
    }

    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        Ok(y.to_owned())
    }

    /// As if the picture wrapped around: wrong at the edges alone.
    fn precondition(&self, mut u: ArrayViewMut3<'_, T>, rho: &Rho) -> Result<()> {
        let circular = self
            .circular
            .get_or_init(|| Fourier::new(&self.psf, self.size(), Boundary::Circular));
        for u in u.outer_iter_mut() {
            circular.invert(u, rho);
        }
        Ok(())
    }

    /// As of a circular blur, whose eigenvalues are the same either way.
    fn precondition_picture(&self, x: ArrayViewMut3<'_, T>, rho: &Rho) -> Result<()> {
        self.precondition(x, rho)
    }

    fn solver(&self) -> Option<&dyn Solver<T>> {
        match self.modes() {
            Modes::Unknown => None,
            _ => Some(self),
        }
    }
}

impl<T: Real> Solver<T> for Blur<T> {
    fn accuracy(&self, gain: &Gain<'_>) -> Option<Accuracy> {
        let exact = match self.modes() {
            Modes::Circular(_) | Modes::Cosine(_) => true,
            Modes::Separable(modes) => {
                gain.is_uniform() && gain.by_eigenvalue(|q| Ok(modes.suits(q))).ok()?
            }
            Modes::Unknown => false,
        };
        exact.then_some(Accuracy::Exact)
    }

    fn correct(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()> {
        match self.modes() {
            Modes::Circular(fourier) => fourier.correct_circular(x, y, gain, check),
            Modes::Cosine(modes) => modes.correct(x, y, gain, check),
            Modes::Separable(modes) => {
                let mut residual = Array2::zeros(self.size());
                for (x, y) in x.outer_iter_mut().zip(y.outer_iter()) {
                    check()?;
                    self.convolution().forward(x.view(), residual.view_mut());
                    ndarray::Zip::from(&mut residual)
                        .and(y)
                        .into_par_iter()
                        .for_each(|(residual, &y)| *residual -= y);
                    gain.by_eigenvalue(|q| modes.correct(x, residual.view(), q, check))?;
                }
                Ok(())
            }
            Modes::Unknown => Err(Error::Internal("this blur has no closed form".into())),
        }
    }
}
