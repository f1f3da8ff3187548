//! For every patch that touches the hole, the known patch most like it.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::super::components::NONE;
use super::level::Level;
use crate::Result;
use crate::math::noise::philox;
use crate::operators::Check;

/// Rows that are searched in order by one task; fixed, so that threads do not change the result.
const BAND: usize = 32;

/// Widest random search on the two finest levels, whose start the coarser ones have found.
const NEARBY: usize = 48;

/// The nearest-neighbour field.
pub(super) struct Field {
    width: usize,
    key: [u32; 2],
    /// For each pixel the middle of the patch most like its own; [`NONE`] where it has no target.
    pub sources: Vec<u32>,
    /// Mean squared difference of the two.
    pub differences: Vec<f32>,
}

/// A band of rows of a field.
struct Band<'a> {
    /// Index of its first pixel.
    start: usize,
    sources: &'a mut [u32],
    differences: &'a mut [f32],
}

impl Field {
    fn new(level: &Level, [seed, depth]: [u64; 2]) -> Self {
        Field {
            width: level.width,
            key: [seed as u32, (seed >> 32) as u32 ^ (depth as u32) << 20],
            sources: vec![NONE; level.pixels.len()],
            differences: vec![0.0; level.pixels.len()],
        }
    }

    /// Any source for every target.
    pub(super) fn random(level: &Level, key: [u64; 2]) -> Self {
        let mut field = Self::new(level, key);
        for index in (0..level.target.len()).filter(|&index| level.target[index]) {
            field.sources[index] = field.any(level, index);
        }
        field
    }

    fn any(&self, level: &Level, index: usize) -> u32 {
        let word = philox([index as u32, 0, 0, u32::MAX], self.key)[0];
        let place = (u64::from(word) * level.sources.len() as u64) >> 32;
        level.sources[place as usize]
    }

    /// What a field of half the size says.
    pub(super) fn finer(level: &Level, coarse: &Field, key: [u64; 2]) -> Self {
        let mut field = Self::new(level, key);
        for index in (0..level.target.len()).filter(|&index| level.target[index]) {
            let (y, x) = (index / level.width, index % level.width);
            // The last row or column of an odd size has no pixel of its own on the coarser level.
            let above = coarse.width;
            let height = coarse.sources.len() / above;
            let (cy, cx) = ((y / 2).min(height - 1), (x / 2).min(above - 1));
            let source = coarse.sources[cy * above + cx];
            let found = (source != NONE).then(|| {
                let (sy, sx) = (source as usize / above, source as usize % above);
                (2 * sy + (y - 2 * cy)) * level.width + 2 * sx + (x - 2 * cx)
            });
            field.sources[index] = match found.filter(|&at| level.source.get(at) == Some(&true)) {
                Some(at) => at as u32,
                None => field.any(level, index),
            };
        }
        field
    }

    /// Brings the differences up to date with the pixels.
    pub(super) fn measure(&mut self, level: &Level) {
        self.bands(0).into_par_iter().for_each(|band| {
            for (place, &source) in band.sources.iter().enumerate() {
                if source != NONE {
                    let index = band.start + place;
                    let difference = level.difference(index, source as usize, f32::INFINITY);
                    band.differences[place] = difference;
                }
            }
        });
    }

    /// Rows in groups, the first of `first` rows (of [`BAND`] if 0).
    fn bands(&mut self, first: usize) -> Vec<Band<'_>> {
        let mut bands = Vec::new();
        let (mut sources, mut differences) = (&mut self.sources[..], &mut self.differences[..]);
        let mut rows = if first == 0 { BAND } else { first };
        let mut start = 0;
        while !sources.is_empty() {
            let size = (rows * self.width).min(sources.len());
            let (own, others) = sources.split_at_mut(size);
            let (measured, rest) = differences.split_at_mut(size);
            bands.push(Band {
                start,
                sources: own,
                differences: measured,
            });
            (sources, differences) = (others, rest);
            start += size;
            rows = BAND;
        }
        bands
    }

    /// One search over all targets, `number` counted over the level: neighbours' offsets are tried, then
    /// random places at halving distances. Odd sweeps run backwards. `check` is asked before every band.
    pub(super) fn sweep(
        &mut self,
        level: &Level,
        [number, depth]: [usize; 2],
        check: Check<'_>,
    ) -> Result<()> {
        let key = self.key;
        let widest = level.height.max(level.width);
        let radius = if depth < 2 {
            widest.min(NEARBY)
        } else {
            widest
        };
        let search = Search {
            level,
            key,
            number: number as u32,
            radius,
        };
        // Every other two sweeps, what stopped at the edges of bands goes on across them.
        let first = if (number / 2).is_multiple_of(2) {
            BAND
        } else {
            BAND / 2
        };
        let bands = self.bands(first);
        bands.into_par_iter().try_for_each(|band| {
            check()?;
            search.run(band);
            Ok(())
        })
    }
}

struct Search<'a> {
    level: &'a Level,
    key: [u32; 2],
    number: u32,
    radius: usize,
}

impl Search<'_> {
    fn run(&self, mut band: Band<'_>) {
        let count = band.sources.len();
        for step in 0..count {
            let backwards = self.number % 2 == 1;
            let place = if backwards { count - 1 - step } else { step };
            if band.sources[place] == NONE {
                continue;
            }
            self.propagate(&mut band, place, backwards);
            self.look_around(&mut band, place);
        }
    }

    fn consider(&self, band: &mut Band<'_>, place: usize, source: usize) {
        if self.level.source.get(source) != Some(&true) || band.sources[place] == source as u32 {
            return;
        }
        let index = band.start + place;
        let best = band.differences[place];
        let difference = self.level.difference(index, source, best);
        if difference < best {
            band.sources[place] = source as u32;
            band.differences[place] = difference;
        }
    }

    /// Tries where the neighbours searched before, in this sweep, have found theirs.
    fn propagate(&self, band: &mut Band<'_>, place: usize, backwards: bool) {
        let width = self.level.width;
        let column = place % width;
        // Sources keep a patch's half side from the borders, so that one step stays in the picture.
        let beside = match backwards {
            false => [
                (column > 0).then(|| (place - 1, 1)),
                place
                    .checked_sub(width)
                    .map(|other| (other, width as isize)),
            ],
            true => [
                (column + 1 < width).then(|| (place + 1, -1)),
                Some((place + width, -(width as isize))),
            ],
        };
        for (other, step) in beside.into_iter().flatten() {
            match band.sources.get(other) {
                Some(&source) if source != NONE => {
                    self.consider(band, place, (source as usize).wrapping_add_signed(step));
                }
                _ => {}
            }
        }
    }

    fn look_around(&self, band: &mut Band<'_>, place: usize) {
        let (height, width) = (self.level.height, self.level.width);
        let index = band.start + place;
        let mut radius = self.radius;
        let mut round = 0;
        while radius > 0 {
            // One counter gives the offsets of four distances.
            let words = philox([index as u32, self.number, round, 0], self.key);
            for word in words {
                if radius == 0 {
                    break;
                }
                let best = band.sources[place] as usize;
                let pick = |middle: usize, size: usize, half: u32| {
                    let low = middle.saturating_sub(radius);
                    let high = (middle + radius).min(size - 1);
                    low + (((high - low + 1) * half as usize) >> 16)
                };
                let y = pick(best / width, height, word >> 16);
                let x = pick(best % width, width, word & 0xffff);
                self.consider(band, place, y * width + x);
                radius /= 2;
            }
            round += 1;
        }
    }
}
