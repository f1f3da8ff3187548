"""model.toml: what dcdp needs to know about a model folder."""

import hashlib
import pathlib
import tomllib

import autoencoder
import network


def describe(folder, files, entries, time, output):
    """Writes folder/model.toml: `files` by role, `entries` the top-level keys in order."""
    folder = pathlib.Path(folder)
    lines = [f"{key} = {literal(value)}" for key, value in {"format": 1, **entries}.items()]
    for role, name in files.items():
        content = (folder / name).read_bytes()
        lines += ["", f"[files.{role}]", f"path = {literal(name)}"]
        lines += [f"sha256 = {literal(hashlib.sha256(content).hexdigest())}", f"bytes = {len(content)}"]
    lines += ["", "[inputs]", 'sample = "x"', f"time = {literal(time)}"]
    lines += ["", "[outputs]", f"sample = {literal(output)}"]
    lines.append("")
    text = "\n".join(lines)
    tomllib.loads(text)
    (folder / "model.toml").write_text(text)


EPSILON = {"prediction": "epsilon", "time_input": "index"}


def literal(value):
    """A TOML literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(v) for v in value) + "]"
    return repr(value)


def common(config, name, version, licence, kind, description, schedule=network.PIXEL):
    """The keys shared by all models of this network. Sizes are those of its input."""
    return {
        "name": name,
        "version": version,
        "licence": licence,
        "kind": kind,
        "description": description,
        "channels": 3,
        "size_multiple": config.size_multiple,
        "tile": 512,
        "halo": config.halo,
        "global_operations": False,
        "value_range": [-1.0, 1.0],
        "timesteps": network.TIMESTEPS,
        "beta_schedule": schedule.name,
        "beta_start": schedule.start,
        "beta_end": schedule.end,
        "learned_variance": False,
    }


def pixel(config, name, version, licence, description):
    """The keys of a pixel model."""
    return common(config, name, version, licence, "pixel", description) | EPSILON


def latent(config, first_stage, name, version, licence, description):
    """The keys of a latent model: network and autoencoder configuration. Sizes are in pixels of the picture."""
    halo = autoencoder.FACTOR * max(config.halo, first_stage.reach)
    entries = common(config, name, version, licence, "latent", description, network.LATENT) | EPSILON
    entries |= {"size_multiple": autoencoder.FACTOR * config.size_multiple, "tile": 768, "halo": halo}
    return entries | {"latent_scale": 1.0, "latent_channels": config.channels, "downsample": autoencoder.FACTOR}


def consistency(config, name, version, licence, description, sigmas):
    """The keys of a consistency model; `sigmas` are its smallest, its largest and that of the data."""
    kind = {"prediction": "x0", "time_input": "sigma"}
    kind |= dict(zip(("sigma_min", "sigma_max", "sigma_data"), sigmas))
    return common(config, name, version, licence, "consistency", description) | kind
