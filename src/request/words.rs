//! The words of the parameter table's choices, and what they mean.

use super::typed::{Approach, Fill, PresetName, Source, StepKind, TaskKind};
use crate::data_consistency::Optimizer;
use crate::diffusion::{Sampler, Schedule};
use crate::estimate::blur::Light;
use crate::image::Transfer;
use crate::operators::Boundary;
use crate::runtime::Device;

/// An enumeration with a canonical word for each value.
pub trait Words: Sized + Copy + PartialEq + 'static {
    /// Every value with its word.
    const WORDS: &'static [(Self, &'static str)];

    /// The value of a word; `None` for any other, such as `auto`.
    fn of_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(_, name)| *name == word);
        found.map(|(value, _)| *value)
    }

    /// The canonical word.
    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(value, _)| *value == self);
        found.map_or("auto", |(_, word)| word)
    }
}

/// The canonical word of a value, for messages and reports.
pub fn word<T: Words>(value: T) -> &'static str {
    value.word()
}

macro_rules! words {
    ($($type:ty: $($value:ident $word:literal)*;)*) => {
        $(impl Words for $type {
            const WORDS: &'static [(Self, &'static str)] = &[$((<$type>::$value, $word)),*];
        })*
    };
}

words! {
    TaskKind: Denoise "denoise" Dejpeg "dejpeg" Deblur "deblur" Inpaint "inpaint" SuperResolve "super-resolve";
    PresetName: Default "default" Fast "fast" Best "best" Paper "paper";
    Light: Linear "linear" Encoded "encoded";
    Source: Sharp "sharp" Soft "soft";
    Fill: Prior "prior" Patch "patch" Automatic "auto";
    StepKind: Proximal "proximal" Gradient "gradient";
    Approach: Latent "latent" Pixel "pixel";
    Optimizer: Sgd "sgd" Adam "adam";
    Sampler: Ddim "ddim" Ddpm "ddpm" Tweedie "tweedie" Consistency "consistency";
    Schedule: Linear "linear" Constant "constant" Cosine "cosine" BiasT0 "bias_t0" BiasT1 "bias_t1"
        ReverseCosine "reverse_cosine" Log "log";
    Transfer: Srgb "srgb" Linear "linear";
    Boundary: Reflect "reflect" Symmetric "symmetric" Circular "circular";
    Device: Auto "auto" Cpu "cpu" Cuda "cuda" DirectMl "directml" CoreMl "coreml"
        OpenVino "openvino" OpenVinoGpu "openvino-gpu" OpenVinoNpu "openvino-npu";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::parameters::{Id, Kind};

    /// Every word of a choice means something, apart from `auto`.
    fn covers<T: Words>(id: Id) {
        let Kind::Choice { choices, .. } = id.parameter().kind else {
            panic!("{} is no choice", id.name());
        };
        for word in choices.iter().filter(|word| **word != "auto") {
            let value = T::of_word(word).unwrap_or_else(|| panic!("{}: {word}", id.name()));
            assert_eq!(value.word(), *word);
        }
        for (_, word) in T::WORDS {
            assert!(choices.contains(word), "{}: {word}", id.name());
        }
    }

    #[test]
    fn the_table_and_the_enumerations_have_the_same_words() {
        covers::<TaskKind>(Id::Task);
        covers::<PresetName>(Id::Preset);
        covers::<Light>(Id::BlurLight);
        covers::<Source>(Id::Source);
        covers::<Fill>(Id::Fill);
        covers::<StepKind>(Id::DataStep);
        covers::<Approach>(Id::LatentApproach);
        covers::<Optimizer>(Id::Optimizer);
        covers::<Sampler>(Id::Sampler);
        covers::<Schedule>(Id::Schedule);
        covers::<Transfer>(Id::Transfer);
        covers::<Boundary>(Id::Boundary);
        covers::<Device>(Id::Device);
    }
}
