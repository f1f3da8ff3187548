"""Every method that is written here, on cases whose answer is known; the operators and priors against `dcdp`'s.

    DCDP_PROGRAM=../../target/release/dcdp python -m pytest --quiet .
"""

import os
import pathlib

import deepinv
import numpy as np
import onnxruntime
import pytest
import torch

import classical
import compare
import engine
import latent
import operators
import plug_and_play
import posterior
import priors
import tasks

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"
MEAN, DEVIATION = 0.2, 0.3  # of the Gaussian prior, on -1...1
SIDE = 32


def golden(name):
    return np.load(GOLDEN / name)


def generator():
    return torch.Generator().manual_seed(0)


def noise(*shape):
    return torch.randn(shape, generator=generator())


def pattern(physics, kind="inpaint", sigma=0.0, mask=None):
    """A problem whose picture is drawn from the Gaussian prior."""
    truth = (MEAN + DEVIATION * noise(1, 3, SIDE, SIDE) + 1) / 2
    measured = physics.A(truth) + sigma * torch.randn(physics.A(truth).shape, generator=torch.Generator().manual_seed(1))
    physics.noise_model = deepinv.physics.GaussianNoise(sigma)
    return tasks.Problem(kind, truth[0].permute(1, 2, 0).numpy(), measured, physics, sigma, [], mask=mask)


def with_hole():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[8:24, 8:24] = True
    return pattern(operators.hole(mask), mask=mask)


@pytest.mark.parametrize("file, operator", [
    ("measure_super_resolution_x2.npy", lambda: operators.enlarge(64, 64, 2)),
    ("measure_super_resolution_x4.npy", lambda: operators.enlarge(64, 64, 4)),
    ("measure_gaussian_blur.npy", lambda: operators.gaussian(64, 64, 3)),
    ("measure_motion_blur.npy", lambda: operators.Blur(golden("kernel_motion_61.npy")[::-1, ::-1].copy(), 64, 64)),
    ("measure_inpainting.npy", lambda: operators.hole(golden("mask.npy")[0, 0] < 0.5)),
])
def test_measurements_are_the_authors(file, operator):
    measured = operator().A(torch.from_numpy(golden("image.npy")))
    assert np.abs(measured.numpy() - golden(file)).max() < 1e-4


@pytest.mark.parametrize("physics", [operators.enlarge(48, 32, 4), operators.gaussian(48, 32, 3),
                                     operators.Blur(golden("kernel_motion_61.npy")[20:45, 18:47], 48, 32)])
