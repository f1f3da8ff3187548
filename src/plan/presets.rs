//! What a request leaves open: one table of presets, a row per task and preset, with its evidence.
//!
//! The constants were chosen on training photos, never on Kodak: `cargo run --release --example tune -- FOLDER` tries
//! each of them around its value. `cargo run --release --example evaluate -- FOLDER` measures the rows.

use super::preset::{Data, Preset, Situation, Strengths, TWEEDIE};
use super::published::{paper, paper_consistency};
use super::seen::jpeg_error;
use crate::diffusion::Sampler;
use crate::priors::PriorKind;
use crate::request::{PresetName, TaskKind};

const DENOISE: Preset = Preset {
    rounds: 1,
    data: Data::Proximal {
        weight: 1.0,
        noisy_weight: 1.0,
        faint: 0.0,
        jpeg_weight: 1.0,
    },
    evidence: "posterior mean in one call; flips and turns gain 0.21 dB at σ 25 (Kodak)",
    ..TWEEDIE
};

/// w = 1/0.23, DPIR's λ (Zhang et al., 2021).
const RECIPE_WEIGHT: f64 = 4.35;

const DEBLUR: Preset = Preset {
    strengths: Strengths::Log {
        start: 49.0,
        end: 1.3,
    },
    data: Data::Proximal {
        weight: 9.8,
        noisy_weight: RECIPE_WEIGHT,
        faint: 0.0,
        jpeg_weight: RECIPE_WEIGHT,
    },
    evidence: "motion 21 px 37.02 dB (8 calls), 36.39 (4), linear schedule 32.55; Gaussian 3 29.22, \
               28.89, 28.56; circular, four training crops of 256², photo. examples/tune, FFDNet, ten crops of 176² \
               without noise, w 4.35 6.5 9.8 14.7: motion of 16 bits 34.22 34.39 34.54 34.57, in light 30.06 30.37 \
               30.59 30.73; noise of 5, four crops of 192², w 4.35 6.5: motion 25.35 25.21, photo 25.13 24.41",
    ..TWEEDIE
};

/// σ_y²/w of JPEG files under a Gaussian blur is about this times t2/σ, where results are best.
const JPEG_ERROR_OVER_BLUR: f64 = 1.6;

/// w of noise under a Gaussian blur is this many times its σ, between what was tried.
const WEIGHT_PER_BLUR: f64 = 3.27;

/// What a soft blur hides for good leaves less to go wrong, and the softer it is, the less of it a JPEG file loses.
fn deblur_gaussian(sigma: f64, quantisation: Option<f64>) -> Preset {
    let jpeg_weight = quantisation.map_or(RECIPE_WEIGHT, |t2| {
        let weight = jpeg_error(t2).powi(2) * sigma / (JPEG_ERROR_OVER_BLUR * t2);
        // What was tried.
        weight.clamp(RECIPE_WEIGHT, 14.7)
    });
    Preset {
        data: Data::Proximal {
            weight: 9.8,
            noisy_weight: (WEIGHT_PER_BLUR * sigma).clamp(RECIPE_WEIGHT, 9.8),
            faint: 0.0,
            jpeg_weight,
        },
        evidence: "FFDNet, nine crops of 224², w 4.35 9.8 without noise: σ 0.7 42.01 42.11, 1 37.31 37.26, 1.5 32.00 32.27, in light 40.58 \
                   41.22, 35.70 36.54, 31.00 31.46; noise of 5, w 4.35 6.5 9.8: σ 0.7 33.94 32.97 –, 1 31.37 31.45 28.99, 1.5 28.41 \
                   28.66 28.75, 2 – 26.98 27.09, 3 – 25.21 25.29, photo 33.02 32.10 –, 30.59 29.98 –, 28.28 28.19 27.56, 26.76 26.78 \
                   –, – 25.13 25.12; JPEG 90, w 4.35 6 9.8 14.7: σ 1.5 29.08 29.15 28.97, σ 2 27.43 27.54 27.65, σ 3 25.46 25.54 25.63 \
                   25.67, σ 4 – 24.37 24.48; JPEG 70: 28.02 27.86 27.07, 26.79 26.83 26.64, 25.07 25.12 25.12, – 23.96 24.05; with the \
                   weights taken JPEG 90 29.16, 27.63, 25.66, JPEG 70 28.02, 26.83, 25.13",
        ..DEBLUR
    }
}

