"""Each entry of the menu: its dialog, its findings, and that its result is the command line's."""

import os

import numpy as np

import inputs
from person import Person, on_request, samples, signature

TITLES = {"denoise": "Denoise", "deblur": "Deblur", "dejpeg": "Remove JPEG artefacts",
          "inpaint": "Fill selection", "super-resolve": "Enlarge"}
# What is selected of a picture of 160×120.
LEFT, TOP, WIDTH, HEIGHT = 50, 40, 24, 20
SELECTED = np.s_[TOP:TOP + HEIGHT, LEFT:LEFT + WIDTH]


@on_request
class Entries(Person):
    def open_picture(self, name):
        path = os.path.join(self.options.work, name)
        self.desktop.eval(f'(define other (car (gimp-file-load RUN-NONINTERACTIVE "{path}")))')
        return path

    def test_every_task_has_an_entry(self):
        """Each procedure opens the dialog under its own name, at its own task."""
        shots = set()
        for task, title in TITLES.items():
            with self.subTest(task=task), self.entry(task, title) as window:
                shots.add(signature(self.desktop.shot(f"dialog-{task}", window)))
        # The rows of the tasks differ.
        self.assertEqual(len(shots), len(TITLES))

    def check(self, task, picture):
        """What is selected becomes what the command line makes of it; the rest stays."""
        path = self.open_picture(picture)
        mask = os.path.join(self.options.work, "selected.png")
        inputs.rectangle(mask, (160, 120), (LEFT, TOP, WIDTH, HEIGHT))
        self.desktop.eval(
            f"(gimp-image-select-rectangle other CHANNEL-OP-REPLACE {LEFT} {TOP} {WIDTH} {HEIGHT})")
        with self.entry(task, TITLES[task], "other"):
            self.desktop.keys("alt+o")
        made = samples(self.saved("(car result)"))
        expected = os.path.join(self.options.work, f"entry-{task}.png")
        # GIMP leaves what surrounds a fill as it is, noise included.
        settings = ["--mask", mask, "--noise", "0"] if task == "inpaint" else []
        inputs.run(self.options.dcdp, "restore", path, "-o", expected, "--task", task, "--device", "cpu", *settings)
        expected, given = samples(expected), samples(path)
        self.assertEqual(made.shape, expected.shape)
        if task == "super-resolve":
            difference = made - expected
        else:
            difference = (made - expected)[SELECTED]
            outside = made - given
            outside[SELECTED] = 0
            self.assertEqual(np.abs(outside).max(), 0)
        self.assertLessEqual(np.abs(difference).max(), 1)
        self.desktop.eval("(gimp-image-delete other)")

    def test_denoise_equals_the_command_line(self):
        self.check("denoise", "rgb.png")

    def test_deblur_equals_the_command_line(self):
        self.check("deblur", "rgb.png")

    def test_dejpeg_equals_the_command_line(self):
        self.check("dejpeg", "decoded.png")

    def test_inpaint_equals_the_command_line(self):
        self.check("inpaint", "rgb.png")

    def test_super_resolve_equals_the_command_line(self):
        self.check("super-resolve", "small.png")

    def test_estimate_fills_in_the_blur(self):
        self.open_picture("blurred.png")
        with self.entry("deblur", "Deblur", "other") as window:
            before = self.after(window)
            self.desktop.keys("alt+i")
            self.wait_other("the deblurred preview", window, before)
            self.desktop.wait_still(window)
            self.desktop.shot("deblur", window)
            self.desktop.keys("alt+o")
        found = self.remembered("deblur")
        self.assertEqual(found["blur"], "motion")
        self.assertAlmostEqual(float(found["blur-length"]), 13, delta=2)
        self.assertAlmostEqual(float(found["blur-angle"]), 25, delta=8)
        self.desktop.eval("(gimp-image-delete other)")

    def test_no_blur_is_said(self):
        self.open_picture("clean.png")
        with self.entry("deblur", "Deblur", "other") as window:
            self.desktop.keys("alt+i")
            self.desktop.wait_still(window)
            self.desktop.shot("no-blur", window)
            self.desktop.keys("alt+o")
        self.assertEqual(self.remembered("deblur")["blur"], "auto")
        self.assertEqual(signature(self.saved("other")), signature(os.path.join(self.options.work, "clean.png")))
        self.desktop.eval("(gimp-image-delete other)")
