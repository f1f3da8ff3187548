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
    noise: How strong the noise is: its standard deviation (σ) on the scale 0…255; 5 is faint, 25 strong. 0 is none, -1 measures it in the picture. (number, of 255; default -1.0)
    strength: How much of the measured noise to remove: below 1 leaves some of it, above 1 takes more than was found. Without effect where the noise is given as a number. (number; default 1.0)
    texture: How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: What blurred the picture. Looked for in the picture are straight motion, a lens out of focus and a soft blur, or, if chosen, camera shake; where it is sharp or nothing is certain, it stays as it is. (gaussian | motion | kernel | disk | random | auto | shake; default 'auto')
    blur_sigma: Width of the soft blur in pixels: the standard deviation (σ) of a Gaussian. A point is smeared over about four times as much. (number, px; default 3.0)
    blur_radius: Radius of the disk that a bright point out of focus becomes, in pixels. (number, px; default 4.0)
    blur_length: How far the picture moved while it was taken, in pixels. (number, px; default 21.0)
    blur_angle: Direction of the motion in degrees: 0 is level, 90 upright, between them up to the right. (number, °; default 0.0)
    kernel: Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter. (file, its picture, or floats h×w of any scale; default '')
    blur_light: Whether light was blurred or the values that are stored (sRGB codes); automatic takes light, or what was found with the blur. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the result is. (integer, ×; default 2)
    source: How the small picture came about: sharp if a good program made it smaller, soft if pixels were averaged or the lens was soft. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model is best in thin ones such as scratches, parts of the picture itself in wide ones; automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Gives what is filled in the grain of its surroundings, where they have some. (auto | off; default 'auto')
    clean: Removes JPEG artefacts first, where the picture has them. (auto | off; default 'auto')
    preset: Default suits photographs; fast takes half the time or less, best several times as long; paper is the published algorithm (DCDP) with its own settings. (default | fast | paper | best; default 'default')
    model: The network that knows what pictures look like: auto is the best one installed for the task; or the name of an installed one, or its folder. (text; default 'auto')
    device: Where the network runs: on the processor, or on a graphics card or accelerator that can be used. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Where the random numbers start. The same seed gives the same result; another varies what is invented. (integer; default 0)
    samples: The result is the mean of this many restorations with different random numbers; -1 leaves it to the preset. (integer; default -1)
    temporal_frames: How many frames of a sequence (1, 3 or 5) each result is restored from. (integer; default 1)
    data_step: How each round pulls the estimate towards the given picture: solved exactly, or by the gradient steps of the paper. (auto | proximal | gradient; default 'auto')
    sampler: How the network cleans the estimate in each round: in steps without chance, in random steps, in one step, or by one call of a consistency model. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls in each round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset. (integer; default -1)
    rounds: How often the pull towards the given picture and the cleaning by the network alternate (K of the paper); -1 leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps in each round (τ of the paper); -1 leaves it to the preset. (integer; default -1)
    step: Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset. (number; default -1.0)
    optimizer: How the gradient steps are taken. (sgd | adam; default 'sgd')
    momentum: How much of its direction a gradient step keeps from the one before; starts anew in each round. (number; default 0.9)
    weight_decay: How strongly the gradient steps are held near where the round began (λ of λ·MSE(x, v)). (number; default 0.0)
    schedule: How the strength of the cleaning falls from round to round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: Strength of the cleaning in the first round: a timestep of the model, 0…1000 (σ for consistency models); -1 leaves it to the preset. (number; default -1.0)
    t_end: Strength of the cleaning in the last round; -1 leaves it to the preset. (number; default -1.0)
    latent_approach: Where a latent model is pulled towards the given picture: through its decoder (Approach I) or in pixels (Approach II). (auto | latent | pixel; default 'auto')
    boundary: What the blur is thought to have mixed in from beyond the edges: automatic is an unknown scene; or the picture mirrored, without or with its outermost pixels, or repeated. (auto | reflect | symmetric | circular; default 'auto')
    transfer: What the stored values are: sRGB codes, as in most files, or linear light; automatic believes what the picture says of itself. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Most memory that the run may take; 0 is no limit. (integer, MB; default 0)
    tile: Side of the square parts in which the network sees a large picture, overlap included; 0 is the whole picture, -1 leaves it to the model and the memory limit. (integer, px; default -1)
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
    noise: How strong the noise is: its standard deviation (σ) on the scale 0…255; 5 is faint, 25 strong. 0 is none, -1 measures it in the picture. (number, of 255; default -1.0)
    strength: How much of the measured noise to remove: below 1 leaves some of it, above 1 takes more than was found. Without effect where the noise is given as a number. (number; default 1.0)
    texture: How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: What blurred the picture. Looked for in the picture are straight motion, a lens out of focus and a soft blur, or, if chosen, camera shake; where it is sharp or nothing is certain, it stays as it is. (gaussian | motion | kernel | disk | random | auto | shake; default 'auto')
    blur_sigma: Width of the soft blur in pixels: the standard deviation (σ) of a Gaussian. A point is smeared over about four times as much. (number, px; default 3.0)
    blur_radius: Radius of the disk that a bright point out of focus becomes, in pixels. (number, px; default 4.0)
    blur_length: How far the picture moved while it was taken, in pixels. (number, px; default 21.0)
    blur_angle: Direction of the motion in degrees: 0 is level, 90 upright, between them up to the right. (number, °; default 0.0)
    kernel: Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter. (file, its picture, or floats h×w of any scale; default '')
    blur_light: Whether light was blurred or the values that are stored (sRGB codes); automatic takes light, or what was found with the blur. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the result is. (integer, ×; default 2)
    source: How the small picture came about: sharp if a good program made it smaller, soft if pixels were averaged or the lens was soft. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model is best in thin ones such as scratches, parts of the picture itself in wide ones; automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Gives what is filled in the grain of its surroundings, where they have some. (auto | off; default 'auto')
    clean: Removes JPEG artefacts first, where the picture has them. (auto | off; default 'auto')
    preset: Default suits photographs; fast takes half the time or less, best several times as long; paper is the published algorithm (DCDP) with its own settings. (default | fast | paper | best; default 'default')
    model: The network that knows what pictures look like: auto is the best one installed for the task; or the name of an installed one, or its folder. (text; default 'auto')
    device: Where the network runs: on the processor, or on a graphics card or accelerator that can be used. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Where the random numbers start. The same seed gives the same result; another varies what is invented. (integer; default 0)
    samples: The result is the mean of this many restorations with different random numbers; -1 leaves it to the preset. (integer; default -1)
    temporal_frames: How many frames of a sequence (1, 3 or 5) each result is restored from. (integer; default 1)
    data_step: How each round pulls the estimate towards the given picture: solved exactly, or by the gradient steps of the paper. (auto | proximal | gradient; default 'auto')
    sampler: How the network cleans the estimate in each round: in steps without chance, in random steps, in one step, or by one call of a consistency model. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls in each round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset. (integer; default -1)
    rounds: How often the pull towards the given picture and the cleaning by the network alternate (K of the paper); -1 leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps in each round (τ of the paper); -1 leaves it to the preset. (integer; default -1)
    step: Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset. (number; default -1.0)
    optimizer: How the gradient steps are taken. (sgd | adam; default 'sgd')
    momentum: How much of its direction a gradient step keeps from the one before; starts anew in each round. (number; default 0.9)
    weight_decay: How strongly the gradient steps are held near where the round began (λ of λ·MSE(x, v)). (number; default 0.0)
    schedule: How the strength of the cleaning falls from round to round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: Strength of the cleaning in the first round: a timestep of the model, 0…1000 (σ for consistency models); -1 leaves it to the preset. (number; default -1.0)
    t_end: Strength of the cleaning in the last round; -1 leaves it to the preset. (number; default -1.0)
    latent_approach: Where a latent model is pulled towards the given picture: through its decoder (Approach I) or in pixels (Approach II). (auto | latent | pixel; default 'auto')
    boundary: What the blur is thought to have mixed in from beyond the edges: automatic is an unknown scene; or the picture mirrored, without or with its outermost pixels, or repeated. (auto | reflect | symmetric | circular; default 'auto')
    transfer: What the stored values are: sRGB codes, as in most files, or linear light; automatic believes what the picture says of itself. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Most memory that the run may take; 0 is no limit. (integer, MB; default 0)
    tile: Side of the square parts in which the network sees a large picture, overlap included; 0 is the whole picture, -1 leaves it to the model and the memory limit. (integer, px; default -1)
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
    noise: How strong the noise is: its standard deviation (σ) on the scale 0…255; 5 is faint, 25 strong. 0 is none, -1 measures it in the picture. (number, of 255; default -1.0)
    strength: How much of the measured noise to remove: below 1 leaves some of it, above 1 takes more than was found. Without effect where the noise is given as a number. (number; default 1.0)
    texture: How much of the fine detail that went with the noise to bring back, without colour speckles: 0 none, 1 all that stands out. (number; default 0.0)
    blur: What blurred the picture. Looked for in the picture are straight motion, a lens out of focus and a soft blur, or, if chosen, camera shake; where it is sharp or nothing is certain, it stays as it is. (gaussian | motion | kernel | disk | random | auto | shake; default 'auto')
    blur_sigma: Width of the soft blur in pixels: the standard deviation (σ) of a Gaussian. A point is smeared over about four times as much. (number, px; default 3.0)
    blur_radius: Radius of the disk that a bright point out of focus becomes, in pixels. (number, px; default 4.0)
    blur_length: How far the picture moved while it was taken, in pixels. (number, px; default 21.0)
    blur_angle: Direction of the motion in degrees: 0 is level, 90 upright, between them up to the right. (number, °; default 0.0)
    kernel: Picture file of what a single bright point became (the point-spread function). How bright the picture is does not matter. (file, its picture, or floats h×w of any scale; default '')
    blur_light: Whether light was blurred or the values that are stored (sRGB codes); automatic takes light, or what was found with the blur. (auto | linear | encoded; default 'auto')
    scale: How many times wider and higher the result is. (integer, ×; default 2)
    source: How the small picture came about: sharp if a good program made it smaller, soft if pixels were averaged or the lens was soft. (sharp | soft; default 'sharp')
    fill: What fills the holes: the model is best in thin ones such as scratches, parts of the picture itself in wide ones; automatic decides hole by hole. (auto | prior | patch; default 'auto')
    grain: Gives what is filled in the grain of its surroundings, where they have some. (auto | off; default 'auto')
    clean: Removes JPEG artefacts first, where the picture has them. (auto | off; default 'auto')
    preset: Default suits photographs; fast takes half the time or less, best several times as long; paper is the published algorithm (DCDP) with its own settings. (default | fast | paper | best; default 'default')
    model: The network that knows what pictures look like: auto is the best one installed for the task; or the name of an installed one, or its folder. (text; default 'auto')
    device: Where the network runs: on the processor, or on a graphics card or accelerator that can be used. (auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu; default 'auto')
    seed: Where the random numbers start. The same seed gives the same result; another varies what is invented. (integer; default 0)
    samples: The result is the mean of this many restorations with different random numbers; -1 leaves it to the preset. (integer; default -1)
    temporal_frames: How many frames of a sequence (1, 3 or 5) each result is restored from. (integer; default 1)
    data_step: How each round pulls the estimate towards the given picture: solved exactly, or by the gradient steps of the paper. (auto | proximal | gradient; default 'auto')
    sampler: How the network cleans the estimate in each round: in steps without chance, in random steps, in one step, or by one call of a consistency model. (auto | ddim | ddpm | tweedie | consistency; default 'auto')
    sampler_steps: Network calls in each round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset. (integer; default -1)
    rounds: How often the pull towards the given picture and the cleaning by the network alternate (K of the paper); -1 leaves it to the preset. (integer; default -1)
    gradient_steps: Gradient steps in each round (τ of the paper); -1 leaves it to the preset. (integer; default -1)
    step: Size of a gradient step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset. (number; default -1.0)
    optimizer: How the gradient steps are taken. (sgd | adam; default 'sgd')
    momentum: How much of its direction a gradient step keeps from the one before; starts anew in each round. (number; default 0.9)
    weight_decay: How strongly the gradient steps are held near where the round began (λ of λ·MSE(x, v)). (number; default 0.0)
    schedule: How the strength of the cleaning falls from round to round. (linear | constant | cosine | bias_t0 | bias_t1 | reverse_cosine | log | auto; default 'auto')
    t_start: Strength of the cleaning in the first round: a timestep of the model, 0…1000 (σ for consistency models); -1 leaves it to the preset. (number; default -1.0)
    t_end: Strength of the cleaning in the last round; -1 leaves it to the preset. (number; default -1.0)
    latent_approach: Where a latent model is pulled towards the given picture: through its decoder (Approach I) or in pixels (Approach II). (auto | latent | pixel; default 'auto')
    boundary: What the blur is thought to have mixed in from beyond the edges: automatic is an unknown scene; or the picture mirrored, without or with its outermost pixels, or repeated. (auto | reflect | symmetric | circular; default 'auto')
    transfer: What the stored values are: sRGB codes, as in most files, or linear light; automatic believes what the picture says of itself. (auto | srgb | linear; default 'auto')
    threads: Processor threads; 0 takes all. (integer; default 0)
    max_memory: Most memory that the run may take; 0 is no limit. (integer, MB; default 0)
    tile: Side of the square parts in which the network sees a large picture, overlap included; 0 is the whole picture, -1 leaves it to the model and the memory limit. (integer, px; default -1)
    overlap: How many pixels neighbouring tiles share; -1 leaves it to the model. (integer, px; default -1)
    """
