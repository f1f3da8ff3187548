//! The rows of the parameter table.

use super::row::tasks::{ALL, DEBLUR, DENOISE, INPAINT, SUPER_RESOLVE};
use super::row::{Group, Id, Kind, MAX_SEED, Parameter};
use crate::error::names;

const fn number(range: [f64; 2], display: [f64; 2], default: f64) -> Kind {
    Kind::Number {
        minimum: range[0],
        maximum: range[1],
        display,
        default,
        automatic: false,
    }
}

/// A number that is −1, "the preset decides", unless said.
const fn automatic(range: [f64; 2], display: [f64; 2]) -> Kind {
    Kind::Number {
        minimum: range[0],
        maximum: range[1],
        display,
        default: -1.0,
        automatic: true,
    }
}

const fn integer(range: [i64; 2], display: [i64; 2], default: i64) -> Kind {
    Kind::Integer {
        minimum: range[0],
        maximum: range[1],
        display,
        default,
        automatic: false,
    }
}

/// A whole number that is −1, "the preset decides", unless said.
const fn automatic_integer(range: [i64; 2], display: [i64; 2]) -> Kind {
    Kind::Integer {
        minimum: range[0],
        maximum: range[1],
        display,
        default: -1,
        automatic: true,
    }
}

/// The first word is the default.
const fn choice(choices: &'static [&'static str], labels: &'static [&'static str]) -> Kind {
    Kind::Choice {
        choices,
        labels,
        default: choices[0],
    }
}

/// A row for every task under Advanced; the methods below change what differs.
const fn row(id: Id, name: &'static str, label: &'static str, kind: Kind) -> Parameter {
    Parameter {
        id,
        name,
        label,
        hint: "",
        unit: "",
        group: Group::Advanced,
        kind,
        tasks: ALL,
        needs: None,
    }
}

impl Parameter {
    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    const fn tasks(mut self, tasks: u32) -> Self {
        self.tasks = tasks;
        self
    }

    const fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    const fn defaults_to(mut self, word: &'static str) -> Self {
        if let Kind::Choice {
            choices, labels, ..
        } = self.kind
        {
            self.kind = Kind::Choice {
                choices,
                labels,
                default: word,
            };
        }
        self
    }

    const fn needs(mut self, id: Id, word: &'static str) -> Self {
        self.needs = Some((id, word));
        self
    }
}

