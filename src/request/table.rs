//! The rows of the parameter table.

use super::row::tasks::{ALL, DEBLUR, DENOISE, INPAINT, SUPER_RESOLVE};
use super::row::{Group, Id, Kind, MAX_SEED, Parameter};

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
        .hint("What is wrong with the picture: noise, blur, missing parts, too few pixels, or JPEG compression."),
    row(Id::Noise, "noise", "Noise", automatic([0.0, 255.0], [0.0, 75.0]))
        .group(Group::Task).unit("σ of 255")
        .hint("How noisy the picture is: the standard deviation in 0…255 units. 0 is not at all, -1 measures it in the picture."),
    row(Id::Strength, "strength", "Strength", number([0.25, 2.0], [0.25, 2.0], 1.0))
        .group(Group::Task).tasks(DENOISE)
        .hint("How much of the measured noise to remove: below 1 is gentler, above 1 is stronger. Without effect where the noise is given as a number."),
    row(Id::Texture, "texture", "Texture", number([0.0, 1.0], [0.0, 1.0], 0.0))
        .group(Group::Task).tasks(DENOISE)
        .hint("Brings back fine detail that went with the noise, without its colour speckles: 0 none, 1 all that stands out."),
    row(Id::Blur, "blur", "Blur",
        choice(&["gaussian", "motion", "kernel", "disk", "random", "auto"],
               &["Gaussian", "Straight motion", "Kernel image", "Out of focus (disk)", "Random motion (of the paper)", "Estimate"]))
        .defaults_to("auto").group(Group::Task).tasks(DEBLUR)
        .hint("Shape of the blur. Estimate finds straight motion, defocus and Gaussian blur in the picture."),
    row(Id::BlurSigma, "blur_sigma", "Blur sigma", number([0.05, 100.0], [0.2, 10.0], 3.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "gaussian")
        .hint("Width of the Gaussian blur: its standard deviation in pixels."),
    row(Id::BlurRadius, "blur_radius", "Blur radius", number([0.3, 100.0], [0.5, 20.0], 4.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "disk")
        .hint("Radius of the disk that a point out of focus becomes, in pixels."),
    row(Id::BlurLength, "blur_length", "Blur length", number([1.0, 500.0], [1.0, 60.0], 21.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "motion")
        .hint("How far things moved, in pixels."),
    row(Id::BlurAngle, "blur_angle", "Blur angle", number([-360.0, 360.0], [-90.0, 90.0], 0.0))
        .group(Group::Task).tasks(DEBLUR).unit("°").needs(Id::Blur, "motion")
        .hint("Direction of the motion in degrees, counter-clockwise from the horizontal."),
    row(Id::Kernel, "kernel", "Kernel", Kind::File)
        .group(Group::Task).tasks(DEBLUR).needs(Id::Blur, "kernel")
        .hint("Picture of what a single bright point became (the point-spread function). Its sum is scaled to 1."),
    row(Id::BlurLight, "blur_light", "Blur in",
        choice(&["auto", "linear", "encoded"], &["Automatic", "Linear light", "sRGB codes"]))
        .group(Group::Task).tasks(DEBLUR)
        .hint("Whether light was blurred, as in a camera, or the stored values, as by a filter; automatic is light, or what the estimate found."),
    row(Id::Scale, "scale", "Scale", integer([1, 64], [2, 4], 2))
        .group(Group::Task).tasks(SUPER_RESOLVE).unit("×")
        .hint("How many times wider and higher the result is."),
    row(Id::Source, "source", "Source", choice(&["sharp", "soft"], &["Sharp", "Soft"]))
        .group(Group::Task).tasks(SUPER_RESOLVE)
        .hint("How the small picture was made: sharp by a good resampler, soft by averaging or by a soft lens."),
    row(Id::Fill, "fill", "Fill with",
        choice(&["auto", "prior", "patch"], &["Automatic", "The model", "Patches of the picture"]))
        .group(Group::Task).tasks(INPAINT)
        .hint("What fills the holes: the model is best in thin ones, patches of the picture itself in wide ones; automatic decides hole by hole."),
    row(Id::Grain, "grain", "Grain", choice(&["auto", "off"], &["Automatic", "Off"]))
        .group(Group::Task).tasks(INPAINT)
        .hint("Gives the filled parts the grain of their surroundings where there is some."),
    row(Id::Clean, "clean", "Clean JPEG first", choice(&["auto", "off"], &["Automatic", "Off"]))
        .group(Group::Task).tasks(DEBLUR | SUPER_RESOLVE)
        .hint("Removes JPEG artefacts before anything else where the picture has them."),
    row(Id::Preset, "preset", "Preset",
        choice(&["default", "fast", "paper", "best"], &["Default", "Fast", "Paper", "Best"]))
        .group(Group::Quality)
        .hint("Default suits real photographs; fast takes half the time or less, best several times as long; paper is the published algorithm with its own settings."),
    row(Id::Model, "model", "Model", Kind::Text { default: "auto" })
        .group(Group::Quality)
        .hint("auto takes the best installed model for the task; or the name of an installed model, or the folder of one."),
    row(Id::Device, "device", "Device",
        choice(&["auto", "cpu", "cuda", "directml", "coreml", "openvino", "openvino-gpu", "openvino-npu"],
               &["Automatic", "CPU", "CUDA", "DirectML", "CoreML", "OpenVINO", "OpenVINO GPU", "OpenVINO NPU"]))
        .group(Group::Quality)
        .hint("Where the network runs."),
    row(Id::Seed, "seed", "Seed", integer([0, MAX_SEED], [0, 1000], 0))
        .group(Group::Quality)
        .hint("Start of the random numbers. The same seed gives the same result."),
    row(Id::Samples, "samples", "Samples", automatic_integer([1, 256], [1, 16]))
        .hint("Restores this many times with other random numbers and takes the mean; -1 leaves it to the preset."),
    row(Id::TemporalFrames, "temporal_frames", "Frames used",
        integer([1, 5], [1, 5], 1)).tasks(DENOISE)
        .hint("How many frames of a sequence (1, 3 or 5) each result is restored from."),
    row(Id::DataStep, "data_step", "Data step",
        choice(&["auto", "proximal", "gradient"], &["Automatic", "Proximal", "Gradient"]))
        .hint("How the picture is pulled towards what was measured: solved exactly, or by the paper's gradient steps."),
    row(Id::Sampler, "sampler", "Sampler",
        choice(&["auto", "ddim", "ddpm", "tweedie", "consistency"],
               &["Automatic", "DDIM", "DDPM (reverse SDE)", "Tweedie (one step)", "Consistency model"]))
        .hint("How the diffusion model purifies: deterministic steps, random steps, one step, or a consistency model's one call."),
    row(Id::SamplerSteps, "sampler_steps", "Sampler steps", automatic_integer([0, 1000], [1, 50]))
        .hint("Network calls per round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset."),
    row(Id::Rounds, "rounds", "Rounds", automatic_integer([1, 1000], [1, 40]))
        .hint("How often the pull towards the measurement and the purification alternate (K); -1 leaves it to the preset."),
    row(Id::GradientSteps, "gradient_steps", "Gradient steps", automatic_integer([0, 100_000], [0, 200]))
        .hint("Gradient steps per round (τ); -1 leaves it to the preset."),
    row(Id::Step, "step", "Step", automatic([0.0, 1.0e6], [0.0, 4.0]))
        .hint("Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset."),
    row(Id::Optimizer, "optimizer", "Optimizer", choice(&["sgd", "adam"], &["SGD with momentum", "Adam"]))
        .hint("How the gradient steps descend."),
    row(Id::Momentum, "momentum", "Momentum", number([0.0, 0.999], [0.0, 0.99], 0.9))
        .needs(Id::Optimizer, "sgd")
        .hint("Momentum of the gradient steps, fresh in each round."),
    row(Id::WeightDecay, "weight_decay", "Weight decay", number([0.0, 1.0e6], [0.0, 1.0], 0.0))
        .hint("Pull of the gradient steps towards the round's start (λ of λ·MSE(x, v))."),
    row(Id::Schedule, "schedule", "Schedule",
        choice(&["linear", "constant", "cosine", "bias_t0", "bias_t1", "reverse_cosine", "log", "auto"],
               &["Linear", "Constant", "Cosine", "Biased to the end", "Biased to the start", "Reverse cosine", "Even in log σ", "Automatic"]))
        .defaults_to("auto")
        .hint("How the purification strength falls from round to round."),
    row(Id::TStart, "t_start", "T start", automatic([0.0, 1000.0], [0.0, 1000.0]))
        .hint("Purification strength of the first round: a timestep 0…1000 (σ for consistency models); -1 leaves it to the preset."),
    row(Id::TEnd, "t_end", "T end", automatic([0.0, 1000.0], [0.0, 1000.0]))
        .hint("Purification strength of the last round; -1 leaves it to the preset."),
    row(Id::LatentApproach, "latent_approach", "Latent approach",
        choice(&["auto", "latent", "pixel"], &["Automatic", "Latent space", "Pixel space"]))
        .hint("Where a latent model is pulled towards the measurement: through the decoder (Approach I) or in pixels (Approach II)."),
    row(Id::Boundary, "boundary", "Boundary",
        choice(&["auto", "reflect", "symmetric", "circular"], &["Automatic", "Reflect", "Symmetric", "Circular"]))
        .tasks(DEBLUR)
        .hint("What the blur is thought to have seen beyond the edges: automatic is an unknown scene; mirrored without or with repeating the edge pixel, or wrapped around."),
    row(Id::Transfer, "transfer", "Transfer", choice(&["auto", "srgb", "linear"], &["Automatic", "sRGB", "Linear"]))
        .hint("Whether stored values are sRGB-encoded or linear light; auto believes the picture's own description."),
    row(Id::Threads, "threads", "Threads", integer([0, 1024], [0, 64], 0))
        .hint("Processor threads; 0 takes all."),
    row(Id::MaxMemory, "max_memory", "Memory limit", integer([0, 1 << 30], [0, 64_000], 0))
        .unit("MB")
        .hint("Memory the run may take; 0 is no limit."),
    row(Id::Tile, "tile", "Tile", automatic_integer([0, 65_536], [0, 2048]))
        .unit("px")
        .hint("Side of the tiles the network sees, halo included; 0 is the whole picture, -1 leaves it to the model and the memory limit."),
    row(Id::Overlap, "overlap", "Overlap", automatic_integer([0, 65_536], [0, 512]))
        .unit("px")
        .hint("How many pixels neighbouring tiles share; -1 leaves it to the model."),
];
