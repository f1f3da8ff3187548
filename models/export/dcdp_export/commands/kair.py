"""`kair`: checkpoints of KAIR's FFDNet and DRUNet, gray and colour. Needs neither PyTorch nor any other package."""

from argparse import ArgumentParser, Namespace
from importlib.util import find_spec
from pathlib import Path

from dcdp_export.errors import CheckpointMismatch, ConfigError
from dcdp_export.manifest import Manifest, sha256
from dcdp_export.sources.kair import Network, recognise
from dcdp_export.staging import staged
from dcdp_export.torch_file import read_tensors

LIMIT = 1e-3            # relative, ONNX Runtime against PyTorch
VALUE_RANGE = [0.0, 1.0]


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, help="the .pth file")
    parser.add_argument("--sha256", metavar="HEX", help="refuse a checkpoint that has another hash")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="model folder to write")
    parser.add_argument("--name", help="name in the manifest (default: the folder's name)")
    parser.add_argument("--model-version", default="1", help="version in the manifest (default: 1)")
    parser.add_argument("--licence", default="MIT", help="licence of the weights (default: MIT, as KAIR states it)")
    parser.add_argument("--description", help="one line for people")
    parser.add_argument("--sigma-max", type=float, help="largest σ, 0…255 (default: that of the training, 75 or 50)")
    parser.add_argument("--tile", type=int, help="tile size in pixels (default: 512, DRUNet 1024)")
    parser.add_argument("--halo", type=int,
                        help="context per side, pixels (default: as far as the network sees, where tiles are exact)")
    parser.add_argument("--no-verify", action="store_true",
                        help="skip the comparison with PyTorch, which is made where it is installed")


def kair(args: Namespace) -> None:
    """Writes the folder itself: there is no PyTorch network to hand on."""
    _check_hash(args.checkpoint, args.sha256)
    tensors = read_tensors(args.checkpoint)
    try:
        network = recognise(tensors)
        content = network.write()
    except CheckpointMismatch as error:
        raise CheckpointMismatch(f"{args.checkpoint}: {error}") from None
    manifest = _manifest(args, network)
    manifest.check()
    with staged(args.output) as folder:
        path = folder / "network.onnx"
        path.write_bytes(content)
        (folder / "model.toml").write_text(manifest.text({"network": path}), encoding="utf-8")
        print(f"network: {len(content) / 1e6:.1f} MB, {_verification(args, network, tensors, path)}")


def _check_hash(path: Path, expected: str | None) -> None:
    if expected is None or not path.is_file():
        return
    found = sha256(path)
    if found != expected.lower():
        raise CheckpointMismatch(f"{path}: refused, its sha256 is {found}, not {expected}")


def _manifest(args: Namespace, network: Network) -> Manifest:
    sigma_max = network.sigma_max if args.sigma_max is None else args.sigma_max
    if not 0 < sigma_max <= 255:
        raise ConfigError(f"--sigma-max {sigma_max}: above 0, up to 255")
    colours = "each channel by itself" if network.channels == 1 else "in colour"
    return Manifest(
        name=args.name or args.output.resolve().name, version=args.model_version, licence=args.licence, kind="pixel",
        description=args.description or f"{network.title}, a denoiser of photographs, {colours}",
        size_multiple=network.size_multiple, tile=args.tile or (1024 if network.reach > 128 else 512),
        halo=network.reach if args.halo is None else args.halo, global_operations=False, value_range=VALUE_RANGE,
        timesteps=None, prediction="x0", time_input="sigma", extra={"sigma_max": sigma_max},
        inputs={"sample": "x", "time": "sigma"}, outputs={"sample": "x0"})


def _verification(args: Namespace, network: Network, tensors: dict, path: Path) -> str:
    if args.no_verify:
        return "not verified"
    if not all(find_spec(package) for package in ("torch", "onnxruntime", "onnx")):
        return "not verified: PyTorch or ONNX Runtime is not installed"
    from dcdp_export.sources.kair_reference import compare
    return f"largest relative difference to PyTorch {compare(network, tensors, path, LIMIT):.1e}"
