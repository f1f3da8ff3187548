"""The plug-in as a person meets it: menu, dialog, preview, progress, Stop, undo."""

import contextlib
import os
import subprocess
import threading
import unittest

from desktop import Desktop, Timeout, wait_for

DIALOG = r"Restore \(DCDP\)"
PROGRESS = r"Restoring \(DCDP\)"
PHOTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../examples/photo/houses-noisy.png")


def signature(picture):
    """A hash of a file's pixels."""
    return subprocess.run(
        ["identify", "-format", "%#", picture], capture_output=True, text=True, check=True
    ).stdout


class Windows(unittest.TestCase):
    """One GIMP for all tests; each leaves the picture as it found it. `options` comes from run.py."""

    @classmethod
    def setUpClass(cls):
        cls.desktop = Desktop(cls.options.window_profile, cls.options.shots)
        cls.addClassCleanup(cls.desktop.stop)
        cls.desktop.start_gimp(PHOTO)
        cls.desktop.eval("(define image (vector-ref (car (gimp-get-images)) 0))")
        cls.original = cls.pixels()

    @classmethod
    def pixels(cls):
        """A hash of the picture's pixels as GIMP has them now."""
        copy = os.path.join(cls.options.work, "now.png")
        cls.desktop.eval(f'(gimp-file-save RUN-NONINTERACTIVE image "{copy}")')
        return signature(copy)

    def tearDown(self):
        for pattern in (PROGRESS, DIALOG):
            window = self.desktop.find_window(pattern)
            if window:
                self.desktop.focus(window)
                self.desktop.keys("Escape")
                self.desktop.wait_gone(pattern)
        if self.pixels() != self.original:
            self.undo()
            self.fail("the test left the picture changed")

    def open_dialog(self, shot=None):
        """Filters ▸ Enhance ▸ Restore (DCDP)..., by keyboard; a busy machine loses keys now and then."""
        for _ in range(5):
            self.desktop.focus(self.desktop.main_window)
            self.desktop.keys("alt+r", "h")
            if shot:
                self.desktop.shot(shot)
            self.desktop.keys("t")
            try:
                window = wait_for("the dialog", 15, lambda: self.desktop.find_window(DIALOG))
            except Timeout:
                self.desktop.keys("Escape", "Escape", "Escape")
                continue
            self.desktop.focus(window)
            return window
        return self.desktop.wait_window(DIALOG, 1)

    def choose(self, shortcut, steps):
        """Moves a list of the dialog `steps` lines down."""
        self.desktop.keys(shortcut, *["Down"] * steps)

    def run_to_end(self):
        """Presses Restore and waits; the hash of the result. A short run may be over in a blink."""
        self.desktop.keys("alt+o")
        self.desktop.wait_gone(DIALOG)
        return self.changed_from(self.original)

    def changed_from(self, before):
        def changed():
            if self.desktop.find_window(PROGRESS):
                return None
            now = self.pixels()
            return now if now != before else None

        return wait_for("the result", 120, changed)

    def undo(self):
        self.desktop.focus(self.desktop.main_window)
        self.desktop.keys("ctrl+z")
        wait_for("undo", 20, lambda: self.pixels() == self.original)

    def test_menu_and_dialog(self):
        window = self.open_dialog(shot="menu")
        self.desktop.shot("dialog", window)
        self.desktop.keys("alt+a")
        self.desktop.resize(window, 840, 870)
        self.desktop.shot("advanced", window)
        self.desktop.keys("Escape")
        self.desktop.wait_gone(DIALOG)
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")

    def test_every_task_has_an_entry(self):
        """Each procedure opens the dialog under its own name, at its own task."""
        titles = {"denoise": "Denoise", "deblur": "Deblur", "dejpeg": "Remove JPEG artefacts",
                  "inpaint": "Fill selection", "super-resolve": "Enlarge"}
        shots = set()
        for task, title in titles.items():
            with self.subTest(task=task):
                pattern = rf"{title} \(DCDP\)"
                call = threading.Thread(target=self.call, args=(task,))
                call.start()
                window = self.desktop.wait_window(pattern)
                self.desktop.focus(window)
                shots.add(signature(self.desktop.shot(f"dialog-{task}", window)))
                self.desktop.keys("Escape")
                self.desktop.wait_gone(pattern)
                call.join(30)
                self.assertFalse(call.is_alive())
        # The rows of the tasks differ.
        self.assertEqual(len(shots), len(titles))

    def call(self, task):
        """Calls a procedure as its menu entry does; it is then cancelled, which Script-Fu calls an error."""
        drawables = "(car (gimp-image-get-layers image))"
        with contextlib.suppress(RuntimeError):
            self.desktop.eval(
                f"(plug-in-dcdp-{task} #:run-mode RUN-INTERACTIVE #:image image #:drawables {drawables})")

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
        self.choose("alt+e", 2)  # as in the paper: long enough to stop half way
        self.desktop.shot("paper", window)
        self.desktop.keys("alt+o")
        progress = self.desktop.wait_window(PROGRESS)
        self.assertIsNone(self.desktop.find_window(DIALOG))
        self.watch(progress)
        self.desktop.shot("running")
        self.desktop.focus(progress)
        self.desktop.keys("alt+s")
        self.desktop.wait_gone(PROGRESS)
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")
        self.assertEqual(self.pixels(), self.original)
        self.desktop.shot("stopped")

    def watch(self, window):
        """Waits until the progress window has told a dozen different things."""
        told = set()

        def moves():
            told.add(signature(self.desktop.shot("progress", window)))
            return len(told) >= 12

        wait_for("the progress to move", 120, moves)

    def test_run_undo_and_redo(self):
        self.open_dialog()
        restored = self.run_to_end()
        self.desktop.shot("result")
        self.undo()
        self.desktop.keys("ctrl+y")
        wait_for("redo", 20, lambda: self.pixels() == restored)
        self.undo()

    def test_the_last_values_again(self):
        """Repeat, which shows no dialog, gives the same result and can be undone too."""
        self.open_dialog()
        first = self.run_to_end()
        self.undo()
        self.desktop.keys("ctrl+f")
        self.assertEqual(self.changed_from(self.original), first)
        self.undo()
