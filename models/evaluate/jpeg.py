"""Measures `dcdp restore FILE.jpg --task dejpeg` on JPEG files of every sampling of colour.

    python jpeg.py KODAK --dcdp ../../target/release/dcdp
    python jpeg.py KODAK --samplings 4:4:4,4:2:2 --qualities 10,40,90 --pictures 8

Pillow stores each clean picture at each quality and sampling, dcdp restores the file, and a Markdown table says the mean
PSNR in dB of the files as Pillow decodes them (chroma smoothly enlarged), of the restored pictures, the mean gain, and
the picture that gains least. Errors are those of all three channels, in 8 bits.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from pictures import middle, psnr, spread

SAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def measure(arguments, file, quality, sampling, folder):
    """PSNR of the file and of what is made of it."""
    clean = middle(Image.open(file).convert("RGB"), arguments.crop)
    source, target = folder / "stored.jpg", folder / "restored.png"
    clean.save(source, quality=quality, subsampling=SAMPLINGS[sampling])
    target.unlink(missing_ok=True)
    command = [arguments.dcdp, "restore", source, "-o", target, "--task", "dejpeg", "--quiet"]
    command += ["--preset", arguments.preset] if arguments.preset else []
    command += ["--model", arguments.model] if arguments.model else []
    subprocess.run(command, check=True)
    return psnr(Image.open(source).convert("RGB"), clean), psnr(Image.open(target).convert("RGB"), clean)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="PICTURES", help="a folder of clean pictures")
    parser.add_argument("--pictures", type=int, default=24, metavar="N", help="spread over the folder (24)")
    parser.add_argument("--crop", type=int, default=0, metavar="N", help="side of the middle part; 0 is all (0)")
    parser.add_argument("--qualities", default="10,20,40,60,80,90", metavar="Q,Q")
    parser.add_argument("--samplings", default="4:2:0", metavar="NAME,NAME", help=f"of {', '.join(SAMPLINGS)} (4:2:0)")
    parser.add_argument("--preset", help="preset to use (the command line's default)")
    parser.add_argument("--model", help="model to use (the command line's default)")
    parser.add_argument("--dcdp", default="dcdp", metavar="PROGRAM", help="the command line (dcdp on the path)")
    arguments = parser.parse_args()
    files = spread(parser, arguments.folder, arguments.pictures)
    print(f"{len(files)} pictures\n\n| sampling | quality | file | restored | gain | least gain |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for sampling in arguments.samplings.split(","):
            for quality in map(int, arguments.qualities.split(",")):
                values = [measure(arguments, file, quality, sampling, Path(folder)) for file in files]
                before, after = np.mean(values, axis=0)
                gains = [restored - stored for stored, restored in values]
                least = int(np.argmin(gains))
                print(
                    f"| {sampling} | {quality} | {before:.2f} | {after:.2f} | {after - before:.2f} "
                    f"| {gains[least]:.2f} ({files[least].stem}) |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
