"""Measures the command line's automatic denoising under the conditions of `camera.py`.

    python table.py PICTURES [--pictures N] [--crop N] [--conditions NAME,NAME] [--seed N] [--dcdp PROGRAM]

For every condition, the mean PSNR in dB over the pictures of: the noisy picture; `restore --task denoise` as it is
shipped; the same given the best of 1, 1.4 and 2 times the noise's true standard deviation as white noise (`--noise`),
best for each picture. The truth is the noise-free twin. Pictures without
noise have no best; what is said of them is how little they change (median and worst).
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import camera
from pictures import middle, psnr, spread

FACTORS = (1.0, 1.4, 2.0)


def restore(arguments, noisy, folder, *options):
    """What the command line makes of a picture."""
    source, target = folder / "noisy.png", folder / "restored.png"
    noisy.save(source)
    target.unlink(missing_ok=True)
    command = [arguments.dcdp, "restore", source, "-o", target, "--task", "denoise", "--quiet", *options]
    command += ["--model", arguments.model] if arguments.model else []
    subprocess.run(command, check=True)
    return Image.open(target).convert("RGB")


def measure(arguments, picture, condition, folder):
    """PSNR of the noisy picture, of the restored one, and of the best single sigma."""
    noisy, clean = camera.simulate(picture, condition, arguments.seed)
    before = psnr(noisy, clean)
    automatic = psnr(restore(arguments, noisy, folder), clean)
    if before == 99.0:
        return before, automatic, np.nan
    true = np.sqrt(np.mean((np.asarray(noisy, float) - np.asarray(clean, float)) ** 2))
    best = max(psnr(restore(arguments, noisy, folder, "--noise", f"{k * true:.3f}"), clean) for k in FACTORS)
    return before, automatic, best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="PICTURES", help="a folder of clean pictures")
    parser.add_argument("--pictures", type=int, default=6, metavar="N", help="spread over the folder (6)")
    parser.add_argument("--crop", type=int, default=384, metavar="N", help="side of the middle part; 0 is all (384)")
    parser.add_argument("--conditions", default=",".join(camera.CONDITIONS), metavar="NAME,NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", help="model to use (the command line's default)")
    parser.add_argument("--dcdp", default="dcdp", metavar="PROGRAM", help="the command line (dcdp on the path)")
    arguments = parser.parse_args()
    files = spread(parser, arguments.folder, arguments.pictures)
    print("| condition | noisy | automatic | best single sigma | short of it |")
    print("|---|---|---|---|---|")
    gaps = []
    with tempfile.TemporaryDirectory() as folder:
        for condition in arguments.conditions.split(","):
            # Half of a larger part is as large as the others.
            side = arguments.crop * (2 if "half" in condition.split("-") else 1)
            rows = []
            for file in files:
                picture = middle(Image.open(file).convert("RGB"), side)
                rows.append(measure(arguments, picture, condition, Path(folder)))
            before, automatic, best = np.mean(rows, axis=0)
            if np.isnan(best):
                values = np.array(rows)[:, 1]
                print(f"| {condition} | – | {np.median(values):.1f} (worst {values.min():.1f}) | – | – |", flush=True)
                continue
            gaps.append(best - automatic)
            print(f"| {condition} | {before:.2f} | {automatic:.2f} | {best:.2f} | {best - automatic:.2f} |", flush=True)
    if gaps:
        print(f"\nMean over conditions: {np.mean(gaps):.2f} dB short of the best single sigma.")


if __name__ == "__main__":
    main()
