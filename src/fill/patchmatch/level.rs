//! One level of the pyramid: pixels, holes, and where patches may come from.

use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};

use super::super::{Surface, distance_to_known, fill_surface};
use crate::Result;
use crate::operators::Check;

/// A pixel: three colours and how textured its surroundings are.
pub(super) type Pixel = [f32; 4];

/// Weight of the texture measure beside the colours.
const TEXTURE: f32 = 2.0;

/// Half side of the window that texture is measured in.
const TEXTURE_REACH: usize = 2;

/// Inscribed radius, in patch sides, at which a hole is no longer made smaller.
const SMALL: f64 = 0.8;

/// Sources below which a picture is no longer made smaller.
const FEW: usize = 200;

pub(super) struct Level {
    pub height: usize,
    pub width: usize,
    /// Half the side of a patch.
    pub half: usize,
    pub pixels: Vec<Pixel>,
    pub hole: Vec<bool>,
    /// Pixels that may be copied.
    pub usable: Vec<bool>,
    /// Whether a patch of nothing but usable pixels lies around each pixel.
    pub source: Vec<bool>,
    /// Those pixels, as indices.
    pub sources: Vec<u32>,
    /// Whether the patch around each pixel holds a pixel of the hole.
    pub target: Vec<bool>,
    /// Weight of what each patch says: higher near the known pixels.
    pub confidence: Vec<f32>,
    /// Largest distance of a pixel of the hole to a known one.
    radius: f64,
}

impl Level {
    /// The whole resolution. `colours` is 3×h×w, `hole` and `usable` h×w.
    pub(super) fn finest(
        colours: ArrayView3<'_, f32>,
        hole: Array2<bool>,
        usable: Array2<bool>,
        half: usize,
    ) -> Self {
        let (_, height, width) = colours.dim();
        let pixel = |index: usize| {
            let at = |c: usize| colours[[c, index / width, index % width]];
            [at(0), at(1), at(2), 0.0]
        };
        let pixels = (0..height * width).map(pixel).collect();
        let usable = usable.into_raw_vec_and_offset().0;
        Self::new([height, width, half], pixels, hole, usable)
    }

    fn new(
        [height, width, half]: [usize; 3],
        pixels: Vec<Pixel>,
        hole: Array2<bool>,
        usable: Vec<bool>,
    ) -> Self {
        let distance = distance_to_known(hole.view());
        let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
        let radius = distance.iter().fold(0.0, |a: f64, &b| a.max(finite(b)));
        let confidence = distance
            .iter()
            .map(|&distance| (-0.25 * finite(distance).min(200.0)).exp() as f32)
            .collect();
        let mut level = Level {
            height,
            width,
            half,
            pixels,
            hole: hole.into_raw_vec_and_offset().0,
            source: Vec::new(),
            sources: Vec::new(),
            target: Vec::new(),
            confidence,
            usable,
            radius,
        };
        let barred: Vec<bool> = level.usable.iter().map(|usable| !usable).collect();
        level.source = level.window_has(&barred);
        for (index, source) in level.source.iter_mut().enumerate() {
            let (y, x) = (index / width, index % width);
            let inside = y >= half && x >= half && y + half < height && x + half < width;
            *source = inside && !*source;
        }
        let sources = level.source.iter().enumerate();
        level.sources = sources
            .filter_map(|(index, &source)| source.then_some(index as u32))
            .collect();
        level.target = level.window_has(&level.hole);
        level.texture();
        level
    }

    /// Whether any of the pixels within `half` of each has the property.
    fn window_has(&self, property: &[bool]) -> Vec<bool> {
        let (width, half) = (self.width, self.half);
        let mut across = vec![false; property.len()];
        for (from, to) in property.chunks(width).zip(across.chunks_mut(width)) {
            for (x, to) in to.iter_mut().enumerate() {
                let reach = x.saturating_sub(half)..(x + half + 1).min(width);
                *to = from[reach].contains(&true);
            }
        }
        let mut both = vec![false; property.len()];
        for (y, to) in both.chunks_mut(width).enumerate() {
            for row in y.saturating_sub(half)..(y + half + 1).min(self.height) {
                let from = &across[row * width..(row + 1) * width];
                to.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
            }
        }
        both
    }

