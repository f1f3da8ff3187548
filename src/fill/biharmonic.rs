//! Smooth surfaces over holes.

use ndarray::{Array3, ArrayView2, ArrayView3};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::components::{NONE, Region, neighbours, regions};
use super::multigrid::{Colour, Multigrid};
use super::{check_hole, split_by_width};
use crate::Result;
use crate::operators::Check;

/// The equation a smooth fill obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Δu = 0: a membrane, without overshoot however wide the hole.
    Harmonic,
    /// Δ²u = 0: a thin plate, which carries slopes on into the hole (S. Damelin and N. Hoang, "On Surface
    /// Completion and Image Inpainting by Biharmonic Functions", 2018).
    Biharmonic,
}

/// Accuracy of the solution relative to its start, in the norm that conjugate gradients measure.
const ACCURACY: f64 = 1e-7;

/// Most conjugate-gradient steps; what a hole of any shape needs is far below.
const MOST_STEPS: usize = 400;

/// The start that a restoration of holes goes out from: biharmonic where a hole is at most `diameter`
/// pixels across, and harmonic in holes with a wider place, over which a plate would swing out.
///
/// # Errors
/// As [`fill_surface`].
pub fn smooth_start(
    picture: &mut Array3<f32>,
    hole: ArrayView2<'_, bool>,
    diameter: f64,
    check: Check<'_>,
) -> Result<()> {
    check_hole(picture.view(), hole)?;
    let (_, wide) = split_by_width(hole, diameter);
    let surface = |region: &Region| {
        let hole = &region.pixels[..region.hole];
        match hole.iter().any(|&[y, x]| wide[[y as usize, x as usize]]) {
            true => Surface::Harmonic,
            false => Surface::Biharmonic,
        }
    };
    fill_with(picture, hole, surface, check)
}

/// Fills the hole of a picture (3×H×W, finite) with a smooth surface that the known pixels hold at its
/// edges. At the picture's borders the surface is mirrored. Values stay within those of the known pixels
/// of each channel. The time grows in proportion to the pixels of the hole, the separate holes are
/// solved in parallel. `check` is asked at every step of the solution whether to go on; the picture is
/// unchanged if not.
///
/// # Errors
/// `InvalidImage` when the sizes differ; `InvalidOption` (`mask`) when no pixel is known; what
/// `check` gives.
pub fn fill_surface(
    picture: &mut Array3<f32>,
    hole: ArrayView2<'_, bool>,
    surface: Surface,
    check: Check<'_>,
) -> Result<()> {
    check_hole(picture.view(), hole)?;
    fill_with(picture, hole, |_| surface, check)
}

fn fill_with(
    picture: &mut Array3<f32>,
    hole: ArrayView2<'_, bool>,
    surface: impl Fn(&Region) -> Surface + Sync,
    check: Check<'_>,
) -> Result<()> {
    let limits: Vec<(f32, f32)> = picture
        .outer_iter()
        .map(|plane| {
            plane
                .iter()
                .zip(hole)
                .filter(|(_, fill)| !**fill)
                .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), (v, _)| {
                    (low.min(*v), high.max(*v))
                })
        })
        .collect();
    let regions = regions(hole);
    let solve = |region: &Region| {
        let known = Known {
            picture: picture.view(),
            hole,
        };
        match surface(region) {
            Surface::Harmonic => harmonic(region, &known, check),
            Surface::Biharmonic => biharmonic(region, &known, check),
        }
    };
    let solutions: Vec<Vec<Colour>> = regions.par_iter().map(solve).collect::<Result<_>>()?;
    for (region, solution) in regions.iter().zip(solutions) {
        for (&[y, x], colour) in region.pixels.iter().zip(solution) {
            for (c, &(low, high)) in limits.iter().enumerate() {
                picture[[c, y as usize, x as usize]] = (colour[c] as f32).max(low).min(high);
            }
        }
    }
    Ok(())
}

/// The known pixels.
struct Known<'a> {
    picture: ArrayView3<'a, f32>,
    hole: ArrayView2<'a, bool>,
}

impl Known<'_> {
    fn size(&self) -> (usize, usize) {
        self.hole.dim()
    }

    /// The colour of a known pixel less `offset`, 0 in the hole.
    fn get(&self, [y, x]: [usize; 2], offset: Colour) -> Colour {
        match self.hole[[y, x]] {
            true => [0.0; 3],
            false => std::array::from_fn(|c| f64::from(self.picture[[c, y, x]]) - offset[c]),
        }
    }

    /// The Laplacian (Σ over neighbours of own − neighbour) of what [`get`](Self::get) gives.
    fn laplacian(&self, at: [usize; 2], offset: Colour) -> Colour {
        let own = self.get(at, offset);
        let mut sum = [0.0; 3];
        for (_, beside) in neighbours(at.into(), self.size()) {
            let other = self.get(beside, offset);
            (0..3).for_each(|c| sum[c] += own[c] - other[c]);
        }
        sum
    }

    /// The mean of the known pixels beside a region: the solution's offset, so that what is solved for is
    /// small.
    fn mean(&self, region: &Region) -> Colour {
        let beside = &region.pixels[region.hole..];
        let mut mean = [0.0; 3];
        for &[y, x] in beside {
            let colour = self.get([y as usize, x as usize], [0.0; 3]);
            (0..3).for_each(|c| mean[c] += colour[c] / beside.len() as f64);
        }
        mean
    }
}

