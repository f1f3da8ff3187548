"""The plug-in as a person meets it: menu, dialog, preview, progress, Stop, undo."""

import os
import subprocess
import unittest

from desktop import Desktop, wait_for

DIALOG = r"Restore \(DCDP\)"
PROGRESS = r"Restoring \(DCDP\)"


class Windows(unittest.TestCase):
    """One GIMP for all tests; each leaves the picture as it found it. `options` comes from run.py."""

    @classmethod
    def setUpClass(cls):
        cls.desktop = Desktop(cls.options.window_profile, cls.options.shots)
        cls.addClassCleanup(cls.desktop.stop)
        cls.desktop.start_gimp(os.path.join(cls.options.work, "large.png"))
        cls.desktop.eval("(define image (vector-ref (car (gimp-get-images)) 0))")
        cls.original = cls.pixels()

    @classmethod
    def pixels(cls):
        """A hash of the picture's pixels as GIMP has them now."""
        copy = os.path.join(cls.options.work, "now.png")
        cls.desktop.eval(f'(gimp-file-save RUN-NONINTERACTIVE image "{copy}")')
        return subprocess.run(
            ["identify", "-format", "%#", copy], capture_output=True, text=True, check=True
        ).stdout

    def tearDown(self):
        for pattern in (PROGRESS, DIALOG):
            window = self.desktop.find_window(pattern)
            if window:
                self.desktop.focus(window)
                self.desktop.keys("Escape")
                self.desktop.wait_gone(pattern)
        self.assertEqual(self.pixels(), self.original, "the test left the picture changed")

    def open_dialog(self, shot=None):
        """Filters ▸ Enhance ▸ Restore (DCDP)..., by keyboard."""
        self.desktop.focus(self.desktop.main_window)
        self.desktop.keys("alt+r", "h")
        if shot:
            self.desktop.shot(shot)
        self.desktop.keys("t")
        window = self.desktop.wait_window(DIALOG)
        self.desktop.focus(window)
        return window

    def choose(self, shortcut, steps):
        """Moves a list of the dialog `steps` lines down."""
        self.desktop.keys(shortcut, *["Down"] * steps)

    def start(self):
        self.desktop.keys("alt+o")
        return self.desktop.wait_window(PROGRESS)

    def test_menu_and_dialog(self):
        window = self.open_dialog(shot="menu")
        self.desktop.shot("dialog", window)
        self.desktop.keys("Escape")
        self.desktop.wait_gone(DIALOG)
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")

    def test_preview(self):
        window = self.open_dialog()
        self.assertLess(self.colours_after(window), 10)
        self.desktop.keys("alt+p")
        wait_for("the preview", 120, lambda: self.colours_after(window) > 1000)
        self.desktop.shot("preview", window)
        self.desktop.keys("Escape")
        self.desktop.wait_gone(DIALOG)

    def colours_after(self, window):
        """How many colours the right one of the two views shows: its frame is plain when empty."""
        shot = self.desktop.shot("view", window)
        return int(subprocess.run(
            ["convert", shot, "-gravity", "NorthEast", "-crop", "150x150+40+60", "-format", "%k", "info:"],
            capture_output=True, text=True, check=True,
        ).stdout)

    def test_stop_leaves_the_picture_alone(self):
        window = self.open_dialog()
        self.choose("alt+t", 1)  # deblur
        self.choose("alt+e", 2)  # as in the paper: long enough to stop half way
        self.desktop.shot("deblur", window)
        progress = self.start()
        self.assertIsNone(self.desktop.find_window(DIALOG))
        self.desktop.shot("progress", progress)
        self.desktop.keys("alt+s")
        self.desktop.wait_gone(PROGRESS)
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")
        self.assertEqual(self.pixels(), self.original)
        self.desktop.shot("stopped")

    def test_run_undo_and_redo(self):
        self.open_dialog()
        self.start()
        self.desktop.wait_gone(PROGRESS, 120)
        restored = wait_for("the result", 30, lambda: self.pixels() != self.original and self.pixels())
        self.desktop.shot("result")
        self.desktop.focus(self.desktop.main_window)
        self.desktop.keys("ctrl+z")
        wait_for("undo", 10, lambda: self.pixels() == self.original)
        self.desktop.keys("ctrl+y")
        wait_for("redo", 10, lambda: self.pixels() == restored)
        self.desktop.keys("ctrl+z")
        wait_for("undo", 10, lambda: self.pixels() == self.original)

    def test_the_last_values_again(self):
        """Repeat, which shows no dialog, has the progress window and can be undone too."""
        self.open_dialog()
        self.start()
        self.desktop.wait_gone(PROGRESS, 120)
        first = wait_for("the result", 30, lambda: self.pixels() != self.original and self.pixels())
        self.desktop.focus(self.desktop.main_window)
        self.desktop.keys("ctrl+z")
        wait_for("undo", 10, lambda: self.pixels() == self.original)
        self.desktop.keys("ctrl+f")
        self.desktop.wait_window(PROGRESS)
        self.desktop.wait_gone(PROGRESS, 120)
        wait_for("the same result", 30, lambda: self.pixels() == first)
        self.desktop.keys("ctrl+z")
        wait_for("undo", 10, lambda: self.pixels() == self.original)
