#!/usr/bin/env python3
"""Runs every method on every task and picture, one JSON line per run, and makes the tables of the lines.

    python compare.py --pictures FOLDER [--length full|short]      # `cargo xtask compare` calls it so
    python compare.py --quick                                      # a small bundled picture, minutes
    python compare.py --tables                                     # the tables of what was measured so far

What is in the results file is not run again: a run that was stopped goes on. Seeds are fixed.
"""

import argparse
import json
import pathlib
import sys
import time
import traceback

import numpy as np
import torch
from PIL import Image

import convergence
import engine
import methods
import metrics
import priors
import tables
import tasks

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}
SEED = 0
QUICK_SIDE = 64
QUICK_TASKS = ["sr4", "box", "gaussian-0.1", "camera-20", "light", "jpeg-20"]
FLOORS = HERE / "floors.json"
SLACK = 0.1  # dB that another processor's arithmetic may cost


class Results:
    """The lines measured so far."""

    def __init__(self, path):
        self.path, self.lines = path, []
        if path.is_file():
            self.lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        self.done = {self.key(line) for line in self.lines if "error" not in line}

    @staticmethod
    def key(line):
        return json.dumps([line[k] for k in ("task", "picture", "side", "method", "prior", "settings")], sort_keys=True)

    def add(self, line):
        self.lines = [old for old in self.lines if self.key(old) != self.key(line)] + [line]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


class Bench:
    """Priors, loaded when they are first needed, and the program."""

    def __init__(self, program, threads):
        self.engine, self.threads, self.loaded = engine.Engine(program, threads), threads, {}
        self.models = program.parent / "models"

    def prior(self, name):
        if name not in self.loaded:
            make = {"": lambda: None, "photo": priors.photo, "photo-latent": priors.photo_latent,
                    "ffdnet": lambda: priors.Denoiser(self.models / "ffdnet", self.threads)}
            self.loaded[name] = make[name]()
        return self.loaded[name]

    def run(self, method, problem, prior, settings):
        """The restored picture, network calls and processor seconds of one method."""
        if method.solve is None:
            return self.engine.restore(problem, [*settings["options"], "--model", prior])[:3]
        network = self.prior(prior)
        if network is not None:
            network.calls = 0
        start = time.process_time()
        restored = method.solve(problem, network, torch.Generator().manual_seed(SEED), **settings)
        return restored, 0 if network is None else network.calls, time.process_time() - start


def pictures(folder, limit):
    """`limit` files spread over a folder (0 for all), or the one file itself."""
    files = [folder] if folder.is_file() else sorted(f for f in folder.iterdir() if f.suffix.lower() in SUFFIXES)
    if not files:
        raise SystemExit(f"{folder}: no pictures")
    count = min(limit or len(files), len(files))
    return [files[int((i + 0.5) * len(files) / count)] for i in range(count)]


def read(path, side):
    """Codes 0...1 of the middle of a picture, as wide as the tasks need it."""
    codes = np.asarray(Image.open(path).convert("RGB")) / 255
    wide = side + 2 * tasks.MARGIN
    if min(codes.shape[:2]) < wide:
        raise SystemExit(f"{path}: {side}² pixels are measured on {wide}², and the picture is smaller")
    return tasks.middle(codes, wide)


def planned(options, files):
    """(picture, task, method, prior) in the order they run."""
    chosen = [m for m in methods.METHODS if not options.methods or m.name in options.methods]
    for path in files:
        for task in tasks.all_tasks().values():
            if options.tasks and task.name not in options.tasks and task.table not in options.tasks:
                continue
            for method in chosen:
                for prior in method.priors:
                    if not options.priors or prior in options.priors or prior == "":
                        yield path, task, method, prior


