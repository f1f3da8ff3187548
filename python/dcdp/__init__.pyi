# Written by `cargo xtask python-stub` from the parameter table and dcdp/_signature.py; do not edit. A test compares it.
# Each function has every option as a keyword, so that editors show them: what seems repeated here is said once there.
import os
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike, NDArray

from . import errors as errors
from ._engine import Progress as Progress
from ._operator import Operator as Operator
from ._table import Model as Model, Parameter as Parameter, models as models, parameters as parameters
from .errors import Cancelled as Cancelled, Error as Error

__version__: str

_File: TypeAlias = str | os.PathLike[str]
_Function: TypeAlias = Callable[..., object]

def restore(
    array: ArrayLike,
    *,
    out: NDArray[Any] | None = None,
    uncertainty: NDArray[Any] | None = None,
    report: dict[str, Any] | None = None,
    premultiplied: bool = False,
    progress: Callable[[Progress], object] | None = None,
    preview: Callable[[NDArray[Any]], object] | None = None,
    mask: ArrayLike | _File | None = None,
    ignore: ArrayLike | _File | None = None,
    fill_from: ArrayLike | _File | None = None,
    operator: Operator | tuple[_Function, _Function] | None = None,
    jpeg: _File | None = None,
    task: Literal["denoise", "deblur", "inpaint", "super-resolve", "dejpeg"] = "denoise",
    noise: float | Literal["auto"] = -1.0,
    strength: float = 1.0,
    texture: float = 0.0,
    blur: Literal["gaussian", "motion", "kernel", "disk", "random", "auto"] = "auto",
    blur_sigma: float = 3.0,
    blur_radius: float = 4.0,
    blur_length: float = 21.0,
    blur_angle: float = 0.0,
    kernel: ArrayLike | _File | None = None,
    blur_light: Literal["auto", "linear", "encoded"] = "auto",
    scale: int = 2,
    source: Literal["sharp", "soft"] = "sharp",
    fill: Literal["auto", "prior", "patch"] = "auto",
    grain: Literal["auto", "off"] = "auto",
    clean: Literal["auto", "off"] = "auto",
    preset: Literal["default", "fast", "paper", "best"] = "default",
    model: _File = "auto",
    device: Literal["auto", "cpu", "cuda", "directml", "coreml", "openvino", "openvino-gpu", "openvino-npu"] = "auto",
    seed: int = 0,
    samples: int | Literal["auto"] = -1,
    temporal_frames: int = 1,
    data_step: Literal["auto", "proximal", "gradient"] = "auto",
    sampler: Literal["auto", "ddim", "ddpm", "tweedie", "consistency"] = "auto",
    sampler_steps: int | Literal["auto"] = -1,
    rounds: int | Literal["auto"] = -1,
    gradient_steps: int | Literal["auto"] = -1,
    step: float | Literal["auto"] = -1.0,
    optimizer: Literal["sgd", "adam"] = "sgd",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    schedule: Literal["linear", "constant", "cosine", "bias_t0", "bias_t1", "reverse_cosine", "log", "auto"] = "auto",
    t_start: float | Literal["auto"] = -1.0,
    t_end: float | Literal["auto"] = -1.0,
    latent_approach: Literal["auto", "latent", "pixel"] = "auto",
    boundary: Literal["auto", "reflect", "symmetric", "circular"] = "auto",
    transfer: Literal["auto", "srgb", "linear"] = "auto",
    threads: int = 0,
    max_memory: int = 0,
    tile: int | Literal["auto"] = -1,
    overlap: int | Literal["auto"] = -1,
) -> NDArray[Any]:
    """Restores a picture.

    Returns an array of the input's type and channels, of the input's size (``scale`` times as large for
    super-resolve, of the size that ``picture_size`` says for an operator of your own). The same input and options
    give the same values, whatever the number of threads. The interpreter is free meanwhile; Ctrl-C stops the run.
    Neither the input nor ``out`` may be changed by other threads until it returns.

    array: the measurement, H×W or H×W×C, uint8, uint16 or floats of 0…1; any strides, without a copy.
    mask: what to fill, for inpaint: an array H×W, above one half (or True) where to fill, or a picture's file.
    ignore: what holds no data, such as dust: as mask.
    fill_from: where patches that fill holes may come from: as mask.
    kernel: the point-spread function, for deblur: floats h×w of any scale, a picture of it, or its file.
    operator: a dcdp.Operator, or a pair (measure, adjoint), in place of what the task says.
    jpeg: the JPEG file that the array was decoded from, whose cells then bound the result.
    out: an array for the result.
    uncertainty: an array H×W or H×W×3, filled with the standard deviation of each pixel, 0…1.
    report: a dict, filled with what was found and done.
    premultiplied: whether colour has been multiplied by alpha.
    progress: called now and then with a dcdp.Progress; the run is cancelled if it returns False.
    preview: called with the present estimate, H×W×3 floats of 0…1, after each round.

    task: What is wrong with the picture: noise, blur, missing parts, too few pixels, or JPEG compression. (denoise | deblur | inpaint | super-resolve | dejpeg; default 'denoise')
    noise: How noisy the picture is: the standard deviation in 0…255 units. 0 is not at all, -1 measures it in the picture. (number, σ of 255; default -1.0)
    strength: How much of the measured noise to remove: below 1 is gentler, above 1 is stronger. Without effect where the noise is given as a number. (number; default 1.0)
    texture: Brings back fine detail that went with the noise, without its colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: Shape of the blur. Estimate finds straight motion, defocus and Gaussian blur in the picture. (gaussian | motion | kernel | disk | random | auto; default 'auto')
    blur_sigma: Width of the Gaussian blur: its standard deviation in pixels. (number, px; default 3.0)
    blur_radius: Radius of the disk that a point out of focus becomes, in pixels. (number, px; default 4.0)
    blur_length: How far things moved, in pixels. (number, px; default 21.0)
    blur_angle: Direction of the motion in degrees, counter-clockwise from the horizontal. (number, °; default 0.0)
    kernel: Picture of what a single bright point became (the point-spread function). Its sum is scaled to 1. (file; default '')
    blur_light: Whether light was blurred, as in a camera, or the stored values, as by a filter; automatic is light, or what the estimate found. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the result is. (integer, ×; default 2)
    source: How the small picture was made: sharp by a good resampler, soft by averaging or by a soft lens. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model is best in thin ones, patches of the picture itself in wide ones; automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Gives the filled parts the grain of their surroundings where there is some. (auto | off; default 'auto')
    clean: Removes JPEG artefacts before anything else where the picture has them. (auto | off; default 'auto')
    preset: Default suits real photographs; fast takes half the time or less, best several times as long; paper is the published algorithm with its own settings. (default | fast | paper | best; default 'default')
    model: auto takes the best installed model for the task; or the name of an installed model, or the folder of one. (text; default 'auto')
    device: Where the network runs. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Start of the random numbers. The same seed gives the same result. (integer; default 0)
    samples: Restores this many times with other random numbers and takes the mean; -1 leaves it to the preset. (integer; default -1)
    temporal_frames: How many frames of a sequence (1, 3 or 5) each result is restored from. (integer; default 1)
    data_step: How the picture is pulled towards what was measured: solved exactly, or by the paper's gradient steps. (auto | proximal | gradient; default 'auto')
    sampler: How the diffusion model purifies: deterministic steps, random steps, one step, or a consistency model's one call. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls per round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset. (integer; default -1)
    rounds: How often the pull towards the measurement and the purification alternate (K); -1 leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps per round (τ); -1 leaves it to the preset. (integer; default -1)
    step: Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset. (number; default -1.0)
    optimizer: How the gradient steps descend. (sgd | adam; default 'sgd')
    momentum: Momentum of the gradient steps, fresh in each round. (number; default 0.9)
    weight_decay: Pull of the gradient steps towards the round's start (λ of λ·MSE(x, v)). (number; default 0.0)
    schedule: How the purification strength falls from round to round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: Purification strength of the first round: a timestep 0…1000 (σ for consistency models); -1 leaves it to the preset. (number; default -1.0)
    t_end: Purification strength of the last round; -1 leaves it to the preset. (number; default -1.0)
    latent_approach: Where a latent model is pulled towards the measurement: through the decoder (Approach I) or in pixels (Approach II). (auto | latent | pixel; default 'auto')
    boundary: What the blur is thought to have seen beyond the edges: automatic is an unknown scene; mirrored without or with repeating the edge pixel, or wrapped around. (auto | reflect | symmetric | circular; default 'auto')
    transfer: Whether stored values are sRGB-encoded or linear light; auto believes the picture's own description. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Memory the run may take; 0 is no limit. (integer, MB; default 0)
    tile: Side of the tiles the network sees, halo included; 0 is the whole picture, -1 leaves it to the model and the memory limit. (integer, px; default -1)
    overlap: How many pixels neighbouring tiles share; -1 leaves it to the model. (integer, px; default -1)
    """

