//! A preset's constants, for measuring which are best. No option says them.

/// In place of the preset's own; `None` keeps that, and what the preset has no use for changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Constants {
    /// Rounds K, at least 1.
    pub rounds: Option<usize>,
    /// First σ of strengths even in log σ, 0…255 units.
    pub start: Option<f64>,
    /// Last σ of those.
    pub end: Option<f64>,
    /// Strengths as multiples of √t2, one for each round.
    pub multiples: Option<&'static [f64]>,
    /// w of an exact data step.
    pub weight: Option<f64>,
    /// w of a noisy measurement.
    pub noisy_weight: Option<f64>,
    /// Noise at which that w is twice as large, 0…255 units; 0 for one w at any noise.
    pub faint: Option<f64>,
    /// w of a JPEG source.
    pub jpeg_weight: Option<f64>,
    /// Share of quantisation cells, 0…1.
    pub share: Option<f64>,
    /// Factor on what a purification changes.
    pub relaxation: Option<f64>,
}