def test_adjoints(physics):
    x = noise(1, 3, 48, 32)
    y = noise(*physics.A(x).shape)
    assert torch.isclose((physics.A(x) * y).sum(), (x * physics.A_adjoint(y)).sum(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("physics", [operators.enlarge(48, 32, 4), operators.gaussian(48, 32, 3)])
def test_singular_values(physics):
    x = noise(1, 3, 48, 32)
    assert torch.allclose(physics.U(physics.mask * physics.V_adjoint(x)), physics.A(x), atol=1e-5)
    assert torch.allclose(physics.V(physics.V_adjoint(x)), x, atol=1e-5)


@pytest.mark.parametrize("name", ["sr4", "gaussian", "motion"])  # `dcdp` leaves a hole as it was: nothing to compare
def test_dcdp_measures_the_same(name):
    program = os.environ.get("DCDP_PROGRAM")
    if program is None:
        pytest.skip("DCDP_PROGRAM names no dcdp")
    bench = engine.Engine(pathlib.Path(program).resolve(), 1)
    truth = np.random.default_rng(0).uniform(size=(64, 72, 3))
    _, physics, options, _ = tasks.PAPER[name][1](truth, bench)
    measured = classical.codes(physics.A(tasks.to_tensor(truth)))
    assert np.abs(bench.degraded(truth, [*options, "--noise", "0"]) - measured).max() < 1e-4


def run_onnx(path, **inputs):
    return onnxruntime.InferenceSession(str(path)).run(None, {k: v.numpy() for k, v in inputs.items()})[0]


@pytest.mark.parametrize("t", [0, 20, 300, 999])
def test_priors_are_those_that_dcdp_runs(t):
    times, x, z = torch.tensor([t]), noise(1, 3, 32, 48), noise(1, 4, 16, 32)
    photo, folder = priors.photo(), priors.MODELS / "photo-latent"
    assert np.abs(photo.epsilon(x, t).numpy() - run_onnx(priors.MODELS / "photo/photo.onnx", x=x, t=times)).max() < 1e-4
    hidden = priors.photo_latent()
    assert np.abs(hidden.epsilon(z, t).numpy() - run_onnx(folder / "network.onnx", x=z, t=times)).max() < 1e-4
    assert np.abs(hidden.encode(x).numpy() - run_onnx(folder / "encoder.onnx", x=x)).max() < 1e-4
    assert np.abs(hidden.decode(z).numpy() - run_onnx(folder / "decoder.onnx", z=z)).max() < 1e-4


def test_one_call_is_the_posterior_mean():
    prior = priors.Gaussian(MEAN, DEVIATION)
    sigma = ((1 - prior.alpha_bar[100]) / prior.alpha_bar[100]).sqrt().item()  # on -1...1
    x = 0.5 + 0.1 * noise(1, 3, 8, 8)
    expected = (DEVIATION**2 * (2 * x - 1) + sigma**2 * MEAN) / (DEVIATION**2 + sigma**2)
    assert torch.allclose(prior(x, sigma / 2), (expected + 1) / 2, atol=1e-5)


STEPS = 500


def sampled(name, problem, steps=STEPS, size=1.0):
    """What a sampler makes of a problem with the Gaussian prior: pictures (H,W,3) in -1...1."""
    pixels, latents = priors.Gaussian(MEAN, DEVIATION), priors.GaussianLatent(MEAN, DEVIATION)
    samplers = {
        "dps": lambda: posterior.dps(problem, pixels, generator(), steps, scale=size),
        "mcg": lambda: posterior.mcg(problem, pixels, generator(), steps, scale=size),
        "ddrm": lambda: plug_and_play.ddrm(problem, pixels, generator(), steps, eta=0.85, etab=1.0),
        "latent-dps": lambda: latent.latent_dps(problem, latents, generator(), steps, scale=size),
        "psld": lambda: latent.psld(problem, latents, generator(), steps, omega=size, gamma=0.1),
        "resample": lambda: latent.resample(problem, latents, generator(), steps, every=10, iterations=[300, 300]),
    }
    return 2 * classical.codes(samplers[name]()) - 1


def known_and_hole(restored, problem):
    """The error where the picture was measured, and the picture where it was not."""
    return (restored - 2 * problem.truth + 1)[~problem.mask], restored[problem.mask]


@pytest.mark.parametrize("name", ["dps", "mcg", "latent-dps", "psld", "ddrm", "resample"])
def test_a_hole_is_filled_from_the_prior(name):
    """With independent pixels the posterior is what was measured, and the prior itself where nothing was."""
    problem = with_hole()
    error, hole = known_and_hole(sampled(name, problem, 100 if name == "resample" else STEPS), problem)
    assert np.sqrt(np.mean(error**2)) < 0.03
    assert abs(hole.mean() - MEAN) < 0.05
    assert hole.std() == pytest.approx({"ddrm": ddrm_deviation, "resample": resample_deviation}.get(
        name, lambda: DEVIATION)(), rel=0.1)


@pytest.mark.parametrize("name", ["dps", "latent-dps"])
def test_guidance_ends_half_a_step_from_the_measurement(name):
    """The guidance's step has a fixed length, so that near the end the N measured values swing about the measurement by
    half of it: an error of length / 2√N. (A step too short never arrives: what DPS's noise takes away in a step, about
    √(Nβ), grows with the picture, and independent values have nothing else to hold them.)"""
    problem, size = with_hole(), 2.0
    error, _ = known_and_hole(sampled(name, problem, size=size), problem)
    length = size * 1000 / STEPS
    assert np.sqrt(np.mean(error**2)) == pytest.approx(length / 2 / np.sqrt(error.size), rel=0.1)


def gain(alpha_bar):
    """How much of a change of x_t is in the Gaussian prior's estimate of x_0."""
    return DEVIATION**2 * alpha_bar**0.5 / (alpha_bar * DEVIATION**2 + 1 - alpha_bar)


def resample_deviation(steps=100, every=10):
    """What ReSample leaves of the prior's deviation where nothing is measured: its draw between a latent and an estimate,
    whose noises are independent, has less noise than either."""
    levels = posterior.levels(priors.Gaussian(MEAN, DEVIATION), steps)

    def ddim(ab, before):
        return before**0.5 * gain(ab) + ((1 - before) / (1 - ab)) ** 0.5 * (1 - ab**0.5 * gain(ab))

    variance = 1.0
    for step, (_, ab, before) in enumerate(levels):
        variance *= ddim(ab, before) ** 2
        left = steps - 1 - step
        if 3 * step // steps == 0 or left == 0 or left % every:
            continue
        estimate = 1.0
        for _, further, after in levels[step + 1 : step + 1 + latent.AHEAD]:
            clean, estimate = estimate * gain(further), estimate * ddim(further, after)
        noise = latent.GAMMA * (1 - before) / (1 - ab) * (1 - ab / before)
        share = noise / (noise + 1 - before)
        variance = (share * before**0.5 * clean + 1 - share) ** 2 * variance + share * (1 - before)
    return variance**0.5


def ddrm_deviation(steps=STEPS, eta=0.85):
    """The same of deepinv's DDRM, which draws half the variance that its authors do."""
    alpha_bar = priors.Gaussian(MEAN, DEVIATION).alpha_bar[np.linspace(999, 0, steps).round().astype(int)].numpy()
    sigmas = ((1 - alpha_bar) / alpha_bar) ** 0.5
    gains = alpha_bar**0.5 * gain(alpha_bar)
    variance = sigmas[0] ** 2 / 2
    for i in range(1, steps):
        kept = gains[i - 1] + (1 - eta**2) ** 0.5 * sigmas[i] / sigmas[i - 1] * (1 - gains[i - 1])
        variance = kept**2 * variance + (eta * sigmas[i]) ** 2 / 2
    return gains[-1] * variance**0.5


def test_projection_keeps_the_measurement():
    problem = pattern(operators.enlarge(SIDE, SIDE, 4), "super-resolve")
    restored = posterior.mcg(problem, priors.Gaussian(MEAN, DEVIATION), generator(), steps=100, scale=0.1)
    assert (problem.physics.A(restored) - problem.measured).abs().max() < 0.02


def test_plug_and_play_ends_at_the_posterior_mean():
    """ADMM with the exact denoiser of a Gaussian prior minimises ½|Ax − y|²/ρ + σ²|x − μ|²/2s²."""
    prior, rho, strength = priors.Gaussian(MEAN, DEVIATION), 0.2, 40
    problem = pattern(operators.gaussian(SIDE, SIDE, 1), "deblur", sigma=0.01)
    ratios = ((1 - prior.alpha_bar) / prior.alpha_bar).sqrt()
    sigma = ratios[(ratios.log() - np.log(2 * strength / 255)).abs().argmin()].item() / 2
    weight = rho * sigma**2 / (DEVIATION / 2) ** 2
    mean = torch.full((1, 3, SIDE, SIDE), (MEAN + 1) / 2)
    expected = problem.physics.prox_l2(mean, problem.measured, 1 / weight)
    restored = plug_and_play.pnp_admm(problem, prior, generator(), iterations=200, rho=rho, strength=strength)
    assert torch.allclose(restored, expected, atol=2e-3)


def test_dpir_of_a_blur_is_deepinvs():
    prior = priors.Gaussian(MEAN, DEVIATION)
    problem = pattern(operators.gaussian(SIDE, SIDE, 1), "deblur", sigma=0.02)
    with torch.no_grad():
        method = deepinv.optim.DPIR(sigma=0.02, denoiser=prior)
        expected = method(problem.measured, problem.physics, init=problem.measured)
    restored = plug_and_play.dpir(problem, prior, generator(), rounds=8, last=0.0, lowest=0.0)
    assert torch.allclose(restored, expected, atol=1e-4)


def test_filters_leave_what_is_not_blurred():
    problem = pattern(operators.gaussian(SIDE, SIDE, 1), "deblur")
    problem.measured, problem.psf = torch.from_numpy(problem.truth.transpose(2, 0, 1)[None]), np.ones((1, 1))
    wiener = classical.wiener(problem, None, None, balance=1e-3)
    lucy = classical.richardson_lucy(problem, None, None, iterations=5)
    for restored in (wiener, lucy):
        assert np.abs(classical.codes(restored) - problem.truth.clip(0, 1)).max() < 1e-2


def test_floors(tmp_path, monkeypatch):
    """What was recorded is reached; a little less is the processor's, more than that or nothing at all is told."""
    monkeypatch.setattr(compare, "FLOORS", tmp_path / "floors.json")
    results = compare.Results(tmp_path / "results.jsonl")
    keys = {"picture": "p", "side": 64, "method": "default", "prior": "photo", "settings": {}}
    results.add({"task": "sr4", "psnr": 30.0, **keys})
    results.add({"task": "box", "psnr": 25.0, **keys})
    assert compare.below_floor(results, record=True) == []
    results.add({"task": "sr4", "psnr": 29.95, **keys})
    assert compare.below_floor(results, record=False) == []
    results.add({"task": "sr4", "psnr": 29.8, **keys})
    results.add({"task": "box", "error": "thrown", **keys})
    assert compare.below_floor(results, record=False) == [
        "sr4 photo: 29.80 dB, once 30.00", "box photo: 0.00 dB, once 25.00"]
