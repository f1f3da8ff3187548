"""Restores a photograph.

    python restore.py noisy.png clean.png
"""

import sys

import dcdp
import numpy
from PIL import Image


def main(source: str, target: str) -> None:
    picture = numpy.asarray(Image.open(source))
    report = {}

    def progress(now: dcdp.Progress) -> None:
        print(f"\r{now.stage}: {100 * now.fraction:3.0f} %", end="", file=sys.stderr)

    restored = dcdp.restore(picture, task="denoise", report=report, progress=progress)
    print(file=sys.stderr)
    Image.fromarray(restored).save(target)
    found = report["noise"]
    print(f"noise σ {found['sigma']:.1f} of 255; {report['network_calls']} network calls with {report['model']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
