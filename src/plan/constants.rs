//! A preset with other constants than its own.

use super::preset::{Data, Preset, Strengths};
use crate::request::Constants;

impl Preset {
    /// The same with the constants that are given.
    pub fn with(self, constants: &Constants) -> Self {
        let strengths = match self.strengths {
            Strengths::Log { start, end } => Strengths::Log {
                start: constants.start.unwrap_or(start),
                end: constants.end.unwrap_or(end),
            },
            Strengths::Quantisation(multiples) => {
                Strengths::Quantisation(constants.multiples.unwrap_or(multiples))
            }
            strengths => strengths,
        };
        let data = match self.data {
            Data::Proximal {
                weight,
                noisy_weight,
                faint,
                jpeg_weight,
            } => Data::Proximal {
                weight: constants.weight.unwrap_or(weight),
                noisy_weight: constants.noisy_weight.unwrap_or(noisy_weight),
                faint: constants.faint.unwrap_or(faint),
                jpeg_weight: constants.jpeg_weight.unwrap_or(jpeg_weight),
            },
            Data::Cells { share } => Data::Cells {
                share: constants.share.unwrap_or(share),
            },
            data => data,
        };
        Preset {
            rounds: constants.rounds.unwrap_or(self.rounds),
            relaxation: constants.relaxation.unwrap_or(self.relaxation),
            strengths,
            data,
            ..self
        }
    }
}
