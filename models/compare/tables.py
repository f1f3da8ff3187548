"""Markdown tables and SVG plots of the lines measured."""

import collections
import json
import pathlib

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

import methods  # noqa: E402
import tasks  # noqa: E402

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
ROWS = {(m.name, prior): m for m in methods.METHODS for prior in m.priors}
FIFTH = 5
LEVEL = 0.05  # dB within which two methods count as level
PIXEL_ORDER = ("dps", "mcg", "pnp-admm", "paper-v1", "paper-v2", "consistency")
LATENT_ORDER = ("latent-dps", "psld", "resample", "latent-1", "latent-2")
OTHERS = ("diffpir", "ddrm", "dpir", "fast", "default", "best")
CLASSICAL = [m.name for m in methods.METHODS if m.group == "classical"]


class Means:
    """Means of every (task, method, prior) over those pictures of the task that all its methods restored, `pictures`; of the
    runs with the most steps."""

    def __init__(self, lines):
        found = collections.defaultdict(lambda: collections.defaultdict(list))
        self.curves = [line for line in lines if "curve" in line]
        for line in lines:
            if "psnr" in line:
                key = line["task"], line["method"], line["prior"]
                found[key][json.dumps(line["settings"], sort_keys=True)].append(line)
        chosen = {key: max(of.values(), key=self.steps) for key, of in found.items()}
        self.pictures = {}
        for (task, _, _), runs in chosen.items():
            names = {line["picture"] for line in runs}
            self.pictures[task] = self.pictures.get(task, names) & names
        kept = {key: [run for run in runs if run["picture"] in self.pictures[key[0]]] for key, runs in chosen.items()}
        self.values = {key: self.mean(runs) for key, runs in kept.items() if runs}

    @staticmethod
    def steps(lines):
        return lines[0]["settings"].get("steps", 0), len(lines)

    @staticmethod
    def mean(lines):
        names = ("psnr", "ssim", "ssimulacra2", "lpips", "calls", "seconds")
        values = {n: float(np.mean([line[n] for line in lines])) for n in names if all(n in line for line in lines)}
        return values | {"settings": lines[0]["settings"]}

    def get(self, task, method, prior):
        return self.values.get((task, method, prior))

    def has(self, method, prior, names):
        return any(self.get(task, method, prior) for task in names)


def titled(method, prior):
    home = {"pixel": "photo", "latent": "photo-latent", "classical": ""}
    expected = home.get(ROWS[method, prior].group, ROWS[method, prior].priors[0])
    title = ROWS[method, prior].title
    return title if prior == expected else f"{title}, {prior}"


def cells(value, names):
    digits = {"psnr": "{:.2f}", "ssim": "{:.3f}", "ssimulacra2": "{:.1f}", "lpips": "{:.3f}"}
    return [digits[name].format(value[name]) if value and name in value else "–" for name in names]