def estimate(
    array: ArrayLike,
    *,
    premultiplied: bool = False,
    mask: ArrayLike | _File | None = None,
    ignore: ArrayLike | _File | None = None,
    fill_from: ArrayLike | _File | None = None,
    operator: Operator | tuple[_Function, _Function] | None = None,
    jpeg: _File | None = None,
    task: Literal["denoise", "deblur", "inpaint", "super-resolve", "dejpeg"] = "denoise",
    noise: float | Literal["auto"] = -1.0,
    strength: float = 1.0,
    texture: float = 0.0,
    blur: Literal["gaussian", "motion", "kernel", "disk", "random", "auto"] = "auto",
    blur_sigma: float = 3.0,
    blur_radius: float = 4.0,
    blur_length: float = 21.0,
    blur_angle: float = 0.0,
    kernel: ArrayLike | _File | None = None,
    blur_light: Literal["auto", "linear", "encoded"] = "auto",
    scale: int = 2,
    source: Literal["sharp", "soft"] = "sharp",
    fill: Literal["auto", "prior", "patch"] = "auto",
    grain: Literal["auto", "off"] = "auto",
    clean: Literal["auto", "off"] = "auto",
    preset: Literal["default", "fast", "paper", "best"] = "default",
    model: _File = "auto",
    device: Literal["auto", "cpu", "cuda", "directml", "coreml", "openvino", "openvino-gpu", "openvino-npu"] = "auto",
    seed: int = 0,
    samples: int | Literal["auto"] = -1,
    temporal_frames: int = 1,
    data_step: Literal["auto", "proximal", "gradient"] = "auto",
    sampler: Literal["auto", "ddim", "ddpm", "tweedie", "consistency"] = "auto",
    sampler_steps: int | Literal["auto"] = -1,
    rounds: int | Literal["auto"] = -1,
    gradient_steps: int | Literal["auto"] = -1,
    step: float | Literal["auto"] = -1.0,
    optimizer: Literal["sgd", "adam"] = "sgd",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    schedule: Literal["linear", "constant", "cosine", "bias_t0", "bias_t1", "reverse_cosine", "log", "auto"] = "auto",
    t_start: float | Literal["auto"] = -1.0,
    t_end: float | Literal["auto"] = -1.0,
    latent_approach: Literal["auto", "latent", "pixel"] = "auto",
    boundary: Literal["auto", "reflect", "symmetric", "circular"] = "auto",
    transfer: Literal["auto", "srgb", "linear"] = "auto",
    threads: int = 0,
    max_memory: int = 0,
    tile: int | Literal["auto"] = -1,
    overlap: int | Literal["auto"] = -1,
) -> dict[str, Any]:
    """Looks at a picture and tells what restoring it would assume and take.

    Returns a dict: noise, blur, JPEG quality, model, network calls, megabytes. Takes what dcdp.restore takes.

    task: What is wrong with the picture: noise, blur, missing parts, too few pixels, or JPEG compression. (denoise | deblur | inpaint | super-resolve | dejpeg; default 'denoise')
    noise: How noisy the picture is: the standard deviation in 0…255 units. 0 is not at all, -1 measures it in the picture. (number, σ of 255; default -1.0)
    strength: How much of the measured noise to remove: below 1 is gentler, above 1 is stronger. Without effect where the noise is given as a number. (number; default 1.0)
    texture: Brings back fine detail that went with the noise, without its colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: Shape of the blur. Estimate finds straight motion, defocus and Gaussian blur in the picture. (gaussian | motion | kernel | disk | random | auto; default 'auto')
    blur_sigma: Width of the Gaussian blur: its standard deviation in pixels. (number, px; default 3.0)
    blur_radius: Radius of the disk that a point out of focus becomes, in pixels. (number, px; default 4.0)
    blur_length: How far things moved, in pixels. (number, px; default 21.0)
    blur_angle: Direction of the motion in degrees, counter-clockwise from the horizontal. (number, °; default 0.0)
    kernel: Picture of what a single bright point became (the point-spread function). Its sum is scaled to 1. (file; default '')
    blur_light: Whether light was blurred, as in a camera, or the stored values, as by a filter; automatic is light, or what the estimate found. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the result is. (integer, ×; default 2)
    source: How the small picture was made: sharp by a good resampler, soft by averaging or by a soft lens. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model is best in thin ones, patches of the picture itself in wide ones; automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Gives the filled parts the grain of their surroundings where there is some. (auto | off; default 'auto')
    clean: Removes JPEG artefacts before anything else where the picture has them. (auto | off; default 'auto')
    preset: Default suits real photographs; fast takes half the time or less, best several times as long; paper is the published algorithm with its own settings. (default | fast | paper | best; default 'default')
    model: auto takes the best installed model for the task; or the name of an installed model, or the folder of one. (text; default 'auto')
    device: Where the network runs. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Start of the random numbers. The same seed gives the same result. (integer; default 0)
    samples: Restores this many times with other random numbers and takes the mean; -1 leaves it to the preset. (integer; default -1)
    temporal_frames: How many frames of a sequence (1, 3 or 5) each result is restored from. (integer; default 1)
    data_step: How the picture is pulled towards what was measured: solved exactly, or by the paper's gradient steps. (auto | proximal | gradient; default 'auto')
    sampler: How the diffusion model purifies: deterministic steps, random steps, one step, or a consistency model's one call. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls per round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset. (integer; default -1)
    rounds: How often the pull towards the measurement and the purification alternate (K); -1 leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps per round (τ); -1 leaves it to the preset. (integer; default -1)
    step: Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset. (number; default -1.0)
    optimizer: How the gradient steps descend. (sgd | adam; default 'sgd')
    momentum: Momentum of the gradient steps, fresh in each round. (number; default 0.9)
    weight_decay: Pull of the gradient steps towards the round's start (λ of λ·MSE(x, v)). (number; default 0.0)
    schedule: How the purification strength falls from round to round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: Purification strength of the first round: a timestep 0…1000 (σ for consistency models); -1 leaves it to the preset. (number; default -1.0)
    t_end: Purification strength of the last round; -1 leaves it to the preset. (number; default -1.0)
    latent_approach: Where a latent model is pulled towards the measurement: through the decoder (Approach I) or in pixels (Approach II). (auto | latent | pixel; default 'auto')
    boundary: What the blur is thought to have seen beyond the edges: automatic is an unknown scene; mirrored without or with repeating the edge pixel, or wrapped around. (auto | reflect | symmetric | circular; default 'auto')
    transfer: Whether stored values are sRGB-encoded or linear light; auto believes the picture's own description. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Memory the run may take; 0 is no limit. (integer, MB; default 0)
    tile: Side of the tiles the network sees, halo included; 0 is the whole picture, -1 leaves it to the model and the memory limit. (integer, px; default -1)
    overlap: How many pixels neighbouring tiles share; -1 leaves it to the model. (integer, px; default -1)
    """

