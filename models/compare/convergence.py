"""The paper's convergence figure: how good the picture is after each round.

The program shows no intermediate results; a run that stops after k rounds is told the strengths of the first k of K. The
paper's fall evenly in whole timesteps, which can be told; those of the default preset do not.
"""

import json

NAME = "by-rounds"  # among the methods to be chosen
ROUNDS = (1, 2, 3, 5, 7, 10, 15, 20)
PRESETS = {
    "paper-v1": ["--preset", "paper"],
    "paper-v2": ["--preset", "paper", "--sampler", "tweedie"],
}


def stopped(report, count):
    """Options under which the first `count` rounds of a report are all there are."""
    rounds = report["rounds"]
    words = ["--rounds", count, "--t-start", f"{rounds[0]['t']:g}", "--t-end", f"{rounds[count - 1]['t']:g}"]
    steps = rounds[0].get("gradient_steps")
    return words if steps is None else [*words, "--gradient-steps", steps]


def measure(engine, options, results, metrics, named_problems):
    """PSNR after some rounds of each preset on the paper's noise-free tasks, one line of the results each."""
    picture, problems = named_problems
    quick = options.length == "quick"
    for name, problem in problems.items():
        for preset, words in PRESETS.items():
            if quick and (name, preset) != ("sr4", "paper-v2"):
                continue
            whole = [*words, "--model", "photo"]
            line = {"task": name, "picture": picture, "side": options.side, "method": f"{preset} by rounds",
                    "prior": "photo", "settings": {"options": words}, "threads": options.threads}
            if results.key(line) in results.done:
                continue
            report = engine.restore(problem, whole)[3]
            counts = [k for k in ROUNDS if k < len(report["rounds"])] + [len(report["rounds"])]
            counts = counts[:2] if quick else counts
            line["rounds"], line["curve"] = counts, []
            for count in counts:
                restored = engine.restore(problem, [*whole, *stopped(report, count)])[0]
                line["curve"].append(metrics(restored, problem.truth)["psnr"])
            results.add(line)
            print(f"{name:15s} {preset:15s} by rounds: {json.dumps(line['curve'])}", flush=True)
