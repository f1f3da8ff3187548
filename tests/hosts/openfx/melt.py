"""Runs melt with the node."""

import os
import subprocess

PROFILE = """description=test
frame_rate_num=25
frame_rate_den=1
width={width}
height={height}
progressive=1
sample_aspect_num=1
sample_aspect_den=1
display_aspect_num={width}
display_aspect_den={height}
colorspace=709
"""


class Melt:
    """melt with one bundle, in one folder for what it writes."""

    def __init__(self, bundle, work):
        self.work = work
        self.environment = dict(os.environ, OFX_PLUGIN_PATH=os.path.dirname(bundle))

    def run(self, *arguments, **environment):
        """Runs melt; its output. It must end well."""
        result = subprocess.run(
            ["melt", *arguments], env=dict(self.environment, **environment), cwd=self.work, text=True,
            capture_output=True, timeout=60)
        if result.returncode != 0:
            raise AssertionError(f"melt {arguments}: {result.returncode}\n{result.stderr}")
        return result.stdout + result.stderr

    def filters(self):
        return self.run("-query", "filters")

    def restore(self, source, target, settings, size=(160, 120), frames=1, deep=None, log=(), **environment):
        """Renders one picture, or as many as `frames` of and into the files of a pattern, through the node.
        `deep` (16 bit a channel) is what the name of the source says."""
        profile = os.path.join(self.work, f"{size[0]}x{size[1]}.profile")
        with open(profile, "w") as file:
            file.write(PROFILE.format(width=size[0], height=size[1]))
        name = os.path.basename(source)
        producer = "avformat" if "16" in name else "pixbuf"
        # What keeps every bit on the way out.
        if deep or "16" in name:
            output = ["pix_fmt=rgba64be", "mlt_image_format=rgba64"]
        else:
            output = ["pix_fmt=rgba" if name in ("transparent.png", "holes.png") else "pix_fmt=rgb24"]
        if "%" not in target:
            output.append("update=1")
        arguments = [
            *(log or ["-quiet"]), "-profile", profile, f"{producer}:{source}", "ttl=1", f"out={frames - 1}",
            "-filter", "openfx.org.dcdp.Restore", *(f"{name}={value}" for name, value in settings.items()),
            "-consumer", f"avformat:{target}", "vcodec=png", "an=1", "real_time=0", *output]
        last = target % frames if "%" in target else target
        if os.path.exists(last):
            os.remove(last)
        # Once in a hundred runs or fewer, melt loses its consumer before the first frame is asked for: it then
        # ends without a file, or waits for ever with no thread left to write one.
        for _ in range(5):
            try:
                said = self.run(*arguments, **environment)
            except subprocess.TimeoutExpired as error:
                said = str(error)
            if os.path.exists(last):
                return said
        raise AssertionError(f"melt wrote no {last}\n{said}")
