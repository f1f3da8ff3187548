"""A GIMP with windows on a virtual screen: keyboard, screenshots, and its Script-Fu server."""

import os
import re
import socket
import struct
import subprocess
import time


# How long to wait for what a person would see at once: a busy machine takes its time.
PATIENCE = 300
# The title of a menu that is open.
MENU = "GNU Image Manipulation Program"


class Timeout(Exception):
    """Something that was waited for did not happen."""


def wait_for(what, seconds, ready):
    """Calls ready() until it returns something true, which is then returned."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = ready()
        if value:
            return value
        time.sleep(0.1)
    raise Timeout(f"{what}: not within {seconds} s")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Desktop:
    """Xvfb, a window manager and one GIMP, stopped together."""

    def __init__(self, profile, shots):
        self.environment = dict(os.environ, GIMP3_DIRECTORY=profile, NO_AT_BRIDGE="1")
        self.shots = shots
        self.port = free_port()
        self.processes = []
        self.environment["DISPLAY"] = self._start_screen()
        self._start_window_manager()

    def _start_screen(self):
        """Xvfb on a display of its own choice, which it names when it is ready."""
        reading, writing = os.pipe()
        self._start(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            pass_fds=[writing],
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            return f":{answer.readline().strip()}"

    def _start_window_manager(self):
        openbox = self._start(["openbox"])

        def managing():
            if openbox.poll() is not None:
                raise RuntimeError(f"openbox ended with {openbox.returncode}")
            found = self._run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"])
            return "window id" in found.stdout

        wait_for("the window manager", PATIENCE, managing)

    def _start(self, command, **options):
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        )
        self.processes.append(process)
        return process

    def _run(self, command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)

    def start_gimp(self, picture):
        """Opens GIMP with a picture, and waits until its window and its server answer."""
        server = (
            "(plug-in-script-fu-server #:run-mode RUN-NONINTERACTIVE "
            f'#:ip "127.0.0.1" #:port {self.port} #:logfile "")'
        )
        self.gimp = self._start(
            ["gimp-3.2", "--no-splash", "--batch-interpreter=plug-in-script-fu-eval", "-b", server, picture]
        )
        name = os.path.splitext(os.path.basename(picture))[0]
        self.main_window = self.wait_window(rf"\*?\[{re.escape(name)}\].* GIMP")
        wait_for("the Script-Fu server", PATIENCE, self._server_answers)
        self.resize(self.main_window, 1278, 876)

    def _server_answers(self):
        try:
            return self.eval("1")
        except OSError:
            return False

    def eval(self, scheme):
        """The text that GIMP's Script-Fu returns for an expression, which may be a whole restoration."""
        command = scheme.encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=3 * PATIENCE) as server:
            server.sendall(b"G" + struct.pack(">H", len(command)) + command)
            stream = server.makefile("rb")
            magic, failed, length = struct.unpack(">cBH", stream.read(4))
            text = stream.read(length).decode()
        if failed or magic != b"G":
            raise RuntimeError(f"Script-Fu: {scheme}: {text}")
        return text

    def windows(self):
        """The visible windows: identifier to title."""
        found = self._run(["xdotool", "search", "--onlyvisible", "--name", "."]).stdout.split()
        titles = {}
        for window in found:
            name = self._run(["xdotool", "getwindowname", window])
            if name.returncode == 0:
                titles[window] = name.stdout.strip()
        return titles

    def find_window(self, pattern):
        for window, title in self.windows().items():
            if re.fullmatch(pattern, title):
                return window
        return None

    def wait_window(self, pattern):
        return self._wait(f"window {pattern!r}", lambda: self.find_window(pattern))

    def wait_gone(self, pattern):
        self._wait(f"no window {pattern!r}", lambda: not self.find_window(pattern))

    def _wait(self, what, ready):
        try:
            return wait_for(what, PATIENCE, ready)
        except Timeout as error:
            self.shot("timeout")
            raise Timeout(f"{error}; there are {sorted(self.windows().values())}") from None

    def _activate(self, window):
        """Whether the window has the focus; asks for it otherwise."""
        if self._run(["xdotool", "getactivewindow"]).stdout.strip() == window:
            return True
        self._run(["xdotool", "windowactivate", window])
        return False

    def focus(self, window):
        self._wait(f"window {window} to have the focus", lambda: self._activate(window))

    def close(self, pattern):
        """Presses Escape in the window until it is gone, if it is there at all."""
        def gone():
            window = self.find_window(pattern)
            if window and self._activate(window):
                self.keys("Escape")
            return not window

        self._wait(f"no window {pattern!r}", gone)

    def open_menu(self, *steps):
        """Opens a menu of the main window and then those below it, each with its keys."""
        self.focus(self.main_window)
        for depth, step in enumerate(steps, 1):
            self.keys(*step)
            self._wait(f"the menu of {step}", lambda: list(self.windows().values()).count(MENU) == depth)

    def resize(self, window, width, height):
        """Moves a window to the corner of the screen too, so that all of it is seen."""
        self._run(["xdotool", "windowmove", window, "0", "0"])
        self._run(["xdotool", "windowsize", "--sync", window, str(width), str(height)])

    def keys(self, *keys):
        """Presses keys one after the other; whoever has the focus gets all of them, in this order."""
        self._run(["xdotool", "key", "--clearmodifiers", "--delay", "40", *keys])

    def park(self):
        """Moves the mouse to where it brings up no tooltip."""
        self._run(["xdotool", "mousemove", "1279", "899"])

    def drag(self, window, start, end):
        """Drags with the left button, in the window's coordinates, by way of the middle."""
        middle = [(a + b) // 2 for a, b in zip(start, end)]
        place = lambda point: ["mousemove", "--window", window, str(point[0]), str(point[1])]  # noqa: E731
        for command in (place(start), ["mousedown", "1"], place(middle), place(end), ["mouseup", "1"]):
            self._run(["xdotool", *command])
        self.park()

    def type(self, text):
        self._run(["xdotool", "type", "--delay", "40", text])

    def shot(self, name, window="root"):
        """A screenshot, kept in the folder of artefacts."""
        path = os.path.join(self.shots, f"{name}.png")
        taken = self._run(["import", "-window", window, path])
        if taken.returncode != 0:
            raise RuntimeError(f"no screenshot {name}: {taken.stderr.strip()}")
        return path

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
