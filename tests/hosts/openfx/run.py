"""Drives the real melt, and a host made of the ASWF's HostSupport, with the built bundle. `cargo xtask test-openfx`
runs this in the chroot.

usage: run.py --dcdp PROGRAM --bundle dcdp.ofx.bundle --aswf PROGRAM --work FOLDER [--only NAME]
"""

import argparse
import os
import shutil
import subprocess
import sys
import unittest

import kdenlive
import pictures
from aswf import HostSupport
from cases import CASES, FILE_SETTINGS, HOST_SUPPORT
from melt import Melt

HERE = os.path.dirname(os.path.abspath(__file__))
CROP = os.path.join(HERE, os.pardir, "gimp", "crop.png")


class Node(unittest.TestCase):
    def path(self, name):
        return os.path.join(self.options.work, name)

    def given(self, settings):
        return {name: self.path(value) if name in FILE_SETTINGS else value for name, value in settings.items()}

    def test_melt_finds_the_node(self):
        self.assertIn("openfx.org.dcdp.Restore", self.options.melt.filters())

    def test_kdenlive_panel_is_up_to_date(self):
        """kdenlive.py renews it."""
        path = os.path.join(self.options.bundle, "Contents", "Resources", kdenlive.PANEL)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), kdenlive.panel(self.options.melt))

    def seen(self, name):
        """What melt hands to the node, which is not always what the file holds."""
        seen = self.path(f"seen-{name}")
        if not os.path.exists(seen):
            self.options.melt.restore(self.path(name), seen, {"mix": 0}, deep=True)
        return seen

    def check(self, case):
        given, expected, found = (self.path(f"{part}-{case.name}.png") for part in ("given", "expected", "melt"))
        scale = case.settings.get("scale", 1)
        pictures.prepare(case.prepare, self.options.dcdp, self.seen(case.picture), given, scale)
        self.by_program(case, given, expected)
        settings = self.given({**case.settings, **case.node})
        self.options.melt.restore(self.path(case.picture), found, settings, deep=True)
        expected, found = pictures.read(expected), pictures.read(found)
        if case.prepare == "flip":
            expected = expected[::-1]
        # A picture with a side that the scale does not divide is cut back.
        expected = expected[: found.shape[0], : found.shape[1]]
        source = pictures.read(self.path(case.picture))
        self.assertGreater(abs(found - source)[..., :3].max(), 4 / 255, "the node did nothing")
        self.assertLessEqual(abs(found - expected).max(), 1.001 / 255)

    def by_program(self, case, given, expected):
        options = []
        for name, value in self.given({**case.settings, **case.program}).items():
            options += [f"--{name.replace('_', '-')}", str(value)]
        subprocess.run([self.options.dcdp, "restore", given, "-o", expected, "--quiet", *options], check=True)

    def check_host_support(self, case):
        """Float pixels from end to end: all that differs is how the command line's file is rounded."""
        given, expected = (self.path(f"{part}-aswf-{case.name}.png") for part in ("given", "expected"))
        source = self.path(case.picture)
        pictures.prepare(case.prepare, self.options.dcdp, source, given, case.settings.get("scale", 1))
        self.by_program(case, given, expected)
        mask = case.program.get("mask")
        found, said = self.options.aswf.restore(
            source, self.given({**case.settings, **case.node}), mask and self.path(mask))
        self.assertEqual(said, "")
        self.assertGreater(abs(found - pictures.read(source))[..., :3].max(), 4 / 255, "the node did nothing")
        # The file holds nothing above white or below black.
        self.assertLessEqual(abs(found.clip(0, 1) - pictures.read(expected)).max(), 0.01 / 255)

    def test_host_support_is_told_what_is_wrong(self):
        found, said = self.options.aswf.restore(
            self.path("crop.png"), {"model": "no-such-model"}, fails=True)
        self.assertIn("no-such-model", said)
        self.assertLess(abs(found - pictures.read(self.path("crop.png"))).max(), 1e-6)

    def test_mix_0_is_the_source(self):
        for name in ("crop.png", "noisy16.png", "transparent.png"):
            with self.subTest(picture=name):
                difference = abs(pictures.read(self.seen(name)) - pictures.read(self.path(name)))
                # melt makes 8 bits 16 by a shift.
                self.assertLessEqual(difference.max(), 0 if "16" in name else 1.05 / 255)

    def test_eight_bits_in_and_out(self):
        """From file to file, with what melt loses on its way from 8 to 16 bits and back."""
        expected, found = self.path("expected-bytes.png"), self.path("melt-bytes.png")
        subprocess.run([self.options.dcdp, "restore", self.path("noisy.png"), "-o", expected, "--quiet",
                        "--task", "denoise", "--noise", "20"], check=True)
        self.options.melt.restore(self.path("noisy.png"), found, {"task": "denoise", "noise": 20})
        self.assertLessEqual(abs(pictures.read(found) - pictures.read(expected)).max(), 1.001 / 255)

    def fails(self, words, settings, **environment):
        """A render that cannot be done: melt goes on, says why, and shows the source."""
        found = self.path("melt-failed.png")
        said = self.options.melt.restore(
            self.path("crop.png"), found, settings, log=["-loglevel", "verbose"], **environment)
        difference = abs(pictures.read(found) - pictures.read(self.path("crop.png")))
        self.assertEqual(difference.max(), 0)
        for word in words:
            self.assertIn(word, said)

    def test_no_such_model(self):
        self.fails(["no-such-model", "not found"], {"model": "no-such-model"})

    def test_wrong_model(self):
        folder = self.path("wrong-model")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "model.toml"), "w") as manifest:
            manifest.write("format = 1\n")
        self.fails([os.path.join(folder, "model.toml")], {"model": folder})

    def test_no_runtime(self):
        self.fails(["ONNX Runtime", "/no/such/runtime"], {}, DCDP_ORT_DYLIB="/no/such/runtime")

    def test_bad_kernel(self):
        settings = {"task": "deblur", "blur": "kernel"}
        self.fails(["/no/such/kernel.png"], {**settings, "kernel": "/no/such/kernel.png"})
        self.fails(["cases.py"], {**settings, "kernel": os.path.join(HERE, "cases.py")})

    def test_inpaint_without_a_hole(self):
        self.fails(["Mask"], {"task": "inpaint"})

    def test_unstable_step(self):
        self.fails(["step"], {"preset": "paper", "step": 50, "noise": 5})

    def test_a_static_shot_stays_still(self):
        os.makedirs(self.path("shot"))
        settings = {"preset": "paper", "noise": 20, "rounds": 1, "sampler": "ddpm", "sampler_steps": 2}
        target = self.path("shot/%02d.png")
        self.options.melt.restore(self.path("noisy.png"), target, settings, frames=3)
        frames = [pictures.read(target % number) for number in (1, 2, 3)]
        self.assertTrue((frames[0] == frames[1]).all() and (frames[0] == frames[2]).all())

    def test_the_noise_of_the_first_frame_is_kept(self):
        """melt gives no other frame than the one it renders."""
        for number, name in ((1, "noisy16.png"), (2, "crop16.png")):
            pictures.write(self.path(f"takes16-{number:02}.png"), pictures.read(self.path(name))[..., :3])
        shots = {}
        for chosen in (-1, 0):
            target = self.path(f"takes{chosen}-%02d.png")
            self.options.melt.restore(
                self.path("takes16-%02d.png"), target, {"noise_frame": chosen}, frames=2, deep=True)
            shots[chosen] = [pictures.read(target % number) for number in (1, 2)]
        self.assertTrue((shots[-1][0] == shots[0][0]).all())
        self.assertGreater(abs(shots[-1][1] - shots[0][1]).max(), 2 / 255)


def add(case, check, prefix):
    def test(self):
        check(self, case)

    setattr(Node, prefix + case.name.replace("-", "_"), test)


for one in CASES:
    add(one, Node.check, "test_")
for one in HOST_SUPPORT:
    add(one, Node.check_host_support, "test_host_support_")


def parse():
    parser = argparse.ArgumentParser()
    for name in ("dcdp", "bundle", "aswf", "work"):
        parser.add_argument(f"--{name}", required=True, type=os.path.abspath)
    parser.add_argument("--only", default="", help="run the tests whose name has this in it")
    return parser.parse_args()


def main():
    options = parse()
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    pictures.make(CROP, options.work, options.dcdp)
    options.melt = Melt(options.bundle, options.work)
    options.aswf = HostSupport(options.aswf, options.bundle, options.work)
    Node.options = options
    suite = unittest.TestSuite()
    for test in unittest.defaultTestLoader.loadTestsFromTestCase(Node):
        if options.only in test.id():
            suite.addTest(test)
    return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
