"""What the tests with windows share: one GIMP, and a hand on its menus, its dialog and its pixels."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import threading
import time
import unittest

import numpy as np

from desktop import PATIENCE, Desktop, wait_for
from processes import is_at_rest, plug_in_processes



def called(title):
    """The pattern of a window's title."""
    return rf"{title} \(DCDP\)"


DIALOG = called("Restore")
PROGRESS = called("Restoring")
PHOTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../examples/photo/houses-noisy.png")


# Keys from the menu bar to Filters ▸ Enhance, and on to DCDP, which has no letter of its own in GIMP 3.2.
ENHANCE = (["alt+r"], ["h"])
SUBMENU = (*ENHANCE, [*["Down"] * 7, "Right"])
# The line between before and after, as it is and while it has the keyboard.
LINE_COLOURS = ((255, 255, 255), (255, 217, 76))
# So long, in seconds, nothing must happen in the plug-in: longer than it waits for the next change of a setting.
REST = 1.5


def colours(picture):
    """Width, height, and the bytes of red, green and blue."""
    run = subprocess.run(["convert", picture, "-alpha", "off", "-depth", "8", "ppm:-"], capture_output=True, check=True)
    header = re.match(rb"P6\s(\d+)\s(\d+)\s255\s", run.stdout)
    return int(header[1]), int(header[2]), run.stdout[header.end():]


def signature(picture):
    """A file's size and a hash of its colours."""
    width, height, pixels = colours(picture)
    return width, height, hashlib.sha256(pixels).hexdigest()


def samples(picture):
    """The colours of a file: rows, columns, red, green and blue."""
    width, height, pixels = colours(picture)
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3).astype(int)


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
        """The signature of an image as GIMP shows it now."""
        return signature(cls.saved(image))

    @classmethod
    def saved(cls, image="image"):
        copy = os.path.join(cls.options.work, "now.png")
        cls.desktop.eval(f'(gimp-file-save RUN-NONINTERACTIVE {image} "{copy}")')
        return copy

    def setUp(self):
        self.desktop.eval("(gimp-image-clean-all image)")
        shutil.rmtree(self.settings(), ignore_errors=True)

    def tearDown(self):
        for pattern in (PROGRESS, called(".*")):
            self.desktop.close(pattern)
        self.wait_ended()
        if self.pixels() != self.original:
            self.undo()
            self.fail("the test left the picture changed")

    def open_dialog(self, menus=ENHANCE, key="t", pattern=DIALOG, shot=None):
        """Filters ▸ Enhance ▸ Restore (DCDP)..., or another entry, by keyboard."""
        self.desktop.open_menu(*menus)
        if shot:
            self.desktop.shot(shot)
        self.desktop.keys(key)
        return self.meet(pattern)

    def meet(self, pattern):
        window = self.desktop.wait_window(pattern)
        self.desktop.focus(window)
        self.desktop.park()
        return window

    @contextlib.contextmanager
    def entry(self, task, title, image="image"):
        """Calls a procedure as its menu entry does, and closes its dialog at the end, if the test has not."""
        call = threading.Thread(target=self.call, args=(task, image))
        call.start()
        yield self.meet(called(title))
        self.desktop.close(called(title))
        call.join(3 * PATIENCE)
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

    def settings(self, task=None):
        """The file of the settings that a procedure ran with last, or the folder of all."""
        folder = os.path.join(self.options.window_profile, "plug-in-settings")
        return os.path.join(folder, f"GimpProcedureConfigRun-plug-in-dcdp-{task}.last") if task else folder

    def remembered(self, task):
        """The settings that a procedure ran with last: argument to text."""
        with open(self.settings(task)) as settings:
            return dict(re.findall(r'^\(([a-z-]+) "?([^"\n]*?)"?\)$', settings.read(), re.M))

    def line(self, window):
        """Where the line between before and after is, once it is drawn: its column, and the rows' middle."""
        def drawn():
            shown = samples(self.desktop.shot("line", window))
            lit = np.any([np.abs(shown - colour).max(axis=2) <= 1 for colour in LINE_COLOURS], axis=0)
            x = int(lit.sum(axis=0).argmax())
            rows = np.flatnonzero(lit[:, x])
            return (x, int(rows.mean())) if len(rows) > 200 else None

        return wait_for("the line between before and after", PATIENCE, drawn)

    def rows(self, window):
        """The settings, left of the picture, which is no narrower than twice what is left out here."""
        x, _ = self.line(window)
        return samples(self.desktop.shot("rows", window))[:, :x - 210]

    def after(self, window):
        """The pixels to the right of the line."""
        x, y = self.line(window)
        return samples(self.desktop.shot("after", window))[y - 100:y + 100, x + 20:x + 180]

    def wait_other(self, what, window, before):
        """Waits until what is right of the line is another picture, and the plug-in at rest; the picture."""
        wait_for(what, PATIENCE, lambda: not np.array_equal(self.after(window), before))
        return self.settled(window)

    def settled(self, window):
        """What is right of the line when the plug-in has nothing more to do."""
        self.wait_rest()
        return self.after(window)

    def wait_rest(self):
        """Waits until the plug-in, its dialog open, does nothing but wait for the person."""
        since = time.monotonic()

        def rests():
            nonlocal since
            if not all(is_at_rest(process) for process in plug_in_processes()):
                since = time.monotonic()
            return time.monotonic() - since >= REST

        wait_for("the plug-in to be at rest", 3 * PATIENCE, rests)

    def wait_ended(self):
        """Waits until the procedure has returned and its undo step is closed."""
        wait_for("the plug-in to end", 3 * PATIENCE, lambda: not plug_in_processes())

    def accept(self, pattern=DIALOG):
        """Presses Restore."""
        self.desktop.keys("alt+o")
        self.desktop.wait_gone(pattern)

    def run_to_end(self):
        """Presses Restore and waits; the signature of the result."""
        self.accept()
        return self.changed_from(self.original)

    def changed_from(self, before):
        def changed():
            if plug_in_processes():
                return None
            now = self.pixels()
            return now if now != before else None

        return wait_for("the result", 3 * PATIENCE, changed)

    def undo(self):
        self.desktop.focus(self.desktop.main_window)
        self.desktop.keys("ctrl+z")
        wait_for("undo", PATIENCE, lambda: self.pixels() == self.original)
