"""model.toml: what dcdp needs to know about a model folder."""

import hashlib
import pathlib
import tomllib

import network


def describe(folder, network_file, entries, time, output):
    """Writes folder/model.toml for `network_file`; `entries` are its top-level keys in order, as Python values."""
    folder = pathlib.Path(folder)
    content = (folder / network_file).read_bytes()
    lines = [f"{key} = {literal(value)}" for key, value in {"format": 1, **entries}.items()]
    lines += ["", "[files.network]", f"path = {literal(network_file)}"]
    lines += [f"sha256 = {literal(hashlib.sha256(content).hexdigest())}", f"bytes = {len(content)}"]
    lines += ["", "[inputs]", 'sample = "x"', f"time = {literal(time)}"]
    lines += ["", "[outputs]", f"sample = {literal(output)}", ""]
    text = "\n".join(lines)
    tomllib.loads(text)
    (folder / "model.toml").write_text(text)


def literal(value):
    """A TOML literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(v) for v in value) + "]"
    return repr(value)


def common(config, name, version, licence, kind, description):
    """The keys shared by pixel and consistency models of this network."""
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
        "beta_schedule": "linear",
        "beta_start": network.BETA_START,
        "beta_end": network.BETA_END,
        "learned_variance": False,
    }


def pixel(config, name, version, licence, description):
    """The keys of a pixel model."""
    kind = {"prediction": "epsilon", "time_input": "index"}
    return common(config, name, version, licence, "pixel", description) | kind


def consistency(config, name, version, licence, description, sigmas):
    """The keys of a consistency model; `sigmas` are its smallest, its largest and that of the data."""
    kind = {"prediction": "x0", "time_input": "sigma"}
    kind |= dict(zip(("sigma_min", "sigma_max", "sigma_data"), sigmas))
    return common(config, name, version, licence, "consistency", description) | kind
