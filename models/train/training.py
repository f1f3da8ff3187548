"""The training loop shared by every network here: budget, checkpoints, EMA and log."""

import argparse
import copy
import csv
import datetime
import os
import pathlib
import signal
import time

import numpy as np
import torch
from tqdm import tqdm

import data
import network
import optimizer
import parallel
import validation

LOG_EVERY = 250  # steps
SAVE_EVERY = 240  # seconds
WARM_UP = 200  # steps
COLUMNS = ["step", "seconds", "rate", "loss"]  # then what the kind of training measures


def parser(description):
    """The options every kind of training has."""
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("photos", nargs="?", help="folder of photographs, searched with its subfolders")
    p.add_argument("--run", default="runs/photo", help="folder for checkpoints and logs; continued if it exists")
    p.add_argument("--hours", type=float, default=8.0, help="training time, all resumed runs together")
    p.add_argument("--until", help="end at this time instead, for example 2027-01-31T18:00+00:00")
    p.add_argument("--steps", type=int, help="end after this many steps instead, resumed runs together")
    p.add_argument("--batch", type=int, default=32, help="crops per step at the first crop size")
    p.add_argument("--size", type=int, default=64, help="crop size in pixels")
    p.add_argument("--late-size", type=int, default=128, help="crop size late in training, same pixels per step")
    p.add_argument("--late-from", type=float, default=0.93, help="share of the budget after which it is used")
    p.add_argument("--optimizer", choices=["muon", "adamw"], default="muon")
    p.add_argument("--lr", type=float, default=1e-3, help="peak learning rate of AdamW")
    p.add_argument("--muon-lr", type=float, default=0.02, help="peak learning rate of Muon")
    p.add_argument("--ema", type=float, default=0.998, help="decay of the averaged weights, per step")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--processes", type=int, default=0, help="CPU processes, 0 for one per core; a GPU uses one")
    return p


class Training:
    """Everything a checkpoint holds, and one step of it. Subclasses say what the loss is."""

    measured = ["psnr15", "psnr25", "psnr50"]  # the names of what `measure` returns
    credit = ""  # whom else the weights are owed to

    def __init__(self, net, options, device):
        self.options, self.device = options, device
        self.network = net.to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimizers = optimizer.build(self.network, options.optimizer, options.lr, options.muon_lr)
        self.forward = torch.compile(self.network) if device.type == "cuda" else self.network
        self.balance = None  # set by the subclass: a noise.Balance
        self.step_count, self.seconds, self.rate = 0, 0.0, 0.0

    def losses(self, clean):
        """Per-crop losses (N) and the noise bins (N) they belong to, for clean crops (N,3,H,W) in [-1, 1]."""
        raise NotImplementedError

    def denoise(self, noisy, sigma):
        """The averaged network's estimate of the picture, for the validation curve (sigma in 0...255 units)."""
        raise NotImplementedError

    def measure(self, check):
        """The values of the validation curves, in dB."""
        return check.psnr(self.denoise)

    def finish(self, crops):
        """Called once with an iterator over batches when the training ends, before the last checkpoint."""

    def step(self, clean, rate):
        """One optimiser step with learning rates at `rate` of their peaks; returns the mean loss."""
        self.rate = rate
        losses, bins = self.losses(clean)
        self.balance(losses, bins).backward()
        parallel.average_gradients(self.network.parameters())
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer_ in self.optimizers:
            for group in optimizer_.param_groups:
                group["lr"] = group["peak"] * rate
            optimizer_.step()
            optimizer_.zero_grad(set_to_none=True)
        self.step_count += 1
        decay = min(self.options.ema, (1 + self.step_count) / (10 + self.step_count))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)
        return losses.mean().item()

    def save(self, path):
        """Writes aside, then renames: a checkpoint is whole or absent."""
        state = {
            "config": self.network.config.to_json(),
            "credit": self.credit,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "mean_loss": self.balance.mean_loss,
            "step": self.step_count,
            "seconds": self.seconds,
        }
        aside = path.with_suffix(".part")
        torch.save(state, aside)
        aside.replace(path)

    def load(self, path):
        state = torch.load(path, map_location=self.device, weights_only=True)
        if type(self.network.config).from_json(state["config"]) != self.network.config:
            raise ValueError(f"{path} holds a network of another shape: {state['config']}")
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        peaks = [[group["peak"] for group in o.param_groups] for o in self.optimizers]
        for optimizer_, saved, rates in zip(self.optimizers, state["optimizers"], peaks):
            optimizer_.load_state_dict(saved)
            for group, peak in zip(optimizer_.param_groups, rates):
                group["peak"] = peak
        self.balance.mean_loss.copy_(state["mean_loss"])
        self.step_count, self.seconds = state["step"], state["seconds"]


