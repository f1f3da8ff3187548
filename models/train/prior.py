"""A model folder run by ONNX Runtime, as dcdp runs it."""

import pathlib
import tomllib

import numpy as np
import onnxruntime

import noise


class Prior:
    """A pixel model, Gaussian denoisers among them, or a consistency model; `threads` 0 means all cores."""

    def __init__(self, folder, threads=0):
        folder = pathlib.Path(folder)
        self.manifest = tomllib.loads((folder / "model.toml").read_text())
        self.name = self.manifest["name"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        path = folder / self.manifest["files"]["network"]["path"]
        self.session = onnxruntime.InferenceSession(str(path), options, providers=onnxruntime.get_available_providers())
        self.sample, self.time = self.manifest["inputs"]["sample"], self.manifest["inputs"]["time"]

    def run(self, x, time):
        """The raw output for x (N,3,H,W) and one time for all, or one for each (a timestep, or sigma)."""
        index = self.manifest["time_input"] == "index"
        times = np.full(len(x), time, dtype=np.int64 if index else np.float32)
        return self.session.run(None, {self.sample: x.astype(np.float32), self.time: times})[0]

    def denoise(self, noisy, sigma):
        """The one-step estimate of a picture (3,H,W) in [-1, 1] with noise `sigma` in 0...255 units."""
        multiple = self.manifest["size_multiple"]
        height, width = noisy.shape[1:]
        pad = ((0, 0), (0, -height % multiple), (0, -width % multiple))
        x = np.pad(noisy, pad, mode="symmetric")[None]
        if "sigma_max" in self.manifest:
            restored = self.estimate(x, sigma)
        else:
            t, signal, deviation = noise.nearest_timestep(sigma)
            restored = x - deviation / signal * self.run(signal * x, t)
        return np.clip(restored[0, :, :height, :width], -1, 1)

    def estimate(self, x, sigma):
        """x0 of pictures (N,3,H,W) in [-1, 1] by a network that is told `sigma` (0...255 units) in its pictures' units."""
        low, high = self.manifest["value_range"]
        scale, shift = 2 / (high - low), -(high + low) / (high - low)
        return scale * self.run((x - shift) / scale, sigma / 127.5 / scale) + shift
