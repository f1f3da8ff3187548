"""Runs the host that aswf/host.cpp makes of the ASWF's HostSupport library."""

import os
import subprocess

import numpy

import pictures


class HostSupport:
    """That program with one bundle, in one folder for the pixels it reads and writes."""

    def __init__(self, program, bundle, work):
        self.program = program
        self.work = work
        self.environment = dict(os.environ, OFX_PLUGIN_PATH=os.path.dirname(bundle))

    def restore(self, source, settings, mask=None, fails=False):
        """What the node makes of a picture, height × width × 4, and what it says. It must end as expected."""
        picture = pictures.read(source)
        height, width = picture.shape[:2]
        given = [str(width), str(height), self.write("source", picture), self.path("target")]
        if mask:
            coverage = pictures.read(mask)
            coverage[..., 3] = coverage[..., 0]
            given.append(f"mask={self.write('mask', coverage)}")
        given += [f"{name}={value}" for name, value in settings.items()]
        said = subprocess.run(
            [self.program, "org.dcdp.Restore", *given], env=self.environment, text=True, capture_output=True,
            timeout=300)
        if said.returncode != int(fails):
            raise AssertionError(f"{given}: {said.returncode}\n{said.stdout}{said.stderr}")
        pixels = numpy.fromfile(self.path("target"), "<f4").reshape(height, width, 4)
        return pixels[::-1].astype(float), said.stdout

    def path(self, name):
        return os.path.join(self.work, f"aswf-{name}.raw")

    def write(self, name, picture):
        picture[::-1].astype("<f4").tofile(self.path(name))
        return self.path(name)
