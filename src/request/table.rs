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
        .group(Group::Task).unit("8-bit levels")
        .hint("How strong the noise is (σ, its standard deviation, in 8-bit levels): 5 is faint, 25 strong. Higher gives a smoother result; 0 is none, automatic (-1) measures it."),
    row(Id::Strength, "strength", "Strength", number([0.25, 2.0], [0.25, 2.0], 1.0))
        .group(Group::Task).tasks(DENOISE)
        .hint("How strongly measured noise is removed: below 1 leaves some, above 1 smooths more and costs fine detail. No effect if noise is given as a number."),
    row(Id::Texture, "texture", "Texture", number([0.0, 1.0], [0.0, 1.0], 0.0))
        .group(Group::Task).tasks(DENOISE)
        .hint("How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out."),
    row(Id::Blur, "blur", "Blur",
        choice(&["gaussian", "motion", "kernel", "disk", "random", "auto", "shake"],
               &["Soft (Gaussian)", "Straight motion", "Kernel picture", "Out of focus (disk)", "Random trail from the seed (for tests)", "Find it in the picture", "Camera shake (experimental)"]))
        .defaults_to("auto").group(Group::Task).tasks(DEBLUR)
        .hint("What blurred the picture. Auto looks for straight motion, a lens out of focus, a soft blur or camera shake, and shake for that alone; if nothing certain is found, the picture stays as it is."),
    row(Id::BlurSigma, names::BLUR_SIGMA, "Blur width (σ)", number([0.05, 100.0], [0.2, 10.0], 3.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "gaussian")
        .hint("σ of the soft blur in pixels: about a quarter of the width over which a bright point is smeared. Too much leaves halos."),
    row(Id::BlurRadius, names::BLUR_RADIUS, "Blur radius", number([0.3, 100.0], [0.5, 20.0], 4.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "disk")
        .hint("Half the width, in pixels, of the disk that a bright point became. Too large leaves rings."),
    row(Id::BlurLength, names::BLUR_LENGTH, "Blur length", number([1.0, 500.0], [1.0, 60.0], 21.0))
        .group(Group::Task).tasks(DEBLUR).unit("px").needs(Id::Blur, "motion")
        .hint("Length in pixels of the streak that a bright point became. Too long leaves ghost edges."),
    row(Id::BlurAngle, names::BLUR_ANGLE, "Blur angle", number([-360.0, 360.0], [-90.0, 90.0], 0.0))
        .group(Group::Task).tasks(DEBLUR).unit("°").needs(Id::Blur, "motion")
        .hint("Direction of the streak in degrees: 0 is horizontal, ±90 vertical. Between 0 and 90 it rises to the right, between 0 and -90 it falls."),
    row(Id::Kernel, names::KERNEL, "Kernel picture", Kind::File)
        .group(Group::Task).tasks(DEBLUR).needs(Id::Blur, "kernel")
        .hint("Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter."),
    row(Id::BlurLight, "blur_light", "Blur came from",
        choice(&["auto", "linear", "encoded"], &["Automatic", "Lens or camera (light)", "Blur filter (stored values)"]))
        .group(Group::Task).tasks(DEBLUR)
        .hint("Whether lens or camera blurred the light, or a program's filter the stored sRGB values; the wrong one leaves rings at edges. Automatic takes light, or what was found along with the blur."),
    row(Id::Scale, names::SCALE, "Scale", integer([1, 64], [2, 4], 2))
        .group(Group::Task).tasks(SUPER_RESOLVE).unit("×")
        .hint("How many times wider and higher the picture becomes. In an OpenFX node, which keeps the frame's size: how many times the frame was enlarged before it."),
    row(Id::Source, "source", "Picture to enlarge", choice(&["sharp", "soft"], &["Sharp", "Soft"]))
        .group(Group::Task).tasks(SUPER_RESOLVE)
        .hint("Sharp if a good program made it small, soft if pixels were averaged or the lens was soft. Soft sharpens more; halos at edges mean it was too much."),
    row(Id::Fill, "fill", "Fill with",
        choice(&["auto", "prior", "patch"], &["Automatic", "The model", "Parts of the picture"]))
        .group(Group::Task).tasks(INPAINT)
        .hint("What fills the holes: the model (prior) suits thin ones such as scratches, parts of the picture (patch) wide ones. Automatic decides hole by hole."),
    row(Id::Grain, "grain", "Grain", choice(&["auto", "off"], &["Automatic", "Off"]))
        .group(Group::Task).tasks(INPAINT)
        .hint("Adds the grain of the surroundings to filled areas, if it is visible there. Off adds none."),
    row(Id::Clean, "clean", "Clean JPEG first", choice(&["auto", "off"], &["Automatic", "Off"]))
        .group(Group::Task).tasks(DEBLUR | SUPER_RESOLVE)
        .hint("Removes JPEG artefacts first, if the picture has any. Off saves time, but sharpens them along with the rest."),
    row(Id::Preset, "preset", "Preset",
        choice(&["default", "fast", "paper", "best"], &["Default", "Fast", "As in the paper", "Best"]))
        .group(Group::Quality)
        .hint("How much time to spend: fast takes less than default where it can, best takes longer for a slightly better result. Paper runs the published algorithm (DCDP) as it is, for comparison: very slow."),
    row(Id::Model, "model", "Model", Kind::Text { default: "auto" })
        .group(Group::Quality)
        .hint("Name of an installed network, or its folder; `dcdp models` lists them. Auto takes the best one installed for the task (under fast, a quicker one)."),
    row(Id::Device, "device", "Device",
        choice(&["auto", "cpu", "cuda", "directml", "coreml", "openvino", "openvino-gpu", "openvino-npu"],
               &["Automatic", "CPU", "CUDA", "DirectML", "CoreML", "OpenVINO (processor)", "OpenVINO GPU", "OpenVINO NPU"]))
        .group(Group::Quality)
        .hint("Where the network runs. Automatic takes the first that works of CUDA, DirectML, OpenVINO (processor) and CPU; the others run only if chosen."),
    row(Id::Seed, "seed", "Seed", integer([0, MAX_SEED], [0, 1000], 0))
        .group(Group::Quality)
        .hint("Starting number for everything random: fills, added grain, a random blur, and samplers that draw noise. The same seed gives the same result; where nothing is random it changes nothing."),
    row(Id::Samples, "samples", "Samples", automatic_integer([1, 256], [1, 16]))
        .hint("Takes the mean of this many restorations with different random numbers: smoother, and that many times slower. No use where the sampler draws no noise, as is usual by default; automatic (-1) leaves it to the preset."),
    row(Id::TemporalFrames, "temporal_frames", "Frames used",
        integer([1, 5], [1, 5], 1)).tasks(DENOISE)
        .hint("1 restores each frame alone; 3 or 5 also use the frames around it, which can remove more noise and flicker. 2 and 4 are refused."),
    row(Id::DataStep, names::DATA_STEP, "Data step",
        choice(&["auto", "proximal", "gradient"], &["Automatic", "Exact (proximal)", "Gradient steps"]))
        .hint("How each round fits the result to the given picture: exactly, or by gradient steps as published. Automatic is exact unless a gradient setting (other than momentum) was changed or the preset is paper."),
    row(Id::Sampler, "sampler", "Sampler",
        choice(&["auto", "ddim", "ddpm", "tweedie", "consistency"],
               &["Automatic", "DDIM", "DDPM (reverse SDE)", "Tweedie (one step)", "Consistency model"]))
        .hint("How the network cleans in each round: ddim in fixed steps, ddpm in steps with fresh noise, tweedie in one step. Consistency is for consistency models, which take nothing else."),
    row(Id::SamplerSteps, "sampler_steps", "Sampler steps", automatic_integer([0, 1000], [1, 50]))
        .hint("Network calls (NFE) per round of ddim, ddpm and consistency: more take that much longer. 0 takes every timestep (consistency: one call), automatic (-1) leaves it to the preset."),
    row(Id::Rounds, names::ROUNDS, "Rounds", automatic_integer([1, 1000], [1, 40]))
        .hint("Each round fits the result to the given picture (data step), then lets the network clean it (purify). More rounds take longer for a little more quality; automatic (-1) leaves it to the preset."),
    row(Id::GradientSteps, "gradient_steps", "Gradient steps", automatic_integer([0, 100_000], [0, 200]))
        .hint("Gradient steps per round (τ): more follow the given picture, and its noise, more closely. A number here replaces the exact data step; automatic (-1) leaves it to the preset."),
    row(Id::Step, "step", "Step size", automatic([0.0, 1.0e6], [0.0, 4.0]))
        .hint("How far one gradient step goes (s = 2α/m for learning rate α and m pixel values; with adam, α): larger fits faster, too large is refused with sgd. A number replaces the exact data step; automatic (-1) leaves it to the preset."),
    row(Id::Optimizer, "optimizer", "Optimizer", choice(&["sgd", "adam"], &["SGD with momentum", "Adam"]))
        .hint("Rule for gradient steps: sgd with momentum, as published, or adam, which adapts each pixel's step. Adam replaces the exact data step."),
    row(Id::Momentum, "momentum", "Momentum", number([0.0, 0.999], [0.0, 0.99], 0.9))
        .needs(Id::Optimizer, "sgd")
        .hint("How much of the last gradient step carries over into the next: higher is faster but can overshoot. Only for gradient steps with sgd."),
    row(Id::WeightDecay, "weight_decay", "Weight decay", number([0.0, 1.0e6], [0.0, 1.0], 0.0))
        .hint("Holds gradient steps near the picture that the round began with (λ): 0 is off, higher stays closer to it. Anything above 0 replaces the exact data step."),
    row(Id::Schedule, "schedule", "Schedule",
        choice(&["linear", "constant", "cosine", "bias_t0", "bias_t1", "reverse_cosine", "log", "auto"],
               &["Linear", "Constant", "Cosine", "Biased to the end", "Biased to the start", "Reverse cosine", "Even in log σ", "Automatic"]))
        .defaults_to("auto")
        .hint("How the strength goes from its first to its last value: bias_t0 spends more rounds near the last (weak), bias_t1 near the first (strong), constant keeps the first. Log takes off the same share each round."),
    row(Id::TStart, names::T_START, "First timestep (T)", automatic([0.0, 1000.0], [0.0, 1000.0]))
        .hint("How strongly the network cleans in the first round: a whole timestep from 1 (for consistency models σ on the model's own scale, not 0…255). Higher changes and invents more; automatic (-1) leaves it to the preset."),
    row(Id::TEnd, names::T_END, "Last timestep (T)", automatic([0.0, 1000.0], [0.0, 1000.0]))
        .hint("The same in the last round, at most the first one's value. Higher gives a smoother result; automatic (-1) leaves it to the preset."),
    row(Id::LatentApproach, "latent_approach", "Latent approach",
        choice(&["auto", "latent", "pixel"], &["Automatic", "Latent space", "Pixel space"]))
        .hint("Latent models only: whether the data step works in latent space, through the decoder (slower), or in pixels. Automatic takes pixels, except where the preset paper says otherwise."),
    row(Id::Boundary, "boundary", "Beyond the edges",
        choice(&["auto", "reflect", "symmetric", "circular"], &["Automatic", "Mirrored", "Mirrored with the edge", "Repeated"]))
        .tasks(DEBLUR)
        .hint("What lay beyond the edges when the blur happened. Automatic suits photographs; the others suit pictures blurred by a program that mirrored or repeated them."),
    row(Id::Transfer, "transfer", "Encoding", choice(&["auto", "srgb", "linear"], &["Automatic", "sRGB", "Linear light"]))
        .hint("How pixel values are encoded: sRGB, as in most files, or linear light. Automatic goes by the file or host; in Nuke, which doesn't say, choose linear."),
    row(Id::Threads, "threads", "Threads", integer([0, 1024], [0, 64], 0))
        .hint("Processor threads; 0 takes all."),
    row(Id::MaxMemory, "max_memory", "Memory limit", integer([0, 1 << 30], [0, 64_000], 0))
        .unit("MB")
        .hint("Most memory that the run may take, in megabytes; 0 is no limit. A picture that needs more is worked on in smaller tiles, or refused."),
    row(Id::Tile, "tile", "Tile size", automatic_integer([0, 65_536], [0, 2048]))
        .unit("px")
        .hint("Side in pixels of the squares that a large picture is cut into, overlap included: smaller needs less memory but more time. 0 is the whole picture; automatic (-1) goes by model and memory limit."),
    row(Id::Overlap, "overlap", "Tile overlap", automatic_integer([0, 65_536], [0, 512]))
        .unit("px")
        .hint("How many pixels neighbouring tiles share: more hides seams and takes longer. Automatic (-1) leaves it to the model."),
];