/// Every parameter, in the order user interfaces show them. Choices grow at their end: hosts store
/// positions.
#[rustfmt::skip]
pub static PARAMETERS: &[Parameter] = &[
    row(Id::Task, "task", "Task",
        choice(&["denoise", "deblur", "inpaint", "super-resolve", "dejpeg"],
               &["Denoise", "Deblur", "Fill in", "Enlarge", "Remove JPEG artefacts"]))
        .group(Group::Task)
        .hint("What to do: remove noise, take back a blur, fill in missing parts, make the picture larger, or remove what JPEG compression left."),
    row(Id::Noise, "noise", "Noise", automatic([0.0, 255.0], [0.0, 75.0]))
        .group(Group::Task).unit("of 255")
        .hint("How strong the noise is: its standard deviation (σ) on the scale 0…255; 5 is faint, 25 strong. 0 is none, -1 measures it in the picture."),
    row(Id::Strength, "strength", "Strength", number([0.25, 2.0], [0.25, 2.0], 1.0))
        .group(Group::Task).tasks(DENOISE)
        .hint("How much of the measured noise to remove: below 1 leaves some of it, above 1 takes more than was found. Without effect where the noise is given as a number."),
    row(Id::Texture, "texture", "Texture", number([0.0, 1.0], [0.0, 1.0], 0.0))
        .group(Group::Task).tasks(DENOISE)
        .hint("How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out."),
    row(Id::Blur, "blur", "Blur",
        choice(&["gaussian", "motion", "kernel", "disk", "random", "auto", "shake"],
               &["Soft (Gaussian)", "Straight motion", "Kernel picture", "Out of focus (disk)", "Random motion (of the paper)", "Find it in the picture", "Camera shake, found in the picture (experimental)"]))
        .defaults_to("auto").group(Group::Task).tasks(DEBLUR)
        .hint("What blurred the picture. Looked for in the picture are straight motion, a lens out of focus and a soft blur, or, if chosen, camera shake; where it is sharp or nothing is certain, it stays as it is."),
    row(Id::BlurSigma, names::BLUR_SIGMA, "Blur sigma", number([0.05, 100.0], [0.2, 10.0], 3.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "gaussian")
        .hint("Width of the soft blur in pixels: the standard deviation (σ) of a Gaussian. A point is smeared over about four times as much."),
    row(Id::BlurRadius, names::BLUR_RADIUS, "Blur radius", number([0.3, 100.0], [0.5, 20.0], 4.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "disk")
        .hint("Radius of the disk that a bright point out of focus becomes, in pixels."),
    row(Id::BlurLength, names::BLUR_LENGTH, "Blur length", number([1.0, 500.0], [1.0, 60.0], 21.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "motion")
        .hint("How far the picture moved while it was taken, in pixels."),
    row(Id::BlurAngle, names::BLUR_ANGLE, "Blur angle", number([-360.0, 360.0], [-90.0, 90.0], 0.0))
        .group(Group::Task).tasks(DEBLUR).unit("°").needs(Id::Blur, "motion")
        .hint("Direction of the motion in degrees: 0 is level, 90 upright, between them up to the right."),
    row(Id::Kernel, names::KERNEL, "Kernel picture", Kind::File)
        .group(Group::Task).tasks(DEBLUR).needs(Id::Blur, "kernel")
        .hint("Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter."),
    row(Id::BlurLight, "blur_light", "Blurred in",
        choice(&["auto", "linear", "encoded"], &["Automatic", "Light, as in a camera", "Stored values, as by a filter"]))
        .group(Group::Task).tasks(DEBLUR)
        .hint("Whether light was blurred or the values that are stored (sRGB codes); automatic takes light, or what was found with the blur."),
    row(Id::Scale, names::SCALE, "Scale", integer([1, 64], [2, 4], 2))
        .group(Group::Task).tasks(SUPER_RESOLVE).unit("×")
        .hint("How many times wider and higher the result is."),
    row(Id::Source, "source", "Small picture", choice(&["sharp", "soft"], &["Sharp", "Soft"]))
        .group(Group::Task).tasks(SUPER_RESOLVE)
        .hint("How the small picture came about: sharp if a good program made it smaller, soft if pixels were averaged or the lens was soft."),
    row(Id::Fill, "fill", "Fill with",
        choice(&["auto", "prior", "patch"], &["Automatic", "The model", "Parts of the picture"]))
        .group(Group::Task).tasks(INPAINT)
        .hint("What fills the holes: the model is best in thin ones such as scratches, parts of the picture itself in wide ones; automatic decides hole by hole."),
    row(Id::Grain, "grain", "Grain", choice(&["auto", "off"], &["Automatic", "Off"]))
        .group(Group::Task).tasks(INPAINT)
        .hint("Gives what is filled in the grain of its surroundings, where they have some."),
    row(Id::Clean, "clean", "Clean JPEG first", choice(&["auto", "off"], &["Automatic", "Off"]))
        .group(Group::Task).tasks(DEBLUR | SUPER_RESOLVE)
        .hint("Removes JPEG artefacts first, where the picture has them."),
    row(Id::Preset, "preset", "Preset",
        choice(&["default", "fast", "paper", "best"], &["Default", "Fast", "As in the paper", "Best"]))
        .group(Group::Quality)
        .hint("Default suits photographs; fast takes half the time or less, best several times as long; paper is the published algorithm (DCDP) with its own settings."),
    row(Id::Model, "model", "Model", Kind::Text { default: "auto" })
        .group(Group::Quality)
        .hint("The network that knows what pictures look like: auto is the best one installed for the task; or the name of an installed one, or its folder."),
    row(Id::Device, "device", "Device",
        choice(&["auto", "cpu", "cuda", "directml", "coreml", "openvino", "openvino-gpu", "openvino-npu"],
               &["Automatic", "CPU", "CUDA", "DirectML", "CoreML", "OpenVINO", "OpenVINO GPU", "OpenVINO NPU"]))
        .group(Group::Quality)
        .hint("Where the network runs: on the processor, or on a graphics card or accelerator that can be used."),
    row(Id::Seed, "seed", "Seed", integer([0, MAX_SEED], [0, 1000], 0))
        .group(Group::Quality)
        .hint("Where the random numbers start. The same seed gives the same result; another varies what is invented."),
    row(Id::Samples, "samples", "Samples", automatic_integer([1, 256], [1, 16]))
        .hint("The result is the mean of this many restorations with different random numbers; -1 leaves it to the preset."),
    row(Id::TemporalFrames, "temporal_frames", "Frames used",
        integer([1, 5], [1, 5], 1)).tasks(DENOISE)
        .hint("How many frames of a sequence (1, 3 or 5) each result is restored from."),
    row(Id::DataStep, names::DATA_STEP, "Data step",
        choice(&["auto", "proximal", "gradient"], &["Automatic", "Exact (proximal)", "Gradient steps"]))
        .hint("How each round pulls the estimate towards the given picture: solved exactly, or by the gradient steps of the paper."),
    row(Id::Sampler, "sampler", "Sampler",
        choice(&["auto", "ddim", "ddpm", "tweedie", "consistency"],
               &["Automatic", "DDIM", "DDPM (reverse SDE)", "Tweedie (one step)", "Consistency model"]))
        .hint("How the network cleans the estimate in each round: in steps without chance, in random steps, in one step, or by one call of a consistency model."),
    row(Id::SamplerSteps, "sampler_steps", "Sampler steps", automatic_integer([0, 1000], [1, 50]))
        .hint("Network calls in each round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset."),
    row(Id::Rounds, names::ROUNDS, "Rounds", automatic_integer([1, 1000], [1, 40]))
        .hint("How often the pull towards the given picture and the cleaning by the network alternate (K of the paper); -1 leaves it to the preset."),
    row(Id::GradientSteps, "gradient_steps", "Gradient steps", automatic_integer([0, 100_000], [0, 200]))
        .hint("Gradient steps in each round (τ of the paper); -1 leaves it to the preset."),
    row(Id::Step, "step", "Step size", automatic([0.0, 1.0e6], [0.0, 4.0]))
        .hint("Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset."),
    row(Id::Optimizer, "optimizer", "Optimizer", choice(&["sgd", "adam"], &["SGD with momentum", "Adam"]))
        .hint("How the gradient steps are taken."),
    row(Id::Momentum, "momentum", "Momentum", number([0.0, 0.999], [0.0, 0.99], 0.9))
        .needs(Id::Optimizer, "sgd")
        .hint("How much of its direction a gradient step keeps from the one before; starts anew in each round."),
    row(Id::WeightDecay, "weight_decay", "Weight decay", number([0.0, 1.0e6], [0.0, 1.0], 0.0))
        .hint("How strongly the gradient steps are held near where the round began (λ of λ·MSE(x, v))."),
    row(Id::Schedule, "schedule", "Schedule",
        choice(&["linear", "constant", "cosine", "bias_t0", "bias_t1", "reverse_cosine", "log", "auto"],
               &["Linear", "Constant", "Cosine", "Biased to the end", "Biased to the start", "Reverse cosine", "Even in log σ", "Automatic"]))
        .defaults_to("auto")
        .hint("How the strength of the cleaning falls from round to round."),
    row(Id::TStart, names::T_START, "First strength (T)", automatic([0.0, 1000.0], [0.0, 1000.0]))
        .hint("Strength of the cleaning in the first round: a timestep of the model, 0…1000 (σ for consistency models); -1 leaves it to the preset."),
    row(Id::TEnd, names::T_END, "Last strength (T)", automatic([0.0, 1000.0], [0.0, 1000.0]))
        .hint("Strength of the cleaning in the last round; -1 leaves it to the preset."),
    row(Id::LatentApproach, "latent_approach", "Latent approach",
        choice(&["auto", "latent", "pixel"], &["Automatic", "Latent space", "Pixel space"]))
        .hint("Where a latent model is pulled towards the given picture: through its decoder (Approach I) or in pixels (Approach II)."),
    row(Id::Boundary, "boundary", "Beyond the edges",
        choice(&["auto", "reflect", "symmetric", "circular"], &["Automatic", "Mirrored", "Mirrored with the edge", "Repeated"]))
        .tasks(DEBLUR)
        .hint("What the blur is thought to have mixed in from beyond the edges: automatic is an unknown scene; or the picture mirrored, without or with its outermost pixels, or repeated."),
    row(Id::Transfer, "transfer", "Stored values", choice(&["auto", "srgb", "linear"], &["Automatic", "sRGB codes", "Linear light"]))
        .hint("What the stored values are: sRGB codes, as in most files, or linear light; automatic believes what the picture says of itself."),
    row(Id::Threads, "threads", "Threads", integer([0, 1024], [0, 64], 0))
        .hint("Processor threads; 0 takes all."),
    row(Id::MaxMemory, "max_memory", "Memory limit", integer([0, 1 << 30], [0, 64_000], 0))
        .unit("MB")
        .hint("Most memory that the run may take; 0 is no limit."),
    row(Id::Tile, "tile", "Tile size", automatic_integer([0, 65_536], [0, 2048]))
        .unit("px")
        .hint("Side of the square parts in which the network sees a large picture, overlap included; 0 is the whole picture, -1 leaves it to the model and the memory limit."),
    row(Id::Overlap, "overlap", "Tile overlap", automatic_integer([0, 65_536], [0, 512]))
        .unit("px")
        .hint("How many pixels neighbouring tiles share; -1 leaves it to the model."),
];
