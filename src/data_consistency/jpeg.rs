//! JPEG clean-up: purification and the projection onto the file's quantisation cells in turn.
//!
//! An iterated full cell (`share` 1) fails: purification leans on its walls. No noise is injected. The numbers
//! were tuned on training photos; `docs/MODELS.md` has the gains on Kodak.

use ndarray::Array3;

use crate::Result;
use crate::image::JpegSource;
use crate::operators::QuantizationCells;

/// Rounds of a clean-up: before each projection one posterior mean at σ = c·√t, where t is the
/// [quantisation error](crate::image::JpegSource::quantization_error), both in 0…255 units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CleanUp {
    /// c of each round; as many network calls.
    pub strengths: &'static [f64],
    /// Part of the cell that the projection leaves free.
    pub share: f64,
}

impl CleanUp {
    /// One call.
    pub const FAST: CleanUp = CleanUp {
        strengths: &[6.5],
        share: 0.7,
    };
    /// Four calls.
    pub const DEFAULT: CleanUp = CleanUp {
        strengths: &[9.0, 7.0, 5.0, 4.0],
        share: 0.5,
    };
    /// Eight calls.
    pub const BEST: CleanUp = CleanUp {
        strengths: &[10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.5, 4.0],
        share: 0.5,
    };

    /// σ of each round's network call for `cells`, in 0…255 units.
    pub fn sigmas(&self, cells: &QuantizationCells) -> impl Iterator<Item = f64> {
        let scale = cells.source().quantization_error().sqrt();
        self.strengths.iter().map(move |strength| strength * scale)
    }

    /// Cleans `x`, the file's own pixels (3×H×W, network range, upright), in place. `purify` replaces a picture by
    /// its posterior mean at a noise level σ in the network range.
    ///
    /// # Errors
    /// `InvalidImage` when `x` has another size than the file, and what `purify` says; `x` is then half done.
    pub fn run(
        &self,
        x: &mut Array3<f32>,
        cells: &QuantizationCells,
        purify: &mut dyn FnMut(&mut Array3<f32>, f64) -> Result<()>,
    ) -> Result<()> {
        for sigma in self.sigmas(cells) {
            purify(x, sigma / 127.5)?;
            cells.project(x.view_mut(), self.share)?;
        }
        Ok(())
    }
}

/// The noise σ (0…255 units) to assume when a cleaned JPEG picture is deblurred or enlarged: 2.1 at quality 90, 3.4 at 75.
///
/// The tables know it. A noise estimate of the cleaned picture finds nothing and costs 4.8 dB. Training crops, dB
/// over the input, without and with cleaning: Gaussian blur of 2 px, quality 75: 1.43, 2.22; motion of 15 px:
/// 3.25, 4.28 (at 90: 2.73, 2.74 and 5.48, 5.72); enlarged ×2 from 75, over bicubic: −0.12, 0.26.
pub fn noise_after_clean_up(source: &JpegSource) -> f64 {
    1.6 + 0.75 * source.quantization_error()
}
