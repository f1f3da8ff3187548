"""Each entry of the menu: its dialog, its findings, and that its result is the command line's."""

import os

import numpy as np

import inputs
from person import SUBMENU, Person, called, samples, signature

TITLES = {"denoise": "Denoise", "deblur": "Deblur", "dejpeg": "Remove JPEG artefacts",
          "inpaint": "Fill selection", "super-resolve": "Enlarge"}
# The letters of Filters ▸ Enhance ▸ DCDP.
LETTERS = {"denoise": "n", "deblur": "b", "dejpeg": "j", "inpaint": "f", "super-resolve": "e"}
# What is selected of a picture of 160×120.
LEFT, TOP, WIDTH, HEIGHT = 50, 40, 24, 20
SELECTED = np.s_[TOP:TOP + HEIGHT, LEFT:LEFT + WIDTH]


class Entries(Person):
    def open_picture(self, name):
        path = os.path.join(self.options.work, name)
        self.desktop.eval(f'(define other (car (gimp-file-load RUN-NONINTERACTIVE "{path}")))')
        return path

    def test_every_task_has_an_entry(self):
        """Each entry of the menu opens the dialog under its own name, at its own task."""
        settings = set()
        for task, title in TITLES.items():
            with self.subTest(task=task):
                window = self.open_dialog(SUBMENU, LETTERS[task], called(title))
                settings.add(self.rows(window).tobytes())
                self.desktop.shot(f"dialog-{task}", window)
                self.desktop.close(called(title))
        # The rows of the tasks differ.
        self.assertEqual(len(settings), len(TITLES))

    def check(self, task, picture):
        """What is selected becomes what the command line makes of it; the rest stays."""
        path = self.open_picture(picture)
        mask = os.path.join(self.options.work, "selected.png")
        inputs.rectangle(mask, (160, 120), (LEFT, TOP, WIDTH, HEIGHT))
        self.desktop.eval(
            f"(gimp-image-select-rectangle other CHANNEL-OP-REPLACE {LEFT} {TOP} {WIDTH} {HEIGHT})")
        with self.entry(task, TITLES[task], "other"):
            self.accept(called(TITLES[task]))
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
            self.desktop.keys("alt+i")
            deblurred = self.settled(window)
            self.desktop.shot("deblur", window)
            self.desktop.keys("alt+p")
            self.wait_other("the blurred picture", window, deblurred)
            self.choose("alt+e", 1)  # fast: only what was found matters here
            self.accept(called("Deblur"))
        found = self.remembered("deblur")
        self.assertEqual(found["blur"], "motion")
        self.assertAlmostEqual(float(found["blur-length"]), 13, delta=2)
        self.assertAlmostEqual(float(found["blur-angle"]), 25, delta=8)
        self.desktop.eval("(gimp-image-delete other)")

    def test_no_blur_is_said(self):
        """Nor is a blur kept that was found in another picture."""
        self.open_picture("clean.png")
        os.makedirs(self.settings(), exist_ok=True)
        with open(self.settings("deblur"), "w") as last:
            last.write('(blur "motion")\n(blur-length 9.0)\n')
        with self.entry("deblur", "Deblur", "other") as window:
            motion = self.rows(window)
            self.desktop.keys("alt+i")
            self.wait_rest()
            self.desktop.shot("no-blur", window)
            self.assertFalse(np.array_equal(self.rows(window), motion))
            self.accept(called("Deblur"))
        self.assertEqual(self.remembered("deblur")["blur"], "auto")
        self.assertEqual(signature(self.saved("other")), signature(os.path.join(self.options.work, "clean.png")))
        self.desktop.eval("(gimp-image-delete other)")