def degrade(
    array: ArrayLike,
    *,
    mask: ArrayLike | _File | None = None,
    operator: Operator | tuple[_Function, _Function] | None = None,
    task: Literal["denoise", "deblur", "inpaint", "super-resolve", "dejpeg"] = "denoise",
    noise: float | Literal["auto"] = -1.0,
    strength: float = 1.0,
    texture: float = 0.0,
    blur: Literal["gaussian", "motion", "kernel", "disk", "random", "auto"] = "auto",
    blur_sigma: float = 3.0,
    blur_radius: float = 4.0,
    blur_length: float = 21.0,
    blur_angle: float = 0.0,
    kernel: ArrayLike | _File | None = None,
    blur_light: Literal["auto", "linear", "encoded"] = "auto",
    scale: int = 2,
    source: Literal["sharp", "soft"] = "sharp",
    fill: Literal["auto", "prior", "patch"] = "auto",
    grain: Literal["auto", "off"] = "auto",
    clean: Literal["auto", "off"] = "auto",
    preset: Literal["default", "fast", "paper", "best"] = "default",
    model: _File = "auto",
    device: Literal["auto", "cpu", "cuda", "directml", "coreml", "openvino", "openvino-gpu", "openvino-npu"] = "auto",
    seed: int = 0,
    samples: int | Literal["auto"] = -1,
    temporal_frames: int = 1,
    data_step: Literal["auto", "proximal", "gradient"] = "auto",
    sampler: Literal["auto", "ddim", "ddpm", "tweedie", "consistency"] = "auto",
    sampler_steps: int | Literal["auto"] = -1,
    rounds: int | Literal["auto"] = -1,
    gradient_steps: int | Literal["auto"] = -1,
    step: float | Literal["auto"] = -1.0,
    optimizer: Literal["sgd", "adam"] = "sgd",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    schedule: Literal["linear", "constant", "cosine", "bias_t0", "bias_t1", "reverse_cosine", "log", "auto"] = "auto",
    t_start: float | Literal["auto"] = -1.0,
    t_end: float | Literal["auto"] = -1.0,
    latent_approach: Literal["auto", "latent", "pixel"] = "auto",
    boundary: Literal["auto", "reflect", "symmetric", "circular"] = "auto",
    transfer: Literal["auto", "srgb", "linear"] = "auto",
    threads: int = 0,
    max_memory: int = 0,
    tile: int | Literal["auto"] = -1,
    overlap: int | Literal["auto"] = -1,
) -> NDArray[Any]:
    """Simulates what a camera would have made of a picture, to try dcdp.restore on.

    Returns the measurement, an array of the input's type. Noise is added where ``noise`` is a number.

    task: What is wrong with the picture: noise, blur, missing parts, too few pixels, or JPEG compression. (denoise | deblur | inpaint | super-resolve | dejpeg; default 'denoise')
    noise: How noisy the picture is: the standard deviation in 0…255 units. 0 is not at all, -1 measures it in the picture. (number, σ of 255; default -1.0)
    strength: How much of the measured noise to remove: below 1 is gentler, above 1 is stronger. Without effect where the noise is given as a number. (number; default 1.0)
    texture: Brings back fine detail that went with the noise, without its colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: Shape of the blur. Estimate finds straight motion, defocus and Gaussian blur in the picture. (gaussian | motion | kernel | disk | random | auto; default 'auto')
    blur_sigma: Width of the Gaussian blur: its standard deviation in pixels. (number, px; default 3.0)
    blur_radius: Radius of the disk that a point out of focus becomes, in pixels. (number, px; default 4.0)
    blur_length: How far things moved, in pixels. (number, px; default 21.0)
    blur_angle: Direction of the motion in degrees, counter-clockwise from the horizontal. (number, °; default 0.0)
    kernel: Picture of what a single bright point became (the point-spread function). Its sum is scaled to 1. (file; default '')
    blur_light: Whether light was blurred, as in a camera, or the stored values, as by a filter; automatic is light, or what the estimate found. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the result is. (integer, ×; default 2)
    source: How the small picture was made: sharp by a good resampler, soft by averaging or by a soft lens. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model is best in thin ones, patches of the picture itself in wide ones; automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Gives the filled parts the grain of their surroundings where there is some. (auto | off; default 'auto')
    clean: Removes JPEG artefacts before anything else where the picture has them. (auto | off; default 'auto')
    preset: Default suits real photographs; fast takes half the time or less, best several times as long; paper is the published algorithm with its own settings. (default | fast | paper | best; default 'default')
    model: auto takes the best installed model for the task; or the name of an installed model, or the folder of one. (text; default 'auto')
    device: Where the network runs. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Start of the random numbers. The same seed gives the same result. (integer; default 0)
    samples: Restores this many times with other random numbers and takes the mean; -1 leaves it to the preset. (integer; default -1)
    temporal_frames: How many frames of a sequence (1, 3 or 5) each result is restored from. (integer; default 1)
    data_step: How the picture is pulled towards what was measured: solved exactly, or by the paper's gradient steps. (auto | proximal | gradient; default 'auto')
    sampler: How the diffusion model purifies: deterministic steps, random steps, one step, or a consistency model's one call. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls per round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset. (integer; default -1)
    rounds: How often the pull towards the measurement and the purification alternate (K); -1 leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps per round (τ); -1 leaves it to the preset. (integer; default -1)
    step: Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset. (number; default -1.0)
    optimizer: How the gradient steps descend. (sgd | adam; default 'sgd')
    momentum: Momentum of the gradient steps, fresh in each round. (number; default 0.9)
    weight_decay: Pull of the gradient steps towards the round's start (λ of λ·MSE(x, v)). (number; default 0.0)
    schedule: How the purification strength falls from round to round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: Purification strength of the first round: a timestep 0…1000 (σ for consistency models); -1 leaves it to the preset. (number; default -1.0)
    t_end: Purification strength of the last round; -1 leaves it to the preset. (number; default -1.0)
    latent_approach: Where a latent model is pulled towards the measurement: through the decoder (Approach I) or in pixels (Approach II). (auto | latent | pixel; default 'auto')
    boundary: What the blur is thought to have seen beyond the edges: automatic is an unknown scene; mirrored without or with repeating the edge pixel, or wrapped around. (auto | reflect | symmetric | circular; default 'auto')
    transfer: Whether stored values are sRGB-encoded or linear light; auto believes the picture's own description. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Memory the run may take; 0 is no limit. (integer, MB; default 0)
    tile: Side of the tiles the network sees, halo included; 0 is the whole picture, -1 leaves it to the model and the memory limit. (integer, px; default -1)
    overlap: How many pixels neighbouring tiles share; -1 leaves it to the model. (integer, px; default -1)
    """
