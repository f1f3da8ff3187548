"""Blurs pictures in known ways and counts how often `dcdp estimate` finds the blur.

    python blur.py PICTURE... [--program dcdp] [--restore [--crop N]] [--preset P] [--seed N] [--jobs N] [--keep DIR]
    python blur.py PICTURE... --sharp | --shake [--auto] [...]

Every picture is blurred by lines of 7, 12, 18 and 27 px at random angles, disks of radius 2, 3.3, 5.3 and 8 px and
Gaussians of 1.3, 1.9, 2.8 and 4 px, each size up to 8 % larger or smaller. In turn, another blur first in every
picture, the result is stored as PNG, as PNG with noise of standard deviation 2.55 (of 255), and as JPEG of quality 92;
half is blurred in linear light, half in sRGB codes. Half of the lines are drawn by distance (as MATLAB's fspecial), half
as a thin line shared among four pixels.

A blur counts as found when its kind is right, its size within 8 % and its angle within 3 degrees. Names can be wrong
where the blur is right (a disk of 2 px and a Gaussian of 1 px hardly differ): `--restore` restores with the blur found
and with the true one, and counts error ratios below 3 in mean square, 32 px off the borders.

`--sharp` instead counts "no blur" in the pictures as they are and with noise of 2.5, 5 and 10.

`--shake` instead shakes every picture along a random trail of dcdp's own that reaches over 15 to 29 px, in linear light
with noise of standard deviation 1, and restores it with `blur = shake` (`--auto`: with what `auto` finds) and with the
true trail. Errors are taken where the result lies best on the truth, to a quarter of a pixel: a trail found is as good a
pixel further left.
"""

import argparse
import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import fourier_shift
from scipy.signal import fftconvolve

BLURS = [
    *(("motion", size) for size in (7, 12, 18, 27)),
    *(("disk", size) for size in (2, 3.3, 5.3, 8)),
    *(("gaussian", size) for size in (1.3, 1.9, 2.8, 4)),
]
STORED = ["png", "noise", "jpeg"]
NUMBER = {"motion": "length", "disk": "radius", "gaussian": "sigma"}
BORDER = 32


def decode(x):
    return np.where(x <= 0.04045, x / 12.92, ((np.maximum(x, 0) + 0.055) / 1.055) ** 2.4)


def encode(x):
    x = np.clip(x, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def line_by_distance(length, angle):
    half = (length - 1) / 2
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    reach = int(np.ceil(half)) + 1
    y, x = np.mgrid[reach : -reach - 1 : -1, -reach : reach + 1]
    along = np.clip(x * cos + y * sin, -half, half)
    return np.maximum(1 - np.hypot(x - along * cos, y - along * sin), 0)


def thin_line(length, angle):
    reach = int(length / 2) + 3
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    count = int(length * 64)
    along = (np.arange(count) + 0.5) / count * length - length / 2
    x = reach + along * np.cos(np.radians(angle))
    y = reach - along * np.sin(np.radians(angle))
    i, j = np.floor(y).astype(int), np.floor(x).astype(int)
    v, u = y - i, x - j
    for down, right, weight in ((0, 0, (1 - u) * (1 - v)), (0, 1, u * (1 - v)), (1, 0, (1 - u) * v), (1, 1, u * v)):
        np.add.at(kernel, (i + down, j + right), weight)
    return kernel


def disk(radius, samples=9):
    side = 2 * (int(np.ceil(radius)) + 1) + 1
    grid = (np.arange(side * samples) + 0.5) / samples - side / 2
    inside = np.hypot(grid[:, None], grid[None]) <= radius
    return inside.reshape(side, samples, side, samples).mean((1, 3))


def gaussian(sigma):
    reach = int(4 * sigma + 0.5)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.outer(taps, taps)


def kernel_of(kind, size, angle, thin):
    if kind == "motion":
        kernel = thin_line(size, angle) if thin else line_by_distance(size, angle)
    else:
        kernel = disk(size) if kind == "disk" else gaussian(size)
    return kernel / kernel.sum()


def blurred(codes, kernel, light):
    x = codes / 255
    x = decode(x) if light == "linear" else x
    up, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    x = np.pad(x, ((up, up), (left, left), (0, 0)), "reflect")
    x = np.stack([fftconvolve(x[..., channel], kernel, "valid") for channel in range(3)], -1)
    return 255 * (encode(x) if light == "linear" else x)


def store(codes, stored, path):
    picture = Image.fromarray(np.clip(np.round(codes), 0, 255).astype(np.uint8))
    path = path.with_suffix(".jpg" if stored == "jpeg" else ".png")
    picture.save(path, **({"quality": 92} if stored == "jpeg" else {}))
    return path


def estimate(program, path):
    run = [program, "estimate", str(path), "--task", "deblur"]
    found = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)["blur"]
    psf = found.pop("psf", None)
    return found, None if psf is None else np.array(psf)


def option_found(found, psf, folder):
    """The option that gives a restoration the blur that was found."""
    if psf is None:
        return option(found["kind"], found[NUMBER[found["kind"]]], found.get("angle"))
    kernel = folder / "kernel.png"
    Image.fromarray(np.round(65535 * psf / psf.max()).astype(np.uint16)).save(kernel)
    return f"kernel:{kernel}"