def averaged_network(path, kind=network.Network):
    """The averaged network, of class `kind`, of a checkpoint, with the step and the seconds it was trained for."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = kind.from_json(state["config"])
    net.load_state_dict(state["average"])
    return net.eval(), state["step"], state["seconds"]


def credit(path):
    """Whom else the weights of a checkpoint are owed to; empty for nobody."""
    return torch.load(path, map_location="cpu", weights_only=True).get("credit", "")


def stop_signals():
    """A list that is no longer empty after SIGTERM or Ctrl-C. Only process 0 listens; the others follow it."""
    stop = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, (lambda *_: stop.append(True)) if parallel.rank() == 0 else signal.SIG_IGN)
    return stop


class Budget:
    """How much of the training is done: by steps, or by the clock. The learning rate falls to 0 at its end."""

    def __init__(self, options, seconds):
        self.steps, self.seconds = options.steps, options.hours * 3600
        if options.until:
            self.seconds = seconds + datetime.datetime.fromisoformat(options.until).timestamp() - time.time()

    def share(self, training):
        return training.step_count / self.steps if self.steps else training.seconds / self.seconds


class Log:
    """log.csv and the progress bar, kept by process 0."""

    def __init__(self, run, measured):
        path = run / "log.csv"
        fresh = not path.exists()
        self.file = open(path, "a", newline="")
        self.rows = csv.writer(self.file)
        if fresh:
            self.rows.writerow(COLUMNS + measured)
        self.bar = tqdm(total=100, unit="%", mininterval=5, bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}")

    def advance(self, share):
        self.bar.update(round(100 * share, 2) - self.bar.n)

    def row(self, training, rate, loss, measured):
        values = [f"{value:.3f}" for value in measured]
        self.rows.writerow([training.step_count, round(training.seconds), f"{rate:.4f}", f"{loss:.5f}"] + values)
        self.file.flush()
        self.bar.set_postfix(step=training.step_count, loss=f"{loss:.4f}", dB=" ".join(values))


def train(make, options):
    """Trains what `make(options, device)` returns until the time is spent or a signal comes; resumes by itself."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run, first = pathlib.Path(options.run), parallel.rank() == 0
    torch.manual_seed(options.seed)
    training = make(options, device)
    checkpoint = run / "checkpoint.pt"
    if checkpoint.exists():
        training.load(checkpoint)
    budget = Budget(options, training.seconds)
    seed = options.seed + training.step_count + 7919 * parallel.rank()
    torch.manual_seed(seed)
    check = validation.Validation(run / "data", device, options.size)
    stop, log = stop_signals(), Log(run, training.measured) if first else None
    workers = min(12, os.cpu_count()) if device.type == "cuda" else 0
    started, saved = time.monotonic() - training.seconds, time.monotonic()
    size, crops, losses, rate = 0, None, [], 0.0
    while True:
        training.seconds = time.monotonic() - started
        share = parallel.from_first(1.0 if stop else budget.share(training))
        if share >= 1:
            break
        wanted = options.late_size if share >= options.late_from else options.size
        if wanted != size:
            size, count = wanted, max(1, options.batch * options.size**2 // wanted**2 // parallel.world_size())
            crops = data.batches(run / "data", size, count, seed, workers)
        rate = min(1.0, (training.step_count + 1) / WARM_UP) * (1 - share)
        losses.append(training.step(data.to_network_range(next(crops), device), rate))
        if not first:
            continue
        log.advance(share)
        if training.step_count % LOG_EVERY == 0:
            with torch.no_grad():
                log.row(training, rate, np.mean(losses), training.measure(check))
            losses = []
        if time.monotonic() - saved > SAVE_EVERY:
            training.save(checkpoint)
            saved = time.monotonic()
    if first:
        with torch.no_grad():
            training.finish(data.batches(run / "data", options.size, options.batch, options.seed, 0))
            log.row(training, rate, np.mean(losses or [np.nan]), training.measure(check))
        training.save(checkpoint)


def start(function, options):
    """Decodes the photographs, then runs `function(options)` in as many processes as the machine calls for."""
    if options.photos is None:
        raise SystemExit("name the folder of photographs")
    data.decode_all(options.photos, pathlib.Path(options.run) / "data", smallest=options.late_size)
    processes = 1 if torch.cuda.is_available() else options.processes or os.cpu_count()
    parallel.launch(function, options, processes)
