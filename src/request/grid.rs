//! Blur kernels on a pixel grid that is not the full-size, square one they are given for: a host renders a proxy, or
//! pixels that are not square.

use ndarray::{Array2, ArrayView2};

use super::options::Options;
use super::parameters::{Id, Kind};
use crate::Result;
use crate::image::read_kernel;
use crate::operators::kernels;

/// Pixels of the picture per pixel of a full-size picture with square pixels, along x and y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Along x.
    pub x: f64,
    /// Along y.
    pub y: f64,
}

impl Grid {
    /// The grid of a picture rendered at `scale` (along x and y, 1 is full size), of pixels `aspect` times as wide as high;
    /// an aspect that is not positive is taken for 1.
    pub fn new(scale: [f64; 2], aspect: f64) -> Self {
        let aspect = if aspect > 0.0 { aspect } else { 1.0 };
        Grid {
            x: scale[0] / aspect,
            y: scale[1],
        }
    }

    fn is_full(self) -> bool {
        (self.x, self.y) == (1.0, 1.0)
    }
}

/// Rewrites the blur of `options`, given for the full-size grid, for `grid`. A Gaussian or a disk that is no longer round
/// becomes a kernel of its own; what is looked for in the picture has its grid already.
///
/// # Errors
/// What reading the kernel file gives.
pub fn adapt(options: &mut Options, grid: Grid) -> Result<()> {
    if grid.is_full() {
        return Ok(());
    }
    match options.text(Id::Blur) {
        "gaussian" => {
            let sigma = options.number(Id::BlurSigma);
            // Below its least a Gaussian is no blur on the grid.
            let [least, _] = range(Id::BlurSigma);
            let [x, y] = [sigma * grid.x, sigma * grid.y].map(|sigma| sigma.max(least));
            if x == y {
                set(options, Id::BlurSigma, x)?;
            } else {
                options.set_string("blur", "kernel")?;
                options.set_kernel(Some(gaussian(x, y)))?;
            }
        }
        "motion" => {
            let angle = options.number(Id::BlurAngle).to_radians();
            let length = options.number(Id::BlurLength);
            let (x, y) = (length * angle.cos() * grid.x, length * angle.sin() * grid.y);
            set(options, Id::BlurLength, x.hypot(y))?;
            set(options, Id::BlurAngle, y.atan2(x).to_degrees())?;
        }
        "disk" => {
            let radius = options.number(Id::BlurRadius);
            if grid.x == grid.y {
                set(options, Id::BlurRadius, radius * grid.x)?;
            } else {
                replace(options, kernels::disk(radius)?, grid)?;
            }
        }
        "random" => {
            let seed = options.integer(Id::Seed).max(0) as u64;
            replace(options, kernels::random(seed), grid)?;
        }
        "kernel" => {
            let path = options.text(Id::Kernel);
            if !path.is_empty() {
                let psf = read_kernel(path.as_ref())?;
                options.set_kernel(Some(resample(psf.view(), grid)))?;
            }
        }
        // What is estimated in the picture as it is has its grid.
        _ => {}
    }
    Ok(())
}

/// Sets a number to the nearest that the table allows.
fn set(options: &mut Options, id: Id, value: f64) -> Result<()> {
    let [least, most] = range(id);
    options.set_number(id.name(), value.clamp(least, most))
}

/// What the table allows of a number.
fn range(id: Id) -> [f64; 2] {
    match id.parameter().kind {
        Kind::Number {
            minimum, maximum, ..
        } => [minimum, maximum],
        _ => [f64::NEG_INFINITY, f64::INFINITY],
    }
}

/// Makes `psf`, which is for the full-size grid, the kernel.
fn replace(options: &mut Options, psf: Array2<f64>, grid: Grid) -> Result<()> {
    let psf = psf.mapv(|value| value as f32);
    options.set_string("blur", "kernel")?;
    options.set_kernel(Some(resample(psf.view(), grid)))
}

/// A Gaussian with different widths along x and y, cut off at 4σ.
fn gaussian(x: f64, y: f64) -> Array2<f32> {
    let radius = |sigma: f64| (4.0 * sigma + 0.5) as usize;
    let (rx, ry) = (radius(x), radius(y));
    Array2::from_shape_fn((2 * ry + 1, 2 * rx + 1), |(row, column)| {
        let (dx, dy) = (column as f64 - rx as f64, row as f64 - ry as f64);
        (-0.5 * ((dx / x).powi(2) + (dy / y).powi(2))).exp() as f32
    })
}

/// The same point-spread function on another grid, its centre pixel still the centre; sides of the
/// result are odd.
fn resample(psf: ArrayView2<'_, f32>, grid: Grid) -> Array2<f32> {
    let rows = shares(psf.nrows(), grid.y);
    let columns = shares(psf.ncols(), grid.x);
    rows.dot(&psf).dot(&columns.t())
}