const SUPER_RESOLVE: Preset = Preset {
    rounds: 12,
    strengths: Strengths::Log {
        start: 49.0,
        end: 1.3,
    },
    data: Data::Proximal {
        weight: 30.0,
        noisy_weight: 6.5,
        faint: 3.0,
        jpeg_weight: 30.0,
    },
    relaxation: 1.2,
    evidence: "examples/evaluate, nine crops of 256², w 4.35 30 60: ×2 30.30 30.46 30.48 with FFDNet, 29.60 29.64 with photo, \
               ×4 25.31 25.44 25.45 and 25.16 25.23; JPEG 90 28.89 29.04 29.05, JPEG 60, w 2 8 30 26.29 26.72 26.83; noise \
               of 5, w 2 4.35 6.5 9.8: ×2 28.88 29.35 29.45 29.46, ×4 24.59 24.88 24.97 25.01, of 15 26.55 27.37 27.52 27.25; \
               faint 0 3: ×2 30.39 30.43, ×4 25.35 25.40, noise of 2 30.13 30.16, 25.25 25.30; relaxation 1 1.2: ×2 30.43 \
               30.45, noise of 5 29.46 29.47",
    ..TWEEDIE
};

const INPAINT: Preset = Preset {
    rounds: 10,
    strengths: Strengths::Log {
        start: 50.0,
        end: 3.0,
    },
    relaxation: 1.8,
    evidence: "scratch 23.69 dB, text 24.66, blocks 20.89 with 10 calls; 23.91, –, 21.11 with 20; nine \
               crops",
    ..TWEEDIE
};

const DEJPEG: Preset = Preset {
    rounds: 4,
    strengths: Strengths::Quantisation(&[9.0, 7.0, 5.0, 4.0]),
    data: Data::Cells { share: 0.5 },
    evidence: "gain 1.16 1.12 1.00 .91 .88 .75 dB at q 10 20 40 60 80 90, training crops; examples/tune with \
               FFDNet at q 40: other multiples, shares and relaxations gain 0.02 dB at most",
    ..TWEEDIE
};

/// The row of a preset.
pub fn preset(name: PresetName, situation: Situation) -> Preset {
    let row = match name {
        PresetName::Paper => paper(situation),
        PresetName::Default => tuned(situation),
        PresetName::Fast => fast(tuned(situation), situation.task),
        PresetName::Best => best(tuned(situation), situation.task),
    };
    match (situation.kind, name) {
        (PriorKind::Pixel, PresetName::Paper) => row,
        (PriorKind::Pixel, _) if situation.own_operator && situation.task == TaskKind::Inpaint => {
            guessed(row)
        }
        (PriorKind::Pixel, _) => row,
        (PriorKind::Consistency, PresetName::Paper) => paper_consistency(situation.task, row),
        (PriorKind::Consistency, _) => Preset {
            sampler: Sampler::Consistency,
            sampler_steps: 1,
            ..unmeasured(situation.task, row)
        },
        (PriorKind::Latent, PresetName::Paper) => row,
        (PriorKind::Latent, _) => in_latents(situation.task, row),
    }
}

fn tuned(situation: Situation) -> Preset {
    match situation.task {
        TaskKind::Denoise => DENOISE,
        TaskKind::Dejpeg => DEJPEG,
        TaskKind::Deblur => match situation.gaussian_blur {
            Some(sigma) => deblur_gaussian(sigma, situation.quantisation),
            None => DEBLUR,
        },
        TaskKind::Inpaint => INPAINT,
        TaskKind::SuperResolve => SUPER_RESOLVE,
    }
}

