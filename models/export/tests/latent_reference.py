"""An independent run of Algorithm 2 on a tiny latent model, for the engine's tests to compare with.

    python latent_reference.py DIR

Writes a model folder, measurements, noise and the pictures after three rounds, for both approaches
(data fidelity in latent space or in pixels) and two samplers. Everything is computed in f64 with
automatic differentiation; nothing here uses the exported graphs or the exporter's adjoint.
Method: arXiv 2403.06054, Algorithm 2. No code is shared with the engine.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

import deterministic
from dcdp_export.autoencoder import AutoencoderConfig, Decoder, Encoder
from dcdp_export.folder import Model, write_folder
from dcdp_export.manifest import Manifest
from dcdp_export.unet import UNet, UNetConfig

SIDE, LATENT_SIDE, CHANNELS, SCALE = 32, 8, 3, 0.7
ROUNDS, T_START, T_END, SAMPLER_STEPS, MOMENTUM = 3, 400, 0, 20, 0.9
BETA_START, BETA_END, TIMESTEPS = 0.0015, 0.0195, 1000
GRADIENT_STEPS = 15
BLUR_SIGMA, FACTOR = 1.0, 4
# per approach and operator: the step s on the gradient Aᵀ(A(x) − y)
STEPS = {("pixel", "blur"): 1.0, ("pixel", "super-resolve"): 0.16,
         ("latent", "blur"): 0.004, ("latent", "super-resolve"): 0.02}

FIRST_STAGE = AutoencoderConfig(
    kind="kl", in_channels=3, out_channels=3, latent_channels=CHANNELS, embedding_channels=CHANNELS, channels=(8, 8, 8),
    stem_channels=8, blocks=1, encoder_attention=(False,) * 3, decoder_attention=(False,) * 3, groups=2)
NETWORK = UNetConfig(
    in_channels=CHANNELS, out_channels=CHANNELS, stem_channels=8, time_channels=8, time_hidden=16, channels=(8, 16),
    blocks=1, down_heads=(0, 0), up_heads=(0, 0), middle_heads=2, down_resample=("conv",), up_resample=("conv",),
    groups=4, middle_attention_groups=4)


def build():
    """Encoder, decoder and network with weights that depend on their names alone."""
    modules = Encoder(FIRST_STAGE), Decoder(FIRST_STAGE), UNet(NETWORK)
    for module in modules:
        for name, parameter in module.named_parameters():
            parameter.data = deterministic.weight(f"{type(module).__name__} {name}", tuple(parameter.shape))
        module.requires_grad_(False).eval()
    return modules


def gaussian_kernel(sigma: float) -> np.ndarray:
    """Normalised, truncated at four standard deviations."""
    radius = int(4 * sigma + 0.5)
    line = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel = np.outer(line, line)
    return kernel / kernel.sum()


def blur(kernel: np.ndarray):
    """Correlation with reflect (whole-sample) padding; the kernel is symmetric."""
    weight = torch.from_numpy(kernel)[None, None].expand(3, 1, -1, -1)
    radius = kernel.shape[0] // 2

    def measure(x):
        return torch.nn.functional.conv2d(
            torch.nn.functional.pad(x, (radius,) * 4, mode="reflect"), weight, groups=3)

    return measure


def bicubic(factor: int):
    """Antialiased cubic (a = −0.5) reduction with half-sample mirror, as one matrix per axis."""
    matrix = np.zeros((SIDE // factor, SIDE))
    for row in range(SIDE // factor):
        centre = factor * row + (factor - 1) / 2
        for column in range(int(np.ceil(centre - 2 * factor)), int(np.floor(centre + 2 * factor)) + 1):
            d = abs(column - centre) / factor
            value = 1.5 * d ** 3 - 2.5 * d ** 2 + 1 if d <= 1 else -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2
            mirrored = column % (2 * SIDE)
            matrix[row, mirrored if mirrored < SIDE else 2 * SIDE - 1 - mirrored] += value
        matrix[row] /= matrix[row].sum()
    m = torch.from_numpy(matrix)
    return lambda x: m @ x @ m.t()


def strengths() -> list[int]:
    """T_k: linear, rounded half to even after adding 1e-6, 0 becomes 1."""
    values = np.round(np.linspace(T_START, T_END, ROUNDS) + 1e-6).astype(int)
    return [max(int(value), 1) for value in values]


def alpha_bars() -> np.ndarray:
    return np.cumprod(1 - np.linspace(BETA_START ** 0.5, BETA_END ** 0.5, TIMESTEPS) ** 2)


def fidelity(forward, start, y, step: float):
    """Gradient descent with momentum on the squared error; a step s is the rate 2·s/m on the mean."""
    value, velocity = start.clone(), torch.zeros_like(start)
    for _ in range(GRADIENT_STEPS):
        leaf = value.clone().requires_grad_()
        loss = 0.5 * ((forward(leaf) - y) ** 2).sum()
        velocity = MOMENTUM * velocity + torch.autograd.grad(loss, leaf)[0]
        value = value - step * velocity
    return value


def purify(network, z, noise, strength: int, sampler: str):
    """Noise to strength T, then back; the estimate of the clean latent is not clipped."""
    bars = alpha_bars()
    z = bars[strength - 1] ** 0.5 * z + (1 - bars[strength - 1]) ** 0.5 * noise

    def clean_and_noise(z, t):
        epsilon = network(z, torch.tensor([t]))
        return (z - (1 - bars[t]) ** 0.5 * epsilon) / bars[t] ** 0.5, epsilon

    if sampler == "tweedie":
        return clean_and_noise(z, strength - 1)[0]
    count = min(strength, SAMPLER_STEPS)
    times = (np.round(np.linspace(0, 1, count) * (strength - 2) + 1e-6) + 1).astype(int)
    for i in reversed(range(count)):
        clean, epsilon = clean_and_noise(z, int(times[i]))
        previous = bars[times[i - 1]] if i > 0 else bars[0]
        z = previous ** 0.5 * clean + (1 - previous) ** 0.5 * epsilon
    return z


def restore(modules, measure, y, noises, approach: str, sampler: str, step: float):
    """Three rounds; `noises[0]` is the start of the latent approach, `noises[k]` the noise of round k."""
    encoder, decoder, network = modules
    encode, decode = (lambda x: SCALE * encoder(x)), (lambda z: decoder(z / SCALE))
    z, x = noises[0], torch.zeros(1, 3, SIDE, SIDE, dtype=torch.float64)
    for k, strength in enumerate(strengths(), start=1):
        if approach == "latent":
            z = fidelity(lambda z: measure(decode(z)), z, y, step)
            z = encode(decode(z))
        else:
            z = encode(fidelity(measure, x, y, step))
        z = purify(network, z, noises[k], strength, sampler)
        x = decode(z)
    return x


def setting():
    """Modules in f64, operators by name, picture and noise arrays."""
    torch.set_default_dtype(torch.float64)
    modules = [module.double() for module in build()]
    operators = {"blur": blur(gaussian_kernel(BLUR_SIGMA)), "super-resolve": bicubic(FACTOR)}
    grid = np.linspace(-1, 1, SIDE)
    waves = [np.sin(3 * grid)[:, None] * np.cos(2 * grid)[None], np.tanh(4 * (grid[:, None] + grid[None])),
             0.5 * np.cos(5 * np.hypot(grid[:, None], grid[None]))]
    picture = torch.from_numpy(np.stack(waves)[None]).float().double()
    noises = [deterministic.tensor(f"noise {k}", (1, CHANNELS, LATENT_SIDE, LATENT_SIDE)).double()
              for k in range(ROUNDS + 1)]
    return modules, operators, picture, noises


def run_all():
    """Measurements by operator, and the result of every case."""
    modules, operators, picture, noises = setting()
    try:
        # what a measurement file holds is f32
        measurements = {name: measure(picture).float().double() for name, measure in operators.items()}
        results = {}
        for (approach, operator), step in STEPS.items():
            for sampler in ("ddim", "tweedie"):
                results[approach, operator, sampler] = restore(
                    modules, operators[operator], measurements[operator], noises, approach, sampler, step)
        return picture, noises, measurements, results
    finally:
        torch.set_default_dtype(torch.float32)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    encoder, decoder, network = build()
    write_folder(Model(Manifest(
        name="tiny-latent", version="1", licence="MIT OR Apache-2.0", kind="latent",
        description="random weights, for tests", size_multiple=8, tile=SIDE, halo=8, beta_schedule="scaled_linear",
        beta_start=BETA_START, beta_end=BETA_END, timesteps=TIMESTEPS,
        extra={"latent_scale": SCALE, "latent_channels": CHANNELS, "downsample": 4}),
        network, None, encoder, decoder), folder / "model")
    picture, noises, measurements, results = run_all()

    def save(name: str, value) -> str:
        np.save(folder / name, np.asarray(value, dtype=np.float32))
        return name

    index = {
        "model": "model", "image": save("image.npy", picture),
        "noise": [save(f"noise_{k}.npy", noise) for k, noise in enumerate(noises)],
        "rounds": ROUNDS, "t_start": T_START, "t_end": T_END, "schedule": "linear", "strengths": strengths(),
        "gradient_steps": GRADIENT_STEPS, "momentum": MOMENTUM, "sampler_steps": SAMPLER_STEPS,
        "notes": "noise_0 starts the latent approach, noise_k belongs to round k; latents carry latent_scale; the pixel "
                 "approach starts from x = 0; step is s; blur has reflect padding; results are D(z) after the last round",
        "cases": [],
    }
    for (approach, operator, sampler), result in results.items():
        case = {"approach": approach, "operator": operator, "sampler": sampler, "step": STEPS[approach, operator]}
        if operator == "blur":
            case |= {"kernel": save("kernel.npy", gaussian_kernel(BLUR_SIGMA)), "boundary": "reflect"}
        else:
            case |= {"scale": FACTOR}
        index["cases"].append(case | {
            "measurement": save(f"measure_{operator}.npy".replace("-", "_"), measurements[operator]),
            "result": save(f"{approach}_{operator}_{sampler}.npy".replace("-", "_"), result)})
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
