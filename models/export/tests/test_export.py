"""Whole exports: the written graphs, run by ONNX Runtime, against the originals and autograd."""

import hashlib
import tomllib

import numpy as np
import onnx
import pytest
import torch
import yaml
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DModel

import deterministic
from dcdp_export.onnx_file import relative_difference, run
from test_diffusers import FIRST_STAGE, LDM, randomise

GUIDED_FLAGS = ["--image-size", 32, "--num-channels", 32, "--channel-mult", "1,2", "--halo", 8]


def manifest(folder) -> dict:
    """model.toml, after checking that it describes exactly the files that are there."""
    content = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
    assert {p.name for p in folder.iterdir()} == {"model.toml", *(f["path"] for f in content["files"].values())}
    for file in content["files"].values():
        data = (folder / file["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    return content


def test_guided_diffusion(export, recorded, tmp_path):
    _, shapes, arrays = recorded("guided_old_order")
    torch.save(deterministic.state(shapes), tmp_path / "tiny.pt")
    status, folder = export("guided-diffusion", "--checkpoint", tmp_path / "tiny.pt", *GUIDED_FLAGS,
                            "--num-res-blocks", 1, "--attention-resolutions", 16, "--num-head-channels", 16,
                            "--use-scale-shift-norm", "--resblock-updown", "--learn-sigma",
                            "--licence", "MIT \"quoted\"", name="tiny-faces")
    assert status == 0
    content = manifest(folder)
    del content["files"]
    assert content == {
        "format": 1, "name": "tiny-faces", "version": "1", "licence": "MIT \"quoted\"", "kind": "pixel",
        "description": "guided-diffusion U-Net, 32×32", "channels": 3, "size_multiple": 2, "tile": 32, "halo": 8,
        "global_operations": True, "fixed_size": False, "value_range": [-1.0, 1.0], "timesteps": 1000,
        "beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02, "prediction": "epsilon",
        "learned_variance": True, "time_input": "index", "inputs": {"sample": "x", "time": "t"},
        "outputs": {"sample": "eps"}}
    x = deterministic.tensor("guided_old_order x", (2, 3, 16, 24))
    output = run(folder / "network.onnx", {"x": x, "t": torch.tensor([3, 870])})
    assert relative_difference(output, arrays["output"]) < 1e-3
    assert "dcdp_export" not in (folder / "network.onnx").read_bytes().decode("latin-1")


def test_consistency_model(export, recorded, tmp_path):
    """The exported f is c_skip·x + c_out·F(c_in·x, 250 ln σ) with F the network, here at f16."""
    _, shapes, _ = recorded("guided_new_order")
    torch.save(deterministic.state(shapes), tmp_path / "tiny.pt")
    flags = ["--checkpoint", tmp_path / "tiny.pt", *GUIDED_FLAGS, "--num-res-blocks", 1,
             "--attention-resolutions", "32,16", "--no-use-scale-shift-norm", "--use-new-attention-order",
             "--class-cond", "--class-label", 7]
    status, folder = export("consistency-models", *flags, "--dtype", "f16")
    assert status == 0
    content = manifest(folder)
    assert (content["kind"], content["time_input"], content["prediction"]) == ("consistency", "sigma", "x0")
    assert (content["sigma_min"], content["sigma_max"], content["sigma_data"]) == (0.002, 80.0, 0.5)
    x = deterministic.tensor("x", (2, 3, 8, 12))
    boundary = run(folder / "network.onnx", {"x": x, "sigma": torch.full((2,), 0.002)})
    assert relative_difference(boundary, x) < 1e-5
    wide = run(folder / "network.onnx", {"x": 80 * x, "sigma": torch.full((2,), 80.0)})
    assert torch.isfinite(wide).all()
    stored = sum(np.prod(t.dims) * (2 if t.data_type == onnx.TensorProto.FLOAT16 else 4)
                 for t in onnx.load(folder / "network.onnx").graph.initializer)
    assert stored < 0.7 * 4 * sum(np.prod(shape) for shape in shapes.values())


def compvis_files(folder, recorded, ema: bool):
    unet, unet_shapes, unet_arrays = recorded("latent_unet")
    stage, stage_shapes, stage_arrays = recorded("first_stage_vq")
    state = {}
    for name, value in deterministic.state(unet_shapes).items():
        state[f"model.diffusion_model.{name}"] = torch.zeros_like(value) if ema else value
        if ema:
            state["model_ema.diffusion_model" + name.replace(".", "")] = value
    for name, value in deterministic.state(stage_shapes).items():
        state[f"first_stage_model.{name}"] = value
    state["first_stage_model.loss.discriminator.main.0.weight"] = torch.ones(4, 3, 4, 4)
    state |= {"betas": torch.ones(10), "scale_factor": torch.tensor(0.25), "model_ema.decay": torch.tensor(0.9999)}
    torch.save({"state_dict": state, "global_step": 7}, folder / "model.ckpt")
    config = {"model": {"target": "ldm.models.diffusion.ddpm.LatentDiffusion", "params": {
        "linear_start": 0.0015, "linear_end": 0.0195, "timesteps": 1000, "scale_by_std": True,
        "cond_stage_config": "__is_unconditional__",
        "unet_config": {"target": "ldm.modules.diffusionmodules.openaimodel.UNetModel", "params": unet},
        "first_stage_config": {"target": "ldm.models.autoencoder.VQModelInterface", "params": stage}}}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return unet_arrays, stage_arrays


def test_compvis(export, recorded, tmp_path):
    unet_arrays, stage_arrays = compvis_files(tmp_path, recorded, ema=True)
    status, folder = export("compvis", "--config", tmp_path / "config.yaml", "--checkpoint", tmp_path / "model.ckpt",
                            "--halo", 4)
    assert status == 0
    content = manifest(folder)
    assert {key: content[key] for key in ("kind", "latent_scale", "latent_channels", "downsample", "tile",
                                          "size_multiple", "beta_schedule", "beta_start", "beta_end")} == {
        "kind": "latent", "latent_scale": 0.25, "latent_channels": 3, "downsample": 2, "tile": 16, "size_multiple": 4,
        "beta_schedule": "scaled_linear", "beta_start": 0.0015, "beta_end": 0.0195}
    x, u = (deterministic.tensor(f"vq {name}", (1, 3, 32, 48)) for name in "xu")
    z = deterministic.tensor("vq z", (1, 3, 16, 24))
    assert relative_difference(run(folder / "encoder.onnx", {"x": x}), stage_arrays["encoded"]) < 1e-3
    assert relative_difference(run(folder / "decoder.onnx", {"z": z}), stage_arrays["decoded"]) < 1e-3
    assert relative_difference(run(folder / "decoder_vjp.onnx", {"z": z, "u": u}), stage_arrays["vjp"]) < 1e-3
    latent = deterministic.tensor("latent_unet x", (2, 3, 8, 12))
    output = run(folder / "network.onnx", {"x": latent, "t": torch.tensor([3, 870])})
    assert relative_difference(output, unet_arrays["output"]) < 1e-3


def test_diffusers_kl_in_f16(export, tmp_path):
    unet, stage = randomise(UNet2DModel(**LDM)), randomise(
        AutoencoderKL(latent_channels=3, mid_block_add_attention=False, **FIRST_STAGE))
    unet.save_pretrained(tmp_path / "pipeline" / "unet")
    stage.save_pretrained(tmp_path / "pipeline" / "vae")
    DDIMScheduler().save_pretrained(tmp_path / "pipeline" / "scheduler")
    status, folder = export("diffusers", "--folder", tmp_path / "pipeline", "--dtype", "f16", "--fixed-size",
                            "--halo", 4, "--latent-scale", 0.5)
    assert status == 0
    content = manifest(folder)
    assert (content["fixed_size"], content["tile"], content["latent_scale"]) == (True, 16, 0.5)
    x, z, t = deterministic.tensor("x", (1, 3, 16, 16)), deterministic.tensor("z", (1, 3, 8, 8)), torch.tensor([500])
    leaf = z.clone().requires_grad_()
    gradient, = torch.autograd.grad(stage.decode(leaf).sample, leaf, x)
    assert relative_difference(run(folder / "encoder.onnx", {"x": x}), stage.encode(x).latent_dist.mean) < 5e-3
    assert relative_difference(run(folder / "decoder_vjp.onnx", {"z": z, "u": x}), gradient) < 5e-3
    assert relative_difference(run(folder / "network.onnx", {"x": z, "t": t}), unet(z, t).sample) < 2e-2


@pytest.mark.parametrize("prepare, message", [
    (lambda c, s: c["unet_config"]["params"].update(model_channels=64), "unet_config: model_channels"),
    (lambda c, s: c["first_stage_config"]["params"].update(n_embed=17), "first_stage_config.params: n_embed"),
    (lambda c, s: c.update(cond_stage_config={"target": "x"}), "cond_stage_config"),
    (lambda c, s: c.pop("first_stage_config"), "first_stage_config"),
    (lambda c, s: s.pop("scale_factor"), "scale_factor"),
    (lambda c, s: s.pop("first_stage_model.decoder.conv_out.bias"), "decoder.conv_out.bias"),
    (lambda c, s: s.update({"first_stage_model.encoder.conv_in.bias": torch.full((32,), float("nan"))}), "not finite"),
])
def test_compvis_mismatch_names_tensor_and_field(export, recorded, tmp_path, capsys, prepare, message):
    compvis_files(tmp_path, recorded, ema=False)
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    checkpoint = torch.load(tmp_path / "model.ckpt", weights_only=True)
    prepare(config["model"]["params"], checkpoint["state_dict"])
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    torch.save(checkpoint, tmp_path / "model.ckpt")
    status, folder = export("compvis", "--config", tmp_path / "config.yaml", "--checkpoint", tmp_path / "model.ckpt")
    assert status == 1
    assert message in capsys.readouterr().err
    assert not folder.exists()


def test_a_full_folder_is_not_overwritten(export, recorded, tmp_path, capsys):
    _, shapes, _ = recorded("guided_old_order")
    torch.save(deterministic.state(shapes), tmp_path / "tiny.pt")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "kept").write_text("kept")
    status, folder = export("guided-diffusion", "--checkpoint", tmp_path / "tiny.pt", *GUIDED_FLAGS,
                            "--num-res-blocks", 1, "--attention-resolutions", 16, "--num-head-channels", 16,
                            "--resblock-updown", "--learn-sigma")
    assert status == 1 and "not empty" in capsys.readouterr().err
    assert (folder / "kept").read_text() == "kept"
