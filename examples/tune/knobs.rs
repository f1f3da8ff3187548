//! The constants of a preset, one by one.

use dcdp::request::Constants;
use dcdp::testing::plan::{Data, Preset, Strengths};

use crate::measure::{Row, Stored};

/// One constant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Knob {
    Rounds,
    Start,
    End,
    /// A factor on all multiples of √t2.
    Multiples,
    Weight,
    NoisyWeight,
    Faint,
    JpegWeight,
    Share,
    Relaxation,
}

impl Knob {
    /// In the order of the search.
    pub const ALL: [Knob; 10] = [
        Knob::Weight,
        Knob::NoisyWeight,
        Knob::Faint,
        Knob::JpegWeight,
        Knob::End,
        Knob::Start,
        Knob::Multiples,
        Knob::Share,
        Knob::Relaxation,
        Knob::Rounds,
    ];

    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Knob::Rounds => "rounds",
            Knob::Start => "first σ",
            Knob::End => "last σ",
            Knob::Multiples => "factor on the multiples of √t2",
            Knob::Weight => "weight",
            Knob::NoisyWeight => "weight, noise",
            Knob::Faint => "faint noise",
            Knob::JpegWeight => "weight, JPEG",
            Knob::Share => "share of cells",
            Knob::Relaxation => "relaxation",
        }
    }

    /// Its value in a preset, `None` where it has no part in the result.
    pub fn of(self, preset: &Preset) -> Option<f64> {
        match (self, preset.strengths, preset.data) {
            (_, Strengths::Noise, _) => None,
            (Knob::Rounds, Strengths::Log { .. }, _) => Some(preset.rounds as f64),
            (Knob::Start, Strengths::Log { start, .. }, _) => Some(start),
            (Knob::End, Strengths::Log { end, .. }, _) => Some(end),
            (Knob::Multiples, Strengths::Quantisation(_), _) => Some(1.0),
            (Knob::Weight, _, Data::Proximal { weight, .. }) => Some(weight),
            (Knob::NoisyWeight, _, Data::Proximal { noisy_weight, .. }) => Some(noisy_weight),
            // 0 means that it has no part.
            (Knob::Faint, _, Data::Proximal { faint, .. }) => (faint > 0.0).then_some(faint),
            (Knob::JpegWeight, _, Data::Proximal { jpeg_weight, .. }) => Some(jpeg_weight),
            (Knob::Share, _, Data::Cells { share }) => Some(share),
            // The last round has none.
            (Knob::Relaxation, _, _) if preset.rounds > 1 => Some(preset.relaxation),
            _ => None,
        }
    }

    /// Gives it a value in place of the preset's.
    pub fn set(self, value: f64, preset: &Preset, constants: &mut Constants) {
        match (self, preset.strengths) {
            (Knob::Rounds, _) => constants.rounds = Some(value as usize),
            (Knob::Start, _) => constants.start = Some(value),
            (Knob::End, _) => constants.end = Some(value),
            (Knob::Multiples, Strengths::Quantisation(multiples)) => {
                let multiples: Vec<f64> = multiples.iter().map(|c| c * value).collect();
                // A few numbers of a short run.
                constants.multiples = Some(multiples.leak());
            }
            (Knob::Multiples, _) => {}
            (Knob::Weight, _) => constants.weight = Some(value),
            (Knob::NoisyWeight, _) => constants.noisy_weight = Some(value),
            (Knob::Faint, _) => constants.faint = Some(value),
            (Knob::JpegWeight, _) => constants.jpeg_weight = Some(value),
            (Knob::Share, _) => constants.share = Some(value),
            (Knob::Relaxation, _) => constants.relaxation = Some(value),
        }
    }

    /// The value a step below and that a step above.
    pub fn beside(self, value: f64) -> [f64; 2] {
        match self {
            Knob::Rounds => [(value / 1.5).round().max(1.0), (value * 1.5).round()],
            Knob::Share => [value - 0.15, (value + 0.15).min(1.0)],
            Knob::Relaxation => [value - 0.2, value + 0.2],
            Knob::Multiples => [value / 1.2, value * 1.2],
            Knob::Start
            | Knob::End
            | Knob::Weight
            | Knob::NoisyWeight
            | Knob::Faint
            | Knob::JpegWeight => [value / 1.5, value * 1.5],
        }
    }

    /// Whether it has a part in what a row gives.
    pub fn counts_in(self, row: &Row) -> bool {
        let jpeg = matches!(row.stored, Stored::Jpeg(_));
        match self {
            Knob::Weight => !jpeg && row.noise == 0.0,
            Knob::NoisyWeight | Knob::Faint => !jpeg && row.noise > 0.0,
            Knob::JpegWeight => jpeg,
            _ => true,
        }
    }

    /// Whether more of it costs more time, so that the best is no matter of decibels alone.
    pub fn costs(self) -> bool {
        self == Knob::Rounds
    }
}