def restored(arguments, path, blur, light, out):
    run = [arguments.program, "restore", str(path), "-o", str(out), "--task", "deblur", "--quiet"]
    run += ["--blur", blur, "--blur-light", light, "--preset", arguments.preset]
    subprocess.run(run, check=True)
    return np.asarray(Image.open(out).convert("RGB"), float)


def error(codes, truth):
    inside = (slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    return np.mean((codes - truth)[inside] ** 2)


def option(kind, size, angle):
    return f"{kind}:{size:.3f}" + (f",{angle:.2f}" if kind == "motion" else "")


def is_found(found, kind, size, angle):
    if found["kind"] != kind or abs(found[NUMBER[kind]] / size - 1) > 0.08:
        return False
    return kind != "motion" or abs((found["angle"] - angle + 90) % 180 - 90) <= 3


def middle(codes, side):
    """The middle `side` x `side` pixels, from a corner on JPEG's grid on; everything where `side` is 0."""
    if side == 0:
        return codes
    top, left = (max(0, length - side) // 2 // 16 * 16 for length in codes.shape[:2])
    return codes[top : top + side, left : left + side]


def blurred_cases(arguments, index, folder):
    """What was found in one picture, blurred in all ways: of every case its groups, whether the name is right, whether
    the light is (None where no blur was found), and the errors found and true."""
    picture = arguments.pictures[index]
    rng = np.random.default_rng([arguments.seed, index])
    folder = folder / f"{index:04d}"
    folder.mkdir(exist_ok=True)
    truth = np.asarray(Image.open(picture).convert("RGB"), float)
    cases = []
    for number, (kind, size) in enumerate(BLURS):
        size *= np.exp(rng.uniform(-0.08, 0.08))
        angle = rng.uniform(0, 180)
        light = ["linear", "encoded"][rng.integers(2)]
        stored = STORED[(number + index) % len(STORED)]
        kernel = kernel_of(kind, size, angle, thin=bool(rng.integers(2)))
        name = folder / f"{number:02d}-{kind}"
        codes = blurred(truth, kernel, light)
        if stored == "noise":
            codes = codes + rng.normal(scale=2.55, size=codes.shape)
        path = store(codes, stored, name)
        found, psf = estimate(arguments.program, path)
        case = {"groups": (kind, f"{kind} {light}", stored, "all"), "found": is_found(found, kind, size, angle)}
        is_blurred = found["kind"] != "none"
        case["light"] = found["light"] == light if is_blurred else None
        line = f"{path.parent.name}/{path.name}\t{Path(picture).name}\t{option(kind, size, angle)}\t{light}"
        if arguments.restore:
            part, clean = store(middle(codes, arguments.crop), stored, folder / "part"), middle(truth, arguments.crop)
            result = np.asarray(Image.open(part).convert("RGB"), float)
            if is_blurred:
                result = restored(arguments, part, option_found(found, psf, folder), found["light"], folder / "found.png")
            best = restored(arguments, part, option(kind, size, angle), light, folder / "true.png")
            case["errors"] = [error(picture, clean) for picture in (result, best)]
            line += f"\tratio {case['errors'][0] / case['errors'][1]:.2f}"
        if arguments.restore or not case["found"]:
            print(f"{line}\t{json.dumps(found)}", flush=True)
        cases.append(case)
    return cases


def count_blurred(arguments, folder):
    with ThreadPoolExecutor(arguments.jobs) as pool:
        of_pictures = pool.map(lambda index: blurred_cases(arguments, index, folder), range(len(arguments.pictures)))
        cases = [case for cases in of_pictures for case in cases]
    for group in sorted({group for case in cases for group in case["groups"]}):
        some = [case for case in cases if group in case["groups"]]
        line = f"{group:18s} {len(some):4d}   found {100 * np.mean([case['found'] for case in some]):5.1f} %"
        if arguments.restore:
            errors = np.array([case["errors"] for case in some])
            found, best = np.mean(10 * np.log10(255**2 / errors), 0)
            below = 100 * np.mean(errors[:, 0] < 3 * errors[:, 1])
            line += f"   ratio < 3 {below:5.1f} %   {found:.2f} dB, true blur {best:.2f}"
        print(line)
    lights = [case["light"] for case in cases if case["light"] is not None]
    print(f"light right where a blur was found: {100 * np.mean(lights):.1f} %")


def trail_reach(program, seed, folder):
    """Pixels from end to end of the random trail of a seed, where it is above 5 % of its maximum."""
    point = np.zeros((91, 91), np.uint16)
    point[45, 45] = 65535
    Image.fromarray(point).save(folder / "point.png")
    run = [program, "degrade", str(folder / "point.png"), "-o", str(folder / "trail.png"), "--task", "deblur"]
    run += ["--blur", f"random:{seed}", "--blur-light", "encoded", "--quiet"]
    subprocess.run(run, check=True)
    trail = np.asarray(Image.open(folder / "trail.png"), float)
    trail = trail if trail.ndim == 2 else trail[..., 0]
    seen = np.argwhere(trail > 0.05 * trail.max())
    return int((np.ptp(seen, 0) + 1).max())


def aligned_error(codes, truth):
    """The error where green lies best on the truth's."""

    def moved(channels, place):
        spectrum = np.fft.fft2(channels, axes=(0, 1))
        planes = [fourier_shift(spectrum[..., c], place) for c in range(channels.shape[2])]
        return np.real(np.fft.ifft2(np.stack(planes, -1), axes=(0, 1)))

    green, middle = slice(1, 2), (0.0, 0.0)
    for step in (1, 0.5, 0.25):
        around = [(middle[0] + step * i, middle[1] + step * j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        middle = min(around, key=lambda place: error(moved(codes[..., green], place), truth[..., green]))
    return error(moved(codes, middle), truth)


def shake_case(arguments, picture, seed, folder):
    shaken, report = folder / f"shaken-{seed}.png", folder / f"report-{seed}.json"
    quiet = ["--task", "deblur", "--quiet"]
    run = [arguments.program, "degrade", picture, "-o", str(shaken), "--blur", f"random:{seed}", "--noise", "1"]
    subprocess.run(run + quiet, check=True)
    truth = np.asarray(Image.open(picture).convert("RGB"), float)
    sources, errors = {"input": shaken}, {}
    for name, blur in (("found", "auto" if arguments.auto else "shake"), ("true", f"random:{seed}")):
        sources[name] = folder / f"{name}-{seed}.png"
        run = [arguments.program, "restore", str(shaken), "-o", str(sources[name]), "--blur", blur]
        run += ["--preset", arguments.preset]
        run += ["--report", str(report)] if name == "found" else []
        subprocess.run(run + quiet, check=True, stderr=subprocess.DEVNULL)
        if name == "found":
            found = json.loads(report.read_text())["blur"]
            if found["kind"] == "none":
                return found, errors
    for name, source in sources.items():
        errors[name] = aligned_error(np.asarray(Image.open(source).convert("RGB"), float), truth)
    return found, errors


def count_shaken(arguments, folder):
    cases, seed = [], 1000 * arguments.seed
    for picture in arguments.pictures:
        seed += 1
        while not 15 <= (reach := trail_reach(arguments.program, seed, folder)) <= 29:
            seed += 1
        cases.append((picture, seed, reach))
    gains, ratios = [], []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        results = pool.map(lambda case: shake_case(arguments, case[0], case[1], folder), cases)
        for (picture, seed, reach), (found, errors) in zip(cases, results):
            line = f"{Path(picture).name}\tseed {seed}\t{reach} px\t"
            if found["kind"] == "none":
                gains.append(0.0)
                print(f"{line}left alone: {found['reason']}, {found['confidence']:.2f}", flush=True)
                continue
            gains.append(10 * np.log10(errors["input"] / errors["found"]))
            ratios.append(errors["found"] / errors["true"])
            best = 10 * np.log10(errors["input"] / errors["true"])
            print(
                f"{line}{found['kind']}\t{gains[-1]:+.2f} of {best:+.2f} dB\tratio {ratios[-1]:.2f}"
                f"\t{found['confidence']:.2f}",
                flush=True,
            )
    count = len(gains)
    print(f"changed {len(ratios)} of {count}; worse by more than 0.3 dB {sum(gain < -0.3 for gain in gains)} of {count}")
    if ratios:
        changed = [gain for gain in gains if gain != 0]
        print(f"of those changed: ratio < 3 {100 * np.mean(np.array(ratios) < 3):.0f} %, mean {np.mean(changed):+.2f} dB")


def count_sharp(arguments, folder):
    rng = np.random.default_rng(arguments.seed)
    for noise in (0, 2.5, 5, 10):
        wrong = []
        for picture in arguments.pictures:
            codes = np.asarray(Image.open(picture).convert("RGB"), float)
            codes = codes + noise * rng.normal(size=codes.shape)
            path = store(codes, "png", folder / "sharp")
            found, _ = estimate(arguments.program, path)
            if found["kind"] != "none":
                wrong.append(f"{Path(picture).name}: {json.dumps(found)}")
        print(f"noise {noise}: no blur in {len(arguments.pictures) - len(wrong)} of {len(arguments.pictures)}")
        print("".join(f"    {line}\n" for line in wrong), end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", metavar="PICTURE")
    parser.add_argument("--program", default="dcdp")
    parser.add_argument("--sharp", action="store_true")
    parser.add_argument("--shake", action="store_true")
    parser.add_argument("--auto", action="store_true", help="with --shake: what blur = auto makes of shaken pictures")
    parser.add_argument("--preset", default="default", help="of the restorations")
    parser.add_argument("--crop", type=int, default=0, help="side of the middle that --restore restores; 0: everything")
    parser.add_argument("--jobs", type=int, default=1, help="pictures looked at at once")
    parser.add_argument("--restore", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the pictures made are left")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        count = count_sharp if arguments.sharp else count_shaken if arguments.shake else count_blurred
        count(arguments, folder)


if __name__ == "__main__":
    main()
