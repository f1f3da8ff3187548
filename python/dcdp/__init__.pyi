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
    blur: Literal["gaussian", "motion", "kernel", "disk", "random", "auto", "shake"] = "auto",
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
    operator: a dcdp.Operator, or a pair (measure, adjoint), in place of what the task says.
    jpeg: the JPEG file that the array was decoded from, whose cells then bound the result.
    out: an array for the result.
    uncertainty: an array H×W or H×W×3, filled with the standard deviation of each pixel, 0…1.
    report: a dict, filled with what was found and done.
    premultiplied: whether colour has been multiplied by alpha.
    progress: called now and then with a dcdp.Progress; the run is cancelled if it returns False.
    preview: called with the present estimate, H×W×3 floats of 0…1, after each round.

    task: What to do: remove noise, take back a blur, fill in missing parts, make the picture larger, or remove what JPEG compression left. (denoise | deblur | inpaint | super-resolve | dejpeg; default 'denoise')
    noise: How strong the noise is (σ, its standard deviation, in 8-bit levels): 5 is faint, 25 strong. Higher gives a smoother result; 0 is none, automatic (-1) measures it. (number, 8-bit levels; default -1.0)
    strength: How strongly measured noise is removed: below 1 leaves some, above 1 smooths more and costs fine detail. No effect if noise is given as a number. (number; default 1.0)
    texture: How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: What blurred the picture. Auto looks for straight motion, a lens out of focus, a soft blur or camera shake, and shake for that alone; if nothing certain is found, the picture stays as it is. (gaussian | motion | kernel | disk | random | auto | shake; default 'auto')
    blur_sigma: σ of the soft blur in pixels: about a quarter of the width over which a bright point is smeared. Too much leaves halos. (number, px; default 3.0)
    blur_radius: Half the width, in pixels, of the disk that a bright point became. Too large leaves rings. (number, px; default 4.0)
    blur_length: Length in pixels of the streak that a bright point became. Too long leaves ghost edges. (number, px; default 21.0)
    blur_angle: Direction of the streak in degrees: 0 is horizontal, ±90 vertical. Between 0 and 90 it rises to the right, between 0 and -90 it falls. (number, °; default 0.0)
    kernel: Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter. (file, its picture, or floats h×w of any scale; default '')
    blur_light: Whether lens or camera blurred the light, or a program's filter the stored sRGB values; the wrong one leaves rings at edges. Automatic takes light, or what was found along with the blur. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the picture becomes. In an OpenFX node, which keeps the frame's size: how many times the frame was enlarged before it. (integer, ×; default 2)
    source: Sharp if a good program made it small, soft if pixels were averaged or the lens was soft. Soft sharpens more; halos at edges mean it was too much. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model (prior) suits thin ones such as scratches, parts of the picture (patch) wide ones. Automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Adds the grain of the surroundings to filled areas, if it is visible there. Off adds none. (auto | off; default 'auto')
    clean: Removes JPEG artefacts first, if the picture has any. Off saves time, but sharpens them along with the rest. (auto | off; default 'auto')
    preset: How much time to spend: fast takes less than default where it can, best takes longer for a slightly better result. Paper runs the published algorithm (DCDP) as it is, for comparison: very slow. (default | fast | paper | best; default 'default')
    model: Name of an installed network, or its folder; `dcdp models` lists them. Auto takes the best one installed for the task (under fast, a quicker one). (text; default 'auto')
    device: Where the network runs. Automatic takes the first that works of CUDA, DirectML, OpenVINO (processor) and CPU; the others run only if chosen. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Starting number for everything random: fills, added grain, a random blur, and samplers that draw noise. The same seed gives the same result; where nothing is random it changes nothing. (integer; default 0)
    samples: Takes the mean of this many restorations with different random numbers: smoother, and that many times slower. No use where the sampler draws no noise, as is usual by default; automatic (-1) leaves it to the preset. (integer; default -1)
    temporal_frames: 1 restores each frame alone; 3 or 5 also use the frames around it, which can remove more noise and flicker. 2 and 4 are refused. (integer; default 1)
    data_step: How each round fits the result to the given picture: exactly, or by gradient steps as published. Automatic is exact unless a gradient setting (other than momentum) was changed or the preset is paper. (auto | proximal | gradient; default 'auto')
    sampler: How the network cleans in each round: ddim in fixed steps, ddpm in steps with fresh noise, tweedie in one step. Consistency is for consistency models, which take nothing else. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls (NFE) per round of ddim, ddpm and consistency: more take that much longer. 0 takes every timestep (consistency: one call), automatic (-1) leaves it to the preset. (integer; default -1)
    rounds: Each round fits the result to the given picture (data step), then lets the network clean it (purify). More rounds take longer for a little more quality; automatic (-1) leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps per round (τ): more follow the given picture, and its noise, more closely. A number here replaces the exact data step; automatic (-1) leaves it to the preset. (integer; default -1)
    step: How far one gradient step goes (s = 2α/m for learning rate α and m pixel values; with adam, α): larger fits faster, too large is refused with sgd. A number replaces the exact data step; automatic (-1) leaves it to the preset. (number; default -1.0)
    optimizer: Rule for gradient steps: sgd with momentum, as published, or adam, which adapts each pixel's step. Adam replaces the exact data step. (sgd | adam; default 'sgd')
    momentum: How much of the last gradient step carries over into the next: higher is faster but can overshoot. Only for gradient steps with sgd. (number; default 0.9)
    weight_decay: Holds gradient steps near the picture that the round began with (λ): 0 is off, higher stays closer to it. Anything above 0 replaces the exact data step. (number; default 0.0)
    schedule: How the strength goes from its first to its last value: bias_t0 spends more rounds near the last (weak), bias_t1 near the first (strong), constant keeps the first. Log takes off the same share each round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: How strongly the network cleans in the first round: a whole timestep from 1 (for consistency models σ on the model's own scale, not 0…255). Higher changes and invents more; automatic (-1) leaves it to the preset. (number; default -1.0)
    t_end: The same in the last round, at most the first one's value. Higher gives a smoother result; automatic (-1) leaves it to the preset. (number; default -1.0)
    latent_approach: Latent models only: whether the data step works in latent space, through the decoder (slower), or in pixels. Automatic takes pixels, except where the preset paper says otherwise. (auto | latent | pixel; default 'auto')
    boundary: What lay beyond the edges when the blur happened. Automatic suits photographs; the others suit pictures blurred by a program that mirrored or repeated them. (auto | reflect | symmetric | circular; default 'auto')
    transfer: How pixel values are encoded: sRGB, as in most files, or linear light. Automatic goes by the file or host; in Nuke, which doesn't say, choose linear. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Most memory that the run may take, in megabytes; 0 is no limit. A picture that needs more is worked on in smaller tiles, or refused. (integer, MB; default 0)
    tile: Side in pixels of the squares that a large picture is cut into, overlap included: smaller needs less memory but more time. 0 is the whole picture; automatic (-1) goes by model and memory limit. (integer, px; default -1)
    overlap: How many pixels neighbouring tiles share: more hides seams and takes longer. Automatic (-1) leaves it to the model. (integer, px; default -1)
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
    blur: Literal["gaussian", "motion", "kernel", "disk", "random", "auto", "shake"] = "auto",
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

    task: What to do: remove noise, take back a blur, fill in missing parts, make the picture larger, or remove what JPEG compression left. (denoise | deblur | inpaint | super-resolve | dejpeg; default 'denoise')
    noise: How strong the noise is (σ, its standard deviation, in 8-bit levels): 5 is faint, 25 strong. Higher gives a smoother result; 0 is none, automatic (-1) measures it. (number, 8-bit levels; default -1.0)
    strength: How strongly measured noise is removed: below 1 leaves some, above 1 smooths more and costs fine detail. No effect if noise is given as a number. (number; default 1.0)
    texture: How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: What blurred the picture. Auto looks for straight motion, a lens out of focus, a soft blur or camera shake, and shake for that alone; if nothing certain is found, the picture stays as it is. (gaussian | motion | kernel | disk | random | auto | shake; default 'auto')
    blur_sigma: σ of the soft blur in pixels: about a quarter of the width over which a bright point is smeared. Too much leaves halos. (number, px; default 3.0)
    blur_radius: Half the width, in pixels, of the disk that a bright point became. Too large leaves rings. (number, px; default 4.0)
    blur_length: Length in pixels of the streak that a bright point became. Too long leaves ghost edges. (number, px; default 21.0)
    blur_angle: Direction of the streak in degrees: 0 is horizontal, ±90 vertical. Between 0 and 90 it rises to the right, between 0 and -90 it falls. (number, °; default 0.0)
    kernel: Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter. (file, its picture, or floats h×w of any scale; default '')
    blur_light: Whether lens or camera blurred the light, or a program's filter the stored sRGB values; the wrong one leaves rings at edges. Automatic takes light, or what was found along with the blur. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the picture becomes. In an OpenFX node, which keeps the frame's size: how many times the frame was enlarged before it. (integer, ×; default 2)
    source: Sharp if a good program made it small, soft if pixels were averaged or the lens was soft. Soft sharpens more; halos at edges mean it was too much. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model (prior) suits thin ones such as scratches, parts of the picture (patch) wide ones. Automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Adds the grain of the surroundings to filled areas, if it is visible there. Off adds none. (auto | off; default 'auto')
    clean: Removes JPEG artefacts first, if the picture has any. Off saves time, but sharpens them along with the rest. (auto | off; default 'auto')
    preset: How much time to spend: fast takes less than default where it can, best takes longer for a slightly better result. Paper runs the published algorithm (DCDP) as it is, for comparison: very slow. (default | fast | paper | best; default 'default')
    model: Name of an installed network, or its folder; `dcdp models` lists them. Auto takes the best one installed for the task (under fast, a quicker one). (text; default 'auto')
    device: Where the network runs. Automatic takes the first that works of CUDA, DirectML, OpenVINO (processor) and CPU; the others run only if chosen. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Starting number for everything random: fills, added grain, a random blur, and samplers that draw noise. The same seed gives the same result; where nothing is random it changes nothing. (integer; default 0)
    samples: Takes the mean of this many restorations with different random numbers: smoother, and that many times slower. No use where the sampler draws no noise, as is usual by default; automatic (-1) leaves it to the preset. (integer; default -1)
    temporal_frames: 1 restores each frame alone; 3 or 5 also use the frames around it, which can remove more noise and flicker. 2 and 4 are refused. (integer; default 1)
    data_step: How each round fits the result to the given picture: exactly, or by gradient steps as published. Automatic is exact unless a gradient setting (other than momentum) was changed or the preset is paper. (auto | proximal | gradient; default 'auto')
    sampler: How the network cleans in each round: ddim in fixed steps, ddpm in steps with fresh noise, tweedie in one step. Consistency is for consistency models, which take nothing else. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls (NFE) per round of ddim, ddpm and consistency: more take that much longer. 0 takes every timestep (consistency: one call), automatic (-1) leaves it to the preset. (integer; default -1)
    rounds: Each round fits the result to the given picture (data step), then lets the network clean it (purify). More rounds take longer for a little more quality; automatic (-1) leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps per round (τ): more follow the given picture, and its noise, more closely. A number here replaces the exact data step; automatic (-1) leaves it to the preset. (integer; default -1)
    step: How far one gradient step goes (s = 2α/m for learning rate α and m pixel values; with adam, α): larger fits faster, too large is refused with sgd. A number replaces the exact data step; automatic (-1) leaves it to the preset. (number; default -1.0)
    optimizer: Rule for gradient steps: sgd with momentum, as published, or adam, which adapts each pixel's step. Adam replaces the exact data step. (sgd | adam; default 'sgd')
    momentum: How much of the last gradient step carries over into the next: higher is faster but can overshoot. Only for gradient steps with sgd. (number; default 0.9)
    weight_decay: Holds gradient steps near the picture that the round began with (λ): 0 is off, higher stays closer to it. Anything above 0 replaces the exact data step. (number; default 0.0)
    schedule: How the strength goes from its first to its last value: bias_t0 spends more rounds near the last (weak), bias_t1 near the first (strong), constant keeps the first. Log takes off the same share each round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: How strongly the network cleans in the first round: a whole timestep from 1 (for consistency models σ on the model's own scale, not 0…255). Higher changes and invents more; automatic (-1) leaves it to the preset. (number; default -1.0)
    t_end: The same in the last round, at most the first one's value. Higher gives a smoother result; automatic (-1) leaves it to the preset. (number; default -1.0)
    latent_approach: Latent models only: whether the data step works in latent space, through the decoder (slower), or in pixels. Automatic takes pixels, except where the preset paper says otherwise. (auto | latent | pixel; default 'auto')
    boundary: What lay beyond the edges when the blur happened. Automatic suits photographs; the others suit pictures blurred by a program that mirrored or repeated them. (auto | reflect | symmetric | circular; default 'auto')
    transfer: How pixel values are encoded: sRGB, as in most files, or linear light. Automatic goes by the file or host; in Nuke, which doesn't say, choose linear. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Most memory that the run may take, in megabytes; 0 is no limit. A picture that needs more is worked on in smaller tiles, or refused. (integer, MB; default 0)
    tile: Side in pixels of the squares that a large picture is cut into, overlap included: smaller needs less memory but more time. 0 is the whole picture; automatic (-1) goes by model and memory limit. (integer, px; default -1)
    overlap: How many pixels neighbouring tiles share: more hides seams and takes longer. Automatic (-1) leaves it to the model. (integer, px; default -1)
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
    blur: Literal["gaussian", "motion", "kernel", "disk", "random", "auto", "shake"] = "auto",
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

    task: What to do: remove noise, take back a blur, fill in missing parts, make the picture larger, or remove what JPEG compression left. (denoise | deblur | inpaint | super-resolve | dejpeg; default 'denoise')
    noise: How strong the noise is (σ, its standard deviation, in 8-bit levels): 5 is faint, 25 strong. Higher gives a smoother result; 0 is none, automatic (-1) measures it. (number, 8-bit levels; default -1.0)
    strength: How strongly measured noise is removed: below 1 leaves some, above 1 smooths more and costs fine detail. No effect if noise is given as a number. (number; default 1.0)
    texture: How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: What blurred the picture. Auto looks for straight motion, a lens out of focus, a soft blur or camera shake, and shake for that alone; if nothing certain is found, the picture stays as it is. (gaussian | motion | kernel | disk | random | auto | shake; default 'auto')
    blur_sigma: σ of the soft blur in pixels: about a quarter of the width over which a bright point is smeared. Too much leaves halos. (number, px; default 3.0)
    blur_radius: Half the width, in pixels, of the disk that a bright point became. Too large leaves rings. (number, px; default 4.0)
    blur_length: Length in pixels of the streak that a bright point became. Too long leaves ghost edges. (number, px; default 21.0)
    blur_angle: Direction of the streak in degrees: 0 is horizontal, ±90 vertical. Between 0 and 90 it rises to the right, between 0 and -90 it falls. (number, °; default 0.0)
    kernel: Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter. (file, its picture, or floats h×w of any scale; default '')
    blur_light: Whether lens or camera blurred the light, or a program's filter the stored sRGB values; the wrong one leaves rings at edges. Automatic takes light, or what was found along with the blur. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the picture becomes. In an OpenFX node, which keeps the frame's size: how many times the frame was enlarged before it. (integer, ×; default 2)
    source: Sharp if a good program made it small, soft if pixels were averaged or the lens was soft. Soft sharpens more; halos at edges mean it was too much. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model (prior) suits thin ones such as scratches, parts of the picture (patch) wide ones. Automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Adds the grain of the surroundings to filled areas, if it is visible there. Off adds none. (auto | off; default 'auto')
    clean: Removes JPEG artefacts first, if the picture has any. Off saves time, but sharpens them along with the rest. (auto | off; default 'auto')
    preset: How much time to spend: fast takes less than default where it can, best takes longer for a slightly better result. Paper runs the published algorithm (DCDP) as it is, for comparison: very slow. (default | fast | paper | best; default 'default')
    model: Name of an installed network, or its folder; `dcdp models` lists them. Auto takes the best one installed for the task (under fast, a quicker one). (text; default 'auto')
    device: Where the network runs. Automatic takes the first that works of CUDA, DirectML, OpenVINO (processor) and CPU; the others run only if chosen. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Starting number for everything random: fills, added grain, a random blur, and samplers that draw noise. The same seed gives the same result; where nothing is random it changes nothing. (integer; default 0)
    samples: Takes the mean of this many restorations with different random numbers: smoother, and that many times slower. No use where the sampler draws no noise, as is usual by default; automatic (-1) leaves it to the preset. (integer; default -1)
    temporal_frames: 1 restores each frame alone; 3 or 5 also use the frames around it, which can remove more noise and flicker. 2 and 4 are refused. (integer; default 1)
    data_step: How each round fits the result to the given picture: exactly, or by gradient steps as published. Automatic is exact unless a gradient setting (other than momentum) was changed or the preset is paper. (auto | proximal | gradient; default 'auto')
    sampler: How the network cleans in each round: ddim in fixed steps, ddpm in steps with fresh noise, tweedie in one step. Consistency is for consistency models, which take nothing else. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls (NFE) per round of ddim, ddpm and consistency: more take that much longer. 0 takes every timestep (consistency: one call), automatic (-1) leaves it to the preset. (integer; default -1)
    rounds: Each round fits the result to the given picture (data step), then lets the network clean it (purify). More rounds take longer for a little more quality; automatic (-1) leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps per round (τ): more follow the given picture, and its noise, more closely. A number here replaces the exact data step; automatic (-1) leaves it to the preset. (integer; default -1)
    step: How far one gradient step goes (s = 2α/m for learning rate α and m pixel values; with adam, α): larger fits faster, too large is refused with sgd. A number replaces the exact data step; automatic (-1) leaves it to the preset. (number; default -1.0)
    optimizer: Rule for gradient steps: sgd with momentum, as published, or adam, which adapts each pixel's step. Adam replaces the exact data step. (sgd | adam; default 'sgd')
    momentum: How much of the last gradient step carries over into the next: higher is faster but can overshoot. Only for gradient steps with sgd. (number; default 0.9)
    weight_decay: Holds gradient steps near the picture that the round began with (λ): 0 is off, higher stays closer to it. Anything above 0 replaces the exact data step. (number; default 0.0)
    schedule: How the strength goes from its first to its last value: bias_t0 spends more rounds near the last (weak), bias_t1 near the first (strong), constant keeps the first. Log takes off the same share each round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: How strongly the network cleans in the first round: a whole timestep from 1 (for consistency models σ on the model's own scale, not 0…255). Higher changes and invents more; automatic (-1) leaves it to the preset. (number; default -1.0)
    t_end: The same in the last round, at most the first one's value. Higher gives a smoother result; automatic (-1) leaves it to the preset. (number; default -1.0)
    latent_approach: Latent models only: whether the data step works in latent space, through the decoder (slower), or in pixels. Automatic takes pixels, except where the preset paper says otherwise. (auto | latent | pixel; default 'auto')
    boundary: What lay beyond the edges when the blur happened. Automatic suits photographs; the others suit pictures blurred by a program that mirrored or repeated them. (auto | reflect | symmetric | circular; default 'auto')
    transfer: How pixel values are encoded: sRGB, as in most files, or linear light. Automatic goes by the file or host; in Nuke, which doesn't say, choose linear. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Most memory that the run may take, in megabytes; 0 is no limit. A picture that needs more is worked on in smaller tiles, or refused. (integer, MB; default 0)
    tile: Side in pixels of the squares that a large picture is cut into, overlap included: smaller needs less memory but more time. 0 is the whole picture; automatic (-1) goes by model and memory limit. (integer, px; default -1)
    overlap: How many pixels neighbouring tiles share: more hides seams and takes longer. Automatic (-1) leaves it to the model. (integer, px; default -1)
    """
