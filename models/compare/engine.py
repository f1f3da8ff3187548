"""`dcdp`, always through its command line."""

import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
import tifffile
import torch
from PIL import Image


def processor_seconds():
    """Of the programs run so far: what else the machine does meanwhile counts little."""
    times = os.times()
    return times.children_user + times.children_system


class Engine:
    """The program, in a working folder of its own."""

    def __init__(self, program, threads):
        self.program, self.threads = str(program), threads
        self.keeper = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.keeper.name)
        self.kernels = {}

    def run(self, *words):
        done = subprocess.run([self.program, *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"dcdp {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def write(self, name, codes):
        """Codes (H,W,3) as a TIFF of floats; what the program reads is what Python measured, to the last bit."""
        tifffile.imwrite(self.folder / name, np.ascontiguousarray(codes, np.float32), photometric="rgb")

    def read(self, name):
        path = self.folder / name
        if path.suffix == ".tiff":
            return tifffile.imread(path).astype(np.float64)
        return np.asarray(Image.open(path).convert("RGB")) / 255

    def degraded(self, codes, options):
        """What `dcdp degrade` makes of codes (H,W,3)."""
        self.write("clean.tiff", codes)
        self.run("degrade", "clean.tiff", "-o", "degraded.tiff", "--transfer", "srgb", *options)
        return self.read("degraded.tiff")

    def random_kernel(self, seed):
        """The point-spread function of `--blur random:SEED`, from what it makes of a point."""
        if seed not in self.kernels:
            point = np.zeros((181, 181, 3))
            point[90, 90] = 1
            options = ["--task", "deblur", "--blur", f"random:{seed}", "--blur-light", "encoded", "--noise", "0"]
            kernel = self.degraded(point, options)[60:121, 60:121, 0]
            kernel[kernel < 1e-6] = 0  # what the program's transforms in single precision leave around it
            self.kernels[seed] = kernel / kernel.sum()
        return self.kernels[seed]

    def restore(self, problem, options):
        """The restored picture (1,3,H,W), network calls, processor seconds of the whole program, and the report."""
        source, target = f"measured{problem.suffix}", f"restored{'.png' if problem.file else '.tiff'}"
        if problem.file is None:
            self.write(source, problem.measured[0].permute(1, 2, 0).numpy())
        else:
            (self.folder / source).write_bytes(problem.file)
        words = [*problem.options, *options]
        if problem.mask is not None:
            Image.fromarray(problem.mask.astype(np.uint8) * 255).save(self.folder / "mask.png")
            words += ["--mask", "mask.png"]
        before = processor_seconds()
        self.run("restore", source, "-o", target, "--quiet", "--device", "cpu", "--threads", self.threads,
                 "--report", "report.json", *words)
        seconds = processor_seconds() - before
        report = json.loads((self.folder / "report.json").read_text())
        restored = torch.from_numpy(self.read(target).transpose(2, 0, 1)[None]).float()
        return restored, report["network_calls"], seconds, report