    /// Measures texture where the picture is known: the mean step between neighbours.
    fn texture(&mut self) {
        let (height, width) = (self.height, self.width);
        let mut steps = vec![(0.0_f32, 0.0_f32); self.pixels.len()];
        for (index, sum) in steps.iter_mut().enumerate() {
            let beside = [
                (index % width + 1 < width).then_some(index + 1),
                (index + width < self.pixels.len()).then_some(index + width),
            ];
            for other in beside.into_iter().flatten() {
                if !self.hole[index] && !self.hole[other] {
                    let (a, b) = (self.pixels[index], self.pixels[other]);
                    let step: f32 = (0..3).map(|c| (a[c] - b[c]).abs()).sum();
                    sum.0 += step / 3.0;
                    sum.1 += 1.0;
                }
            }
        }
        let reach = |at: usize, end: usize| {
            at.saturating_sub(TEXTURE_REACH)..(at + TEXTURE_REACH + 1).min(end)
        };
        let sum = |values: &mut dyn Iterator<Item = (f32, f32)>| {
            values.fold((0.0, 0.0), |sum, value| (sum.0 + value.0, sum.1 + value.1))
        };
        let across: Vec<(f32, f32)> = (0..steps.len())
            .map(|index| {
                let row = index / width * width;
                sum(&mut reach(index % width, width).map(|x| steps[row + x]))
            })
            .collect();
        for index in 0..self.pixels.len() {
            let column = index % width;
            let rows = reach(index / width, height);
            let (step, count) = sum(&mut rows.map(|y| across[y * width + column]));
            self.pixels[index][3] = TEXTURE * step / count.max(1.0);
        }
    }

    /// Half the size; `None` when the hole is small enough or little would be left to copy from.
    pub(super) fn coarser(&self) -> Option<Level> {
        let (height, width) = (self.height / 2, self.width / 2);
        let side = (2 * self.half + 1) as f64;
        if self.radius <= SMALL * side || height.min(width) < 4 * self.half + 2 {
            return None;
        }
        let mut hole = Array2::from_elem((height, width), false);
        let mut usable = vec![true; height * width];
        let mut pixels = vec![[0.0; 4]; height * width];
        for index in 0..height * width {
            let (y, x) = (index / width, index % width);
            let mut count = 0.0;
            for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let from = (2 * y + i) * self.width + 2 * x + j;
                hole[[y, x]] |= self.hole[from];
                usable[index] &= self.usable[from];
                if !self.hole[from] {
                    count += 1.0;
                    (0..3).for_each(|c| pixels[index][c] += self.pixels[from][c]);
                }
            }
            pixels[index] = pixels[index].map(|value| value / f32::max(count, 1.0));
        }
        let level = Level::new([height, width, self.half], pixels, hole, usable);
        (level.sources.len() >= FEW && level.hole.contains(&false)).then_some(level)
    }

    /// Fills the hole smoothly, texture included.
    pub(super) fn start(&mut self, check: Check<'_>) -> Result<()> {
        let (height, width) = (self.height, self.width);
        let hole = Array2::from_shape_fn((height, width), |(y, x)| self.hole[y * width + x]);
        for channels in [[0, 1, 2], [3, 3, 3]] {
            let mut planes = Array3::from_shape_fn((3, height, width), |(c, y, x)| {
                self.pixels[y * width + x][channels[c]]
            });
            fill_surface(&mut planes, hole.view(), Surface::Harmonic, check)?;
            for ((c, y, x), &value) in planes.indexed_iter() {
                self.pixels[y * width + x][channels[c]] = value;
            }
        }
        Ok(())
    }

    /// Moves the colours of the hole towards those of `guide` by a part of the way; texture stays.
    pub(super) fn pull(&mut self, guide: &[Pixel], part: f32) {
        for (pixel, guide) in self.pixels.iter_mut().zip(guide) {
            (0..3).for_each(|c| pixel[c] += part * (guide[c] - pixel[c]));
        }
    }

    /// Puts the pixels of the hole into a picture of the same size.
    pub(super) fn write(&self, picture: &mut ArrayViewMut3<'_, f32>) {
        for (index, pixel) in self.pixels.iter().enumerate() {
            if self.hole[index] {
                let (y, x) = (index / self.width, index % self.width);
                (0..3).for_each(|c| picture[[c, y, x]] = pixel[c]);
            }
        }
    }

    /// How far the patch around a pixel reaches up, left, right and down within the picture.
    pub(super) fn reach(&self, index: usize) -> [usize; 4] {
        let (y, x) = (index / self.width, index % self.width);
        [y, x, self.width - 1 - x, self.height - 1 - y].map(|side| side.min(self.half))
    }

    /// Mean squared difference of the patches around two pixels, as far as the first one's lies in the
    /// picture; infinite when it is not below `bound`.
    pub(super) fn difference(&self, target: usize, source: usize, bound: f32) -> f32 {
        let [up, left, right, down] = self.reach(target);
        let length = left + 1 + right;
        let count = ((up + 1 + down) * length) as f32;
        let bound = bound * count;
        let mut total = 0.0;
        for row in 0..up + 1 + down {
            let start = |at: usize| at - left + row * self.width - up * self.width;
            let (a, b) = (start(target), start(source));
            let mut sums = [0.0_f32; 4];
            for (a, b) in self.pixels[a..a + length]
                .iter()
                .zip(&self.pixels[b..b + length])
            {
                for c in 0..4 {
                    sums[c] += (a[c] - b[c]) * (a[c] - b[c]);
                }
            }
            total += (sums[0] + sums[1]) + (sums[2] + sums[3]);
            if total >= bound {
                return f32::INFINITY;
            }
        }
        total / count
    }
}