def quality(means, names, rows):
    """A table of tasks side by side, measures as the paper orders them: perceptual, PSNR, SSIM."""
    every = tasks.all_tasks()
    names = [name for name in names if any(key[0] == name for key in means.values)]
    first = "lpips" if any("lpips" in value for value in means.values.values()) else "ssimulacra2"
    label = {"lpips": "LPIPS ↓", "ssimulacra2": "SSIMULACRA 2 ↑"}[first]
    measures = (first, "psnr", "ssim")
    heads = [f"{every[name].title}: {label} | PSNR ↑ | SSIM ↑" for name in names]
    lines = ["| method | " + " | ".join(heads) + " |", "|---" * (1 + 3 * len(names)) + "|"]
    for method, prior in rows:
        if means.has(method, prior, names):
            row = [cell for name in names for cell in cells(means.get(name, method, prior), measures)]
            lines.append(f"| {titled(method, prior)} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def short(means, names, rows):
    """A table of PSNR (SSIMULACRA 2) alone."""
    every = tasks.all_tasks()
    names = [name for name in names if any(key[0] == name for key in means.values)]
    lines = ["| method | " + " | ".join(every[name].title for name in names) + " |", "|---" * (1 + len(names)) + "|"]
    for method, prior in rows:
        if means.has(method, prior, names):
            values = [means.get(name, method, prior) for name in names]
            row = [f"{v['psnr']:.2f} ({v['ssimulacra2']:.0f})" if v else "–" for v in values]
            lines.append(f"| {titled(method, prior)} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def times(means, names, rows):
    """The paper's Table 3: processor seconds per picture, and network calls."""
    every = tasks.all_tasks()
    names = [name for name in names if any(key[0] == name for key in means.values)]
    lines = ["| method | " + " | ".join(f"{every[name].title}: s | calls" for name in names) + " |",
             "|---" * (1 + 2 * len(names)) + "|"]
    for method, prior in rows:
        if means.has(method, prior, names):
            row = []
            for name in names:
                value = means.get(name, method, prior)
                row += [f"{value['seconds']:.1f}", f"{value['calls']:.0f}"] if value else ["–", "–"]
            lines.append(f"| {titled(method, prior)} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def is_ours(method, prior):
    return ROWS[method, prior].solve is None


def verdicts(means, prior, others):
    """On each task: dcdp's default on a prior beside the best by PSNR of those on `others`, and whether the promise holds."""
    lines = ["| task | dcdp, default: PSNR | s | best of the others | PSNR | s | level, at a fifth of its seconds |",
             "|---|---|---|---|---|---|---|"]
    for name, task in tasks.all_tasks().items():
        mine = means.get(name, "default", prior)
        theirs = [(value, m, p) for (t, m, p), value in means.values.items()
                  if t == name and p in others and not is_ours(m, p)]
        if not mine or not theirs:
            continue
        best, method, home = max(theirs, key=lambda entry: entry[0]["psnr"])
        level, fifth = mine["psnr"] >= best["psnr"] - LEVEL, FIFTH * mine["seconds"] <= best["seconds"]
        told = {(True, True): "yes", (True, False): "level, not at a fifth", (False, True): "no: worse",
                (False, False): "no: worse, nor at a fifth"}[level, fifth]
        lines.append(f"| {task.title} | {mine['psnr']:.2f} | {mine['seconds']:.1f} | {titled(method, home)} "
                     f"| {best['psnr']:.2f} | {best['seconds']:.1f} | {told} |")
    return "\n".join(lines)


def whole_hours(means, count=24):
    """Hours that all tasks, methods and `count` pictures take with the full numbers of steps, from what was measured."""
    seconds, kinds = 0.0, {"sr4": "super-resolve", "box": "inpaint"}
    for (task, method, prior), value in means.values.items():
        full = ROWS[method, prior].set_for(kinds.get(task.split("-")[0], "deblur"), "full")
        share = full.get("steps", 1) / value["settings"].get("steps", full.get("steps", 1))
        seconds += count * value["seconds"] * share
    return seconds / 3600


def plot_quality(means, names, path):
    """PSNR over seconds, one panel per task."""
    names = [name for name in names if any(key[0] == name for key in means.values)]
    colours = {"ours": "tab:red", "pixel": "tab:blue", "latent": "tab:green", "classical": "tab:gray"}
    figure, axes = plt.subplots(1, max(len(names), 1), figsize=(3.6 * max(len(names), 1), 3.6), squeeze=False)
    for axis, name in zip(axes[0], names):
        for (task, method, prior), value in means.values.items():
            if task == name and method != "untouched":
                axis.plot(max(value["seconds"], 1e-3), value["psnr"], "o", color=colours[ROWS[method, prior].group])
                axis.annotate(titled(method, prior).replace("DCDP, ", "").replace("DCDP in latents, ", ""),
                              (max(value["seconds"], 1e-3), value["psnr"]), fontsize=5)
        axis.set(xscale="log", title=tasks.all_tasks()[name].title, xlabel="processor seconds")
    axes[0][0].set_ylabel("PSNR, dB")
    save(figure, path)


def plot_curves(means, path):
    """PSNR over rounds."""
    names = list(dict.fromkeys(line["task"] for line in means.curves))
    figure, axes = plt.subplots(1, len(names), figsize=(3.6 * len(names), 3.2), squeeze=False)
    for axis, name in zip(axes[0], names):
        for line in means.curves:
            if line["task"] == name:
                title = ROWS[line["method"].removesuffix(" by rounds"), "photo"].title
                axis.plot(line["rounds"], line["curve"], "o-", markersize=3, label=title)
        axis.set(title=tasks.all_tasks()[name].title, xlabel="rounds")
        axis.legend(fontsize=6)
    axes[0][0].set_ylabel("PSNR, dB")
    save(figure, path)


def save(figure, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with plt.rc_context({"svg.hashsalt": "dcdp", "svg.fonttype": "none"}):
        figure.tight_layout()
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def page(means, pictures):
    """Every table, as Markdown; `pictures` is the folder of the plots as the page names it."""
    paper, noise, real = ([t.name for t in tasks.all_tasks().values() if t.table == of] for of in ("paper", "noise", "real"))
    every = list(ROWS)

    def rows(*methods_, priors=("photo", "photo-cm", "photo-latent", "")):
        return [(m, p) for m in methods_ for (name, p) in every if name == m and p in priors]

    pixels, latents = rows(*PIXEL_ORDER), rows(*LATENT_ORDER)
    also = rows(*OTHERS) + rows(*CLASSICAL)
    steps = sorted({(titled(method, prior), value["settings"]["steps"])
                    for (_, method, prior), value in means.values.items() if "steps" in value["settings"]})
    counts = {name: len(names) for name, names in means.pictures.items()}
    pictures_each = "; ".join(f"{tasks.all_tasks()[name].title} {count}" for name, count in counts.items())
    if len(set(counts.values())) == 1:
        pictures_each = f"{max(counts.values())} of each task"
    steps_each = "; ".join(f"{title} {count}" for title, count in dict(steps).items())
    sections = {
        "Against the promise, on `photo`": verdicts(means, "photo", ("photo", "photo-latent", "")),
        "Against the promise, as shipped (`model = auto` takes FFDNet)":
            verdicts(means, "ffdnet", ("ffdnet", "photo", "photo-latent", "")),
        "The paper's Table 1 and 2: pixel priors": quality(means, paper, pixels),
        "Latent priors": quality(means, paper, latents),
        "Everything else on the same tasks": quality(means, paper, also),
        "The paper's Table 3: processor seconds per picture": times(means, paper, pixels + latents + also),
        "The paper's Table 4: measurement noise, PSNR (SSIMULACRA 2)": short(means, noise, pixels + latents + also),
        "Real ones, PSNR (SSIMULACRA 2)": short(means, real, pixels + latents + also),
        "FFDNet as the prior, PSNR (SSIMULACRA 2)":
            short(means, paper + noise + real, rows("diffpir", "dpir", "fast", "default", "best", priors=("ffdnet",))),
    }
    parts = [f"Pictures: {pictures_each}." + (f" Steps taken: {steps_each}." if steps_each else "")]
    parts += [f"### {head}\n\n{table}" for head, table in sections.items() if table.count("\n") > 1]
    parts.append(f"### PSNR over seconds\n\n![PSNR over seconds]({pictures}/compare-quality.svg)")
    if means.curves:
        parts.append(f"### PSNR over rounds\n\n![PSNR over rounds]({pictures}/compare-rounds.svg)")
    parts.append("What is in these tables takes, with the full numbers of steps and for 24 pictures, about "
                 f"{whole_hours(means):.1f} hours of one processor core at the seconds above.")
    return "\n\n".join(parts)


def write(lines, path):
    """The tables into a page between its marks, or a page of their own; the plots into `pictures` beside it."""
    path = pathlib.Path(path)
    means = Means(lines)
    plot_quality(means, list(tasks.PAPER), path.parent / "pictures" / "compare-quality.svg")
    if means.curves:
        plot_curves(means, path.parent / "pictures" / "compare-rounds.svg")
    text = page(means, "pictures")
    if path.is_file() and BEGIN in path.read_text():
        before, rest = path.read_text().split(BEGIN)
        text = f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}"
    path.write_text(text if text.endswith("\n") else text + "\n")
    print(f"tables: {path}")
