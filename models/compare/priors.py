"""The bundled priors in PyTorch, with gradients, and a Gaussian one whose answers are known.

`photo` and `photo-latent` are read from the ONNX files that `dcdp` runs; the tests compare the two.
"""

import json
import pathlib
import sys
import tomllib

import onnx
import onnxruntime
import torch
from onnx import numpy_helper

MODELS = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(MODELS / "train"))
import autoencoder  # noqa: E402
import network  # noqa: E402
import network_io  # noqa: E402


class Prior(torch.nn.Module):
    """A diffusion model of pictures in -1...1. `calls` counts its network calls."""

    def __init__(self, schedule=network.PIXEL):
        super().__init__()
        self.alpha_bar = schedule.alpha_bar()
        self.calls = 0

    def epsilon(self, x, t):
        """The noise predicted in x_t (N,C,H,W) at timestep t."""
        self.calls += 1
        return self.noise_in(x, t)

    def clean(self, x, t):
        """The estimate of x_0 from x_t, and the noise predicted."""
        signal, epsilon = self.alpha_bar[t].sqrt().item(), self.epsilon(x, t)
        return (x - (1 - self.alpha_bar[t]).sqrt().item() * epsilon) / signal, epsilon

    def forward(self, x, sigma, **kwargs):
        """As deepinv's denoisers: x with codes 0...1 and noise `sigma` in the same units to its estimate."""
        sigma = 2 * float(torch.as_tensor(sigma).flatten()[0])
        log_ratio = 0.5 * ((1 - self.alpha_bar) / self.alpha_bar).log()
        t = int((log_ratio - torch.tensor(max(sigma, 1e-8)).log()).abs().argmin())
        x0, _ = self.clean(self.alpha_bar[t].sqrt().item() * (2 * x.float() - 1), t)
        return (x0.clamp(-1, 1) + 1) / 2


class Network(Prior):
    """A network of models/train."""

    def __init__(self, net, schedule):
        super().__init__(schedule)
        self.model = network.EpsilonModel(net, schedule).eval().requires_grad_(False)

    def noise_in(self, x, t):
        return self.model(x, torch.full((len(x),), t, dtype=torch.int64))


class Denoiser(torch.nn.Module):
    """A Gaussian denoiser's model folder through ONNX Runtime, as deepinv's denoisers; it has no gradient."""

    def __init__(self, folder, threads):
        super().__init__()
        self.manifest = tomllib.loads((folder / "model.toml").read_text())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(folder / self.manifest["files"]["network"]["path"]), options)
        self.calls = 0

    def forward(self, x, sigma, **kwargs):
        self.calls += 1
        low, high = self.manifest["value_range"]
        sigma = min(float(torch.as_tensor(sigma).flatten()[0]), self.manifest["sigma_max"] / 255) * (high - low)
        sample = (low + (high - low) * x.float()).numpy()
        names = self.manifest["inputs"]
        time = torch.full((len(x),), sigma).numpy()
        output = self.session.run(None, {names["sample"]: sample, names["time"]: time})[0]
        return ((torch.from_numpy(output) - low) / (high - low)).clamp(0, 1)


class Latent(Network):
    """A latent diffusion model: the network of latents, `encode` and `decode`."""

    def __init__(self, net, first_stage):
        super().__init__(net, network.LATENT)
        self.first_stage = first_stage.eval().requires_grad_(False)

    def encode(self, x):
        return self.first_stage.encode(x)

    def decode(self, z):
        return self.first_stage.decode(z)


class Gaussian(Prior):
    """The exact prior of pictures whose values are independent, of this mean and standard deviation."""

    def __init__(self, mean, deviation):
        super().__init__()
        self.mean, self.deviation = mean, deviation

    def noise_in(self, x, t):
        ab, variance = self.alpha_bar[t].item(), self.deviation**2
        x0 = (variance * ab**0.5 * x + (1 - ab) * self.mean) / (ab * variance + 1 - ab)
        return (x - ab**0.5 * x0) / (1 - ab) ** 0.5


class GaussianLatent(Gaussian):
    """The same behind an exactly invertible autoencoder of half the resolution."""

    def encode(self, x):
        return torch.nn.functional.pixel_unshuffle(x, 2)

    def decode(self, z):
        return torch.nn.functional.pixel_shuffle(z, 2)


def photo():
    return Network(network_io.load(MODELS / "photo"), network.PIXEL)


def photo_latent():
    folder = MODELS / "photo-latent"
    stage, weights = autoencoder.Autoencoder(), {}
    for file in ("encoder.onnx", "decoder.onnx"):
        for stored in onnx.load(folder / file).graph.initializer:
            weights[stored.name.removeprefix("autoencoder.")] = torch.from_numpy(numpy_helper.to_array(stored).copy())
    missing = [name for name in stage.state_dict() if name not in weights]
    if missing:
        raise ValueError(f"{folder}: no weights {json.dumps(missing)} in encoder.onnx and decoder.onnx")
    stage.load_state_dict({name: weights[name].reshape(v.shape) for name, v in stage.state_dict().items()})
    return Latent(network_io.load(folder), stage)
