"""What the tests with windows share: one GIMP, and a hand on its menus, its dialog and its pixels."""

import contextlib
import os
import re
import subprocess
import threading
import unittest

import numpy as np

from desktop import Desktop, Timeout, wait_for

DIALOG = r"Restore \(DCDP\)"
PROGRESS = r"Restoring \(DCDP\)"
PHOTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../examples/photo/houses-noisy.png")


def signature(picture):
    """A hash of a file's pixels."""
    return subprocess.run(
        ["identify", "-format", "%#", picture], capture_output=True, text=True, check=True
    ).stdout


def samples(picture):
    """The pixels of a file: rows, columns, red, green and blue."""
    size = subprocess.run(["identify", "-format", "%w %h", picture], capture_output=True, text=True, check=True)
    width, height = map(int, size.stdout.split())
    raw = subprocess.run(["convert", picture, "-depth", "8", "rgb:-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3).astype(int)


# These wait on the window manager and keep failing on a busy machine.
on_request = unittest.skipUnless(os.environ.get("DCDP_TEST_WINDOWS"), "set DCDP_TEST_WINDOWS=1 to run it")


class Person(unittest.TestCase):
    """One GIMP for all tests; each leaves the picture as it found it. `options` comes from run.py."""

    desktop = None

    @classmethod
    def setUpClass(cls):
        if Person.desktop is None:
            Person.desktop = Desktop(cls.options.window_profile, cls.options.shots)
            unittest.addModuleCleanup(Person.close)
            Person.desktop.start_gimp(PHOTO)
            Person.desktop.eval("(define image (vector-ref (car (gimp-get-images)) 0))")
            Person.original = cls.pixels()

    @staticmethod
    def close():
        Person.desktop.stop()
        Person.desktop = None

    @classmethod
    def pixels(cls, image="image"):
        """A hash of an image's pixels as GIMP has them now."""
        return signature(cls.saved(image))

    @classmethod
    def saved(cls, image="image"):
        copy = os.path.join(cls.options.work, "now.png")
        cls.desktop.eval(f'(gimp-file-save RUN-NONINTERACTIVE {image} "{copy}")')
        return copy

    def tearDown(self):
        for pattern in (PROGRESS, DIALOG, r".* \(DCDP\)"):
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
            self.desktop.park()
            return window
        return self.desktop.wait_window(DIALOG, 1)

    @contextlib.contextmanager
    def entry(self, task, title, image="image"):
        """Calls a procedure as its menu entry does, and closes its dialog at the end, if the test has not."""
        pattern = rf"{title} \(DCDP\)"
        call = threading.Thread(target=self.call, args=(task, image))
        call.start()
        window = self.desktop.wait_window(pattern)
        self.desktop.focus(window)
        self.desktop.park()
        yield window
        if self.desktop.find_window(pattern):
            self.desktop.keys("Escape")
            self.desktop.wait_gone(pattern)
        call.join(180)
        self.assertFalse(call.is_alive())

    def call(self, task, image):
        """What is cancelled Script-Fu calls an error."""
        with contextlib.suppress(RuntimeError):
            self.desktop.eval(
                f"(define result (plug-in-dcdp-{task} #:run-mode RUN-INTERACTIVE #:image {image}"
                f" #:drawables (car (gimp-image-get-selected-drawables {image}))))")

    def choose(self, shortcut, steps):
        """Moves a list of the dialog `steps` lines down."""
        self.desktop.keys(shortcut, *["Down"] * steps)

    def remembered(self, task):
        """The settings that a procedure ran with last: argument to text."""
        name = f"GimpProcedureConfigRun-plug-in-dcdp-{task}.last"
        path = os.path.join(self.options.window_profile, "plug-in-settings", name)
        with open(path) as settings:
            return dict(re.findall(r'^\(([a-z-]+) "?([^"\n]*?)"?\)$', settings.read(), re.M))

    def line(self, window):
        """Where the line between before and after is: its column, and the rows' middle."""
        white = (samples(self.desktop.shot("line", window)) == 255).all(axis=2)
        x = int(white.sum(axis=0).argmax())
        rows = np.flatnonzero(white[:, x])
        self.assertGreater(len(rows), 200, "there is no line")
        return x, int(rows.mean())

    def after(self, window):
        """The pixels to the right of the line."""
        x, y = self.line(window)
        return samples(self.desktop.shot("after", window))[y - 100:y + 100, x + 20:x + 180]

    def wait_other(self, what, window, before, seconds=120):
        """Waits until what is right of the line is another picture, which is returned."""
        def other():
            now = self.after(window)
            return [now] if not np.array_equal(now, before) else None

        return wait_for(what, seconds, other)[0]

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