/// How much of each old pixel (column) each new one (row) gets, along one axis: a triangle around the
/// old pixel's place, as wide as a pixel of the coarser grid. It keeps mass and, to a tenth of a pixel,
/// place, so that nothing is shifted. The centre of the old pixels is pixel ⌊n/2⌋.
fn shares(length: usize, scale: f64) -> Array2<f32> {
    let centre = (length / 2) as f64;
    let width = scale.max(1.0);
    let radius = (centre * scale + width).ceil() as usize - 1;
    let mut shares = Array2::from_shape_fn((2 * radius + 1, length), |(new, old)| {
        let distance = new as f64 - radius as f64 - (old as f64 - centre) * scale;
        (1.0 - distance.abs() / width).max(0.0) as f32
    });
    for mut column in shares.columns_mut() {
        let total = column.sum();
        column /= total;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(psf: &Array2<f32>) -> [f64; 4] {
        let centre = [psf.ncols() / 2, psf.nrows() / 2].map(|n| n as f64);
        let total: f64 = psf.iter().map(|&value| f64::from(value)).sum();
        let mut sums = [0.0; 4];
        for ((row, column), &value) in psf.indexed_iter() {
            let (dx, dy) = (column as f64 - centre[0], row as f64 - centre[1]);
            let weight = f64::from(value) / total;
            for (sum, power) in sums.iter_mut().zip([dx, dy, dx * dx, dy * dy]) {
                *sum += weight * power;
            }
        }
        sums
    }

    #[test]
    fn a_gaussian_gets_the_width_of_the_grid() {
        let mut options = Options::new();
        options.set_string("blur", "gaussian").unwrap();
        options.set_number("blur_sigma", 3.0).unwrap();
        adapt(&mut options, Grid::new([0.5, 0.5], 1.0)).unwrap();
        assert_eq!(options.number(Id::BlurSigma), 1.5);
        assert!(options.kernel().is_none());

        let mut options = Options::new();
        options.set_string("blur", "gaussian").unwrap();
        options.set_number("blur_sigma", 3.0).unwrap();
        adapt(&mut options, Grid::new([1.0, 1.0], 2.0)).unwrap();
        let [_, _, x, y] = moments(&options.kernel().unwrap());
        assert!((x.sqrt() - 1.5).abs() < 0.01 && (y.sqrt() - 3.0).abs() < 0.01);
    }

    #[test]
    fn a_motion_keeps_its_direction_on_the_screen() {
        let mut options = Options::new();
        options.set_string("blur", "motion").unwrap();
        options.set_number("blur_length", 20.0).unwrap();
        options.set_number("blur_angle", 45.0).unwrap();
        adapt(&mut options, Grid::new([1.0, 1.0], 2.0)).unwrap();
        let angle = options.number(Id::BlurAngle);
        assert!((angle.to_radians().tan() - 2.0).abs() < 1e-9);
        assert!((options.number(Id::BlurLength) - 10.0 * 2.5_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn a_disk_becomes_an_ellipse() {
        let disk = |grid| {
            let mut options = Options::new();
            options.set_string("blur", "disk").unwrap();
            options.set_number("blur_radius", 8.0).unwrap();
            adapt(&mut options, grid).unwrap();
            options
        };
        let options = disk(Grid::new([0.5, 0.5], 1.0));
        assert_eq!(options.number(Id::BlurRadius), 4.0);
        assert!(options.kernel().is_none());
        // A disk has the standard deviation r/2 along either axis.
        let options = disk(Grid::new([1.0, 1.0], 2.0));
        let [_, _, x, y] = moments(&options.kernel().unwrap());
        assert!((x.sqrt() - 2.0).abs() < 0.1 && (y.sqrt() - 4.0).abs() < 0.1);
    }

    #[test]
    fn an_estimate_needs_no_grid() {
        let mut options = Options::new();
        let before = options.named_values();
        adapt(&mut options, Grid::new([0.5, 0.25], 2.0)).unwrap();
        assert_eq!(options.named_values(), before);
    }

    #[test]
    fn a_kernel_keeps_its_mass_and_its_offset() {
        let mut psf = Array2::zeros((5, 7));
        psf[[1, 5]] = 2.0;
        psf[[2, 3]] = 1.0;
        for grid in [
            Grid { x: 0.5, y: 0.5 },
            Grid { x: 2.0, y: 1.0 },
            Grid { x: 0.3, y: 1.7 },
        ] {
            let other = resample(psf.view(), grid);
            assert!((other.sum() - 3.0).abs() < 1e-5);
            let ([x, y, ..], [x0, y0, ..]) = (moments(&other), moments(&psf));
            assert!((x - x0 * grid.x).abs() < 0.1 && (y - y0 * grid.y).abs() < 0.1);
        }
        assert_eq!(resample(psf.view(), Grid { x: 1.0, y: 1.0 }), psf);
    }
}