def measure(options, results):
    """Runs what is missing; the number of failures."""
    bench, measured = Bench(options.program, options.threads), metrics.Metrics(options.lpips)
    failures, problems = 0, {}
    plan = list(planned(options, pictures(options.pictures, options.limit)))
    for number, (path, task, method, prior) in enumerate(plan, 1):
        if (path, task.name) not in problems:
            wide = read(path, options.side)
            problems = {(path, task.name): task.make(wide, options.side, SEED, bench.engine)}
        problem = problems[path, task.name]
        if not methods.runs(method, problem):
            continue
        settings = method.set_for(problem.kind, options.length)
        line = {"task": task.name, "picture": path.stem, "side": options.side, "method": method.name, "prior": prior,
                "settings": settings, "threads": options.threads}
        if results.key(line) in results.done:
            continue
        try:
            restored, line["calls"], seconds = bench.run(method, problem, prior, settings)
            line["seconds"] = round(seconds, 3)
            line |= measured(restored, problem.truth)
            told = f"{line['psnr']:6.2f} dB {line['calls']:5.0f} calls {seconds:8.2f} s"
        except Exception as error:  # one method that fails does not keep the others from being measured
            failures += 1
            line["error"] = f"{type(error).__name__}: {error}"
            told = line["error"]
            traceback.print_exc()
        results.add(line)
        print(f"{number:5d}/{len(plan)} {path.stem:12s} {task.name:15s} {method.name:15s} {prior:12s} {told}", flush=True)
    if not options.methods or convergence.NAME in options.methods:
        convergence.measure(bench.engine, options, results, measured, problems_of(options, bench))
    return failures


def problems_of(options, bench):
    """The paper's noise-free problems of the first picture, those chosen."""
    path = pictures(options.pictures, options.limit)[0]
    wide = read(path, options.side)
    made = {name: tasks.all_tasks()[name].make for name in tasks.PAPER
            if not options.tasks or name in options.tasks or "paper" in options.tasks}
    return path.stem, {name: make(wide, options.side, SEED, bench.engine) for name, make in made.items()}


def below_floor(results, record):
    """Where the default preset is worse than it was, as text."""
    now = {f"{line['task']} {line['prior']}": line["psnr"] for line in results.lines
           if line["method"] == "default" and "psnr" in line}
    if record:
        FLOORS.write_text(json.dumps(now, indent=1) + "\n")
    floors = json.loads(FLOORS.read_text())
    return [f"{name}: {now.get(name, 0):.2f} dB, once {floor:.2f}" for name, floor in floors.items()
            if now.get(name, 0) < floor - SLACK]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=pathlib.Path, help="a folder of clean pictures, or one file")
    parser.add_argument("--limit", type=int, default=0, help="so many of them, spread over the folder; 0 for all")
    parser.add_argument("--side", type=int, default=tasks.SIDE, help="of the middle square that is restored")
    parser.add_argument("--tasks", nargs="+", metavar="NAME", help="tasks, or paper, noise, real; all unless given")
    parser.add_argument("--methods", nargs="+", metavar="NAME", choices=[m.name for m in methods.METHODS] + [convergence.NAME],
                        help=f"all unless given; {convergence.NAME} is PSNR over rounds")
    parser.add_argument("--priors", nargs="+", metavar="NAME")
    parser.add_argument("--length", choices=["full", "short", "quick"], default="full",
                        help="steps of those samplers that take hundreds: all, or a tenth, each as many times longer")
    parser.add_argument("--lpips", metavar="FILE", help=f"torchvision's {metrics.BACKBONE}, for LPIPS")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/dcdp")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "target/compare/results.jsonl")
    parser.add_argument("--into", type=pathlib.Path, help="a page whose tables are made anew, pictures beside it")
    parser.add_argument("--tables", action="store_true", help="measure nothing")
    parser.add_argument("--quick", action="store_true", help="a bundled picture and few steps; fails below the floors")
    parser.add_argument("--record-floors", action="store_true", help="with --quick: what is measured is the floor")
    options = parser.parse_args()
    options.program = options.program.resolve()
    if options.quick:
        options.pictures, options.side, options.length = ROOT / "examples/photo/houses.jpg", QUICK_SIDE, "quick"
        if options.tasks or options.methods or options.priors:
            parser.error("--quick measures every method: its floors are for all")
        options.tasks = QUICK_TASKS
        options.results = options.results.with_name("quick.jsonl")
        options.results.unlink(missing_ok=True)
    torch.set_num_threads(options.threads)
    results, failures = Results(options.results), 0
    if not options.tables:
        if options.pictures is None:
            parser.error("--pictures: a folder of clean pictures that no model was trained on")
        failures = measure(options, results)
    tables.write(results.lines, options.into or options.results.with_suffix(".md"))
    problems = [f"{failures} runs failed"] if failures else []
    if options.quick:
        problems += below_floor(results, options.record_floors)
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    main()