/// L u = 0 in the hole.
fn harmonic(region: &Region, known: &Known<'_>, check: Check<'_>) -> Result<Vec<Colour>> {
    let offset = known.mean(region);
    let right = region.pixels[..region.hole]
        .iter()
        .map(|at| known.laplacian(at.map(|side| side as usize), offset))
        .map(|colour| colour.map(|value| -value))
        .collect();
    let multigrid = Multigrid::new(region);
    solve(right, offset, &mut Membrane { multigrid }, check)
}

/// L² u = 0 in the hole, L being the Laplacian of the whole picture.
fn biharmonic(region: &Region, known: &Known<'_>, check: Check<'_>) -> Result<Vec<Colour>> {
    let offset = known.mean(region);
    let right = region.pixels[..region.hole]
        .iter()
        .map(|at| {
            let at = at.map(|side| side as usize);
            let own = known.laplacian(at, offset);
            let mut sum = [0.0; 3];
            for (_, beside) in neighbours(at.into(), known.size()) {
                let other = known.laplacian(beside, offset);
                (0..3).for_each(|c| sum[c] += other[c] - own[c]);
            }
            sum
        })
        .collect();
    let mut plate = Plate {
        region,
        multigrid: Multigrid::new(region),
        inner: vec![[0.0; 3]; region.pixels.len()],
    };
    solve(right, offset, &mut plate, check)
}

/// A symmetric positive definite system with a preconditioner.
trait System {
    fn apply(&mut self, v: &[Colour], out: &mut [Colour]);
    fn precondition(&mut self, r: &[Colour], out: &mut [Colour]);
}

struct Membrane {
    multigrid: Multigrid,
}

impl System for Membrane {
    fn apply(&mut self, v: &[Colour], out: &mut [Colour]) {
        self.multigrid.apply(v, out);
    }

    fn precondition(&mut self, r: &[Colour], out: &mut [Colour]) {
        self.multigrid.solve(r, out);
    }
}

/// L² restricted to the hole is (L restricted)² plus what passes through the known pixels beside it, so
/// that two multigrid cycles precondition it.
struct Plate<'a> {
    region: &'a Region,
    multigrid: Multigrid,
    inner: Vec<Colour>,
}

impl System for Plate<'_> {
    fn apply(&mut self, v: &[Colour], out: &mut [Colour]) {
        let count = self.region.hole;
        self.multigrid.apply(v, &mut self.inner[..count]);
        let beside = &self.region.neighbours[count..];
        for (value, beside) in self.inner[count..].iter_mut().zip(beside) {
            *value = [0.0; 3];
            for &other in beside.iter().filter(|other| **other != NONE) {
                (0..3).for_each(|c| value[c] -= v[other as usize][c]);
            }
        }
        for (index, out) in out.iter_mut().enumerate() {
            let degree = f64::from(self.region.degrees[index]);
            *out = self.inner[index].map(|value| degree * value);
            for &other in &self.region.neighbours[index] {
                if other != NONE {
                    (0..3).for_each(|c| out[c] -= self.inner[other as usize][c]);
                }
            }
        }
    }

    fn precondition(&mut self, r: &[Colour], out: &mut [Colour]) {
        let inner = &mut self.inner[..r.len()];
        self.multigrid.solve(r, inner);
        self.multigrid.solve(inner, out);
    }
}

/// Preconditioned conjugate gradients, each channel with steps of its own; `offset` is added to the
/// solution. In `f64`, since the conditioning of a plate grows with the fourth power of its width.
fn solve(
    mut residual: Vec<Colour>,
    offset: Colour,
    system: &mut impl System,
    check: Check<'_>,
) -> Result<Vec<Colour>> {
    let size = residual.len();
    let mut solution = vec![[0.0; 3]; size];
    let mut image = vec![[0.0; 3]; size];
    let mut preconditioned = vec![[0.0; 3]; size];
    system.precondition(&residual, &mut preconditioned);
    let mut direction = preconditioned.clone();
    let mut square = dot(&residual, &preconditioned);
    let goal = square.map(|square| square * ACCURACY * ACCURACY);
    for _ in 0..MOST_STEPS {
        if (0..3).all(|c| square[c] <= goal[c]) {
            break;
        }
        check()?;
        system.apply(&direction, &mut image);
        let curvature = dot(&direction, &image);
        let length: Colour = std::array::from_fn(|c| quotient(square[c], curvature[c]));
        for index in 0..size {
            for c in 0..3 {
                solution[index][c] += length[c] * direction[index][c];
                residual[index][c] -= length[c] * image[index][c];
            }
        }
        system.precondition(&residual, &mut preconditioned);
        let left = dot(&residual, &preconditioned);
        let kept: Colour = std::array::from_fn(|c| quotient(left[c], square[c]));
        for (direction, new) in direction.iter_mut().zip(&preconditioned) {
            (0..3).for_each(|c| direction[c] = new[c] + kept[c] * direction[c]);
        }
        square = left;
    }
    for colour in &mut solution {
        (0..3).for_each(|c| colour[c] += offset[c]);
    }
    Ok(solution)
}

/// 0 where a channel has come to its end.
fn quotient(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { 0.0 }
}

fn dot(a: &[Colour], b: &[Colour]) -> Colour {
    a.iter().zip(b).fold([0.0; 3], |sum, (a, b)| {
        std::array::from_fn(|c| sum[c] + a[c] * b[c])
    })
}
