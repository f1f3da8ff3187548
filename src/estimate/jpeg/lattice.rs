//! Whether coefficients lie on the multiples of a quantisation step, and of which.

use rayon::prelude::*;

use super::tables::{self, scaled};
use crate::math::dct8::Block;

/// Largest step that is looked for.
const LARGEST_STEP: usize = 255;
/// Share of coefficients that may lie anywhere: clipped pixels, retouched places.
const OUTLIERS: f64 = 0.1;
/// Standard deviations of noise within which a coefficient is looked for.
const WIDTH: f64 = 5.0;
/// Likelihood ratios are multiplied up to here before the logarithm, which is slow, is taken of their product.
const LARGE: f64 = 1e200;
/// Evidence (natural logarithm of a likelihood ratio) from which one frequency's own step counts: the
/// logarithm of the number of steps that compete, and a little.
const ONE_FREQUENCY: f64 = 8.0;
/// Part of the largest evidence at which a likelier table is preferred: a few outliers weigh on whole tables.
const NEARLY: f64 = 0.8;
/// Least evidence for a whole table, and least mean evidence of a coefficient.
const TABLE: f64 = 60.0;
const COEFFICIENT: f64 = 0.2;
/// Least number of frequencies with evidence of their own: a drawn ramp has a few.
const FREQUENCIES: usize = 5;

/// For each frequency and step, how much likelier coefficients are as multiples of the step with noise on
/// them than as anything: the sum of ln(0.9·q·N(r; s) + 0.1), r the distance to the nearest
/// multiple. Coefficients near 0 fit any step and do not count.
pub struct Evidence {
    /// 64 × steps 1…255.
    scores: Vec<f64>,
    /// Coefficients that count.
    count: usize,
}

/// The steps of one component.
pub struct Steps {
    /// All 64 of them.
    pub table: [u16; 64],
    /// The quality of libjpeg whose table it is, where it is one.
    pub quality: Option<u32>,
    /// Mean evidence of a coefficient, above 0.
    pub evidence: f64,
    /// Evidence of all coefficients together.
    pub total: f64,
}

impl Evidence {
    /// Of DCT coefficients with noise of standard deviation `noise`.
    pub fn new(blocks: &[Block], noise: f64) -> Self {
        let mut scores = vec![0.0; 64 * LARGEST_STEP];
        let peak = (1.0 - OUTLIERS) / (noise * (2.0 * std::f64::consts::PI).sqrt());
        let of_frequency = |(at, scores): (usize, &mut [f64])| {
            let mut count = 0;
            let mut ratios = [1.0_f64; LARGEST_STEP];
            for value in blocks.iter().map(|block| f64::from(block[at])) {
                if value.abs() < 4.0 * noise {
                    continue;
                }
                count += 1;
                // A step of 1 hides below the noise: it says nothing. Beyond the value itself no step fits.
                let reach = LARGEST_STEP.min((value.abs() + WIDTH * noise) as usize);
                let places = ratios.iter_mut().zip(scores.iter_mut());
                for (step, (ratio, score)) in (1..=reach).zip(places).skip(1) {
                    let step = step as f64;
                    let rest = value - step * (value / step).round();
                    if rest.abs() < WIDTH * noise {
                        let likelihood = step * peak * (-0.5 * (rest / noise).powi(2)).exp();
                        *ratio *= 1.0 + likelihood / OUTLIERS;
                        if *ratio > LARGE {
                            *score += ratio.ln();
                            *ratio = 1.0;
                        }
                    }
                }
            }
            let none = count as f64 * OUTLIERS.ln();
            for (score, ratio) in scores.iter_mut().zip(ratios).skip(1) {
                *score += ratio.ln() + none;
            }
            count
        };
        let count = scores
            .par_chunks_exact_mut(LARGEST_STEP)
            .enumerate()
            .map(of_frequency)
            .sum();
        Self { scores, count }
    }

    fn of(&self, at: usize, step: u16) -> f64 {
        self.scores[at * LARGEST_STEP + usize::from(step) - 1]
    }

    fn total(&self, table: &[u16; 64]) -> f64 {
        (0..64).map(|at| self.of(at, table[at])).sum()
    }

    /// The best table: `expected` (a quality) or another of libjpeg's where that explains nearly as much as any, else one
    /// step per frequency, with those of `standard` at a fitting scale where a frequency is silent.
    /// `None` when the coefficients lie on no lattice.
    pub fn steps(&self, standard: &[u16; 64], expected: Option<u32>) -> Option<Steps> {
        let of_quality = |quality: u32| {
            let table = scaled(standard, quality);
            (self.total(&table), table, Some(quality))
        };
        let (free, own) = self.own_table(standard)?;
        let known = (1..=100)
            .map(of_quality)
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        let mut best = match NEARLY * free > known.0 {
            true => (free, own, None),
            false => known,
        };
        if let Some(expected) = expected.map(of_quality)
            && expected.0 > NEARLY * best.0
        {
            best = expected;
        }
        let (total, table, quality) = best;
        let evidence = total / self.count.max(1) as f64;
        (total >= TABLE && evidence >= COEFFICIENT).then_some(Steps {
            table,
            quality,
            evidence,
            total,
        })
    }

    /// One step per frequency, and the evidence less what choosing each costs; `None` where too few frequencies
    /// have any.
    fn own_table(&self, standard: &[u16; 64]) -> Option<(f64, [u16; 64])> {
        let best = |at: usize| {
            let steps = (1..=LARGEST_STEP as u16).map(|step| (self.of(at, step), step));
            steps.max_by(|a, b| a.0.total_cmp(&b.0))
        };
        let found: Vec<Option<(f64, u16)>> = (0..64)
            .map(|at| best(at).filter(|(score, _)| *score > ONE_FREQUENCY))
            .collect();
        let mut scales: Vec<f64> = (found.iter().zip(standard))
            .filter_map(|(found, &entry)| Some(f64::from(found.as_ref()?.1) / f64::from(entry)))
            .collect();
        scales.sort_by(f64::total_cmp);
        let scale = scales.get(scales.len() / 2).copied().unwrap_or(1.0);
        let table = std::array::from_fn(|at| match found[at] {
            Some((_, step)) => step,
            None => (scale * f64::from(standard[at])).round().clamp(1.0, 255.0) as u16,
        });
        let total = found
            .iter()
            .flatten()
            .map(|(score, _)| score - ONE_FREQUENCY)
            .sum();
        (scales.len() >= FREQUENCIES).then_some((total, table))
    }
}

/// The steps of luma blocks.
pub fn luma(blocks: &[Block]) -> Option<Steps> {
    // Rounding luma, then red, green and blue, to whole codes: √(0.29² + 0.19²).
    Evidence::new(blocks, 0.35).steps(&tables::LUMA, None)
}

/// The steps of chroma blocks, likely of luma's quality; rounding, and undoing the decoder's interpolation, leave a little more noise.
pub fn chroma(blocks: &[Block], quality: Option<u32>) -> Option<Steps> {
    Evidence::new(blocks, 0.5).steps(&tables::CHROMA, quality)
}