fn fast(row: Preset, task: TaskKind) -> Preset {
    match task {
        TaskKind::Denoise | TaskKind::Inpaint => row,
        TaskKind::Deblur => Preset { rounds: 4, ..row },
        TaskKind::SuperResolve => Preset {
            rounds: 8,
            evidence: "examples/evaluate, photo, nine crops of 256², 6 and 8 calls: ×2 29.55 29.59, ×4 25.13 25.17",
            ..row
        },
        TaskKind::Dejpeg => Preset {
            rounds: 1,
            strengths: Strengths::Quantisation(&[6.5]),
            data: Data::Cells { share: 0.7 },
            ..row
        },
    }
}

fn best(row: Preset, task: TaskKind) -> Preset {
    match task {
        TaskKind::Denoise => Preset {
            symmetries: 8,
            ..row
        },
        TaskKind::Deblur => Preset {
            rounds: 12,
            symmetries: 8,
            ..row
        },
        TaskKind::SuperResolve => Preset {
            rounds: 16,
            symmetries: 8,
            ..row
        },
        TaskKind::Inpaint => Preset {
            rounds: 20,
            symmetries: 8,
            ..row
        },
        TaskKind::Dejpeg => Preset {
            rounds: 8,
            strengths: Strengths::Quantisation(&[9.0, 7.5, 6.5, 5.5, 4.5, 4.0, 3.5, 3.0]),
            evidence: "gain 1.47 1.37 1.10 dB at q 10 40 80, four calls 1.42 1.24 1.02; four training crops",
            ..row
        },
    }
}

/// What a caller's own operator does not measure, and no start fills: only noise hides it from the network.
fn guessed(row: Preset) -> Preset {
    Preset {
        rounds: 20,
        strengths: Strengths::Timesteps {
            start: 700.0,
            end: 1.0,
            noisy_end: 1.0,
        },
        data: Data::Proximal {
            weight: 1.0,
            noisy_weight: 1.0,
            faint: 0.0,
            jpeg_weight: 1.0,
        },
        injection: 1.0,
        relaxation: 1.0,
        symmetries: 1,
        evidence: "as the bundled priors filled holes without a start, four training crops",
        ..row
    }
}

/// With the recipes' constants, for kinds of priors with which no others were measured.
fn unmeasured(task: TaskKind, row: Preset) -> Preset {
    let jpeg_weight = match task {
        TaskKind::Deblur => RECIPE_WEIGHT,
        TaskKind::SuperResolve => 2.0,
        TaskKind::Denoise | TaskKind::Dejpeg | TaskKind::Inpaint => return row,
    };
    Preset {
        data: Data::Proximal {
            weight: RECIPE_WEIGHT,
            noisy_weight: RECIPE_WEIGHT,
            faint: 0.0,
            jpeg_weight,
        },
        relaxation: 1.0,
        ..row
    }
}

/// The same for a latent prior, whose noise is that of latents: a little of it hides more of the picture.
fn in_latents(task: TaskKind, row: Preset) -> Preset {
    let start = match task {
        TaskKind::Denoise | TaskKind::Dejpeg => return row,
        TaskKind::Deblur => 100.0,
        TaskKind::SuperResolve => 60.0,
        TaskKind::Inpaint => 500.0,
    };
    Preset {
        strengths: Strengths::Timesteps {
            start,
            end: 1.0,
            noisy_end: 1.0,
        },
        data: unmeasured(task, row).data,
        injection: if task == TaskKind::Inpaint { 1.0 } else { 0.0 },
        relaxation: 1.0,
        rounds: if task == TaskKind::Inpaint {
            20
        } else {
            row.rounds
        },
        evidence: "photo-latent on four training crops",
        ..row
    }
}
