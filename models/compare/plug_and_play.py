"""Methods that deepinv has: PnP-ADMM, DPIR, DiffPIR and DDRM."""

import copy
import math

import deepinv
import numpy as np
import torch


def start(problem):
    """Something of the picture's size: the measurement, enlarged where it is smaller."""
    size = problem.truth.shape[:2]
    if problem.measured.shape[-2:] == size:
        return problem.measured
    return torch.nn.functional.interpolate(problem.measured, size=size, mode="bicubic").clamp(0, 1)


def told(problem, lowest):
    """The operator with its noise said to be at least `lowest`."""
    physics = copy.deepcopy(problem.physics)
    physics.noise_model = deepinv.physics.GaussianNoise(max(problem.sigma, lowest))
    return physics


def pnp_admm(problem, prior, generator, iterations, rho, strength):
    """PnP-ADMM (Chan et al., 2017); the denoiser is told `strength` (0...255)."""
    method = deepinv.optim.ADMM(
        data_fidelity=deepinv.optim.L2(), prior=deepinv.optim.PnP(denoiser=prior), stepsize=1 / rho,
        g_param=max(strength / 255, problem.sigma), max_iter=iterations, early_stop=False)
    first = start(problem)
    with torch.no_grad():
        return method(problem.measured, problem.physics, init=(first, torch.zeros_like(first)))


def dpir(problem, prior, generator, rounds, last, lowest):
    """DPIR (Zhang et al., 2021): half-quadratic splitting, the denoiser's strength falling from 49 to the measurement's
    noise, or to `last` where that is more; noise is at least `lowest` (both 0...255). As deepinv's, which has the settings
    of deblurring for every task."""
    sigma = max(problem.sigma, lowest / 255)
    strengths = torch.logspace(*(math.log10(s) for s in (49 / 255, max(sigma, last / 255))), rounds)
    method = deepinv.optim.HQS(
        data_fidelity=deepinv.optim.L2(), prior=deepinv.optim.PnP(denoiser=prior), max_iter=rounds, early_stop=False,
        stepsize=(strengths / sigma) ** 2 / 0.23, g_param=strengths)
    with torch.no_grad():
        return method(problem.measured, problem.physics, init=start(problem))


def diffpir(problem, prior, generator, steps, lambda_, zeta):
    """DiffPIR (Zhu et al., 2023). Noise is at least 0.001, as with its authors."""
    torch.manual_seed(generator.initial_seed())
    method = deepinv.sampling.DiffPIR(
        model=prior, data_fidelity=deepinv.optim.L2(), max_iter=steps, lambda_=lambda_, zeta=zeta)
    return method(problem.measured, told(problem, 0.001), x_init=start(problem))


def ddrm(problem, prior, generator, steps, eta, etab):
    """DDRM (Kawar et al., 2022): needs a singular value decomposition, whose values below 3 % count as 0 as with its
    authors. deepinv draws half their variance."""
    physics = told(problem, 0.0)
    if not isinstance(physics, deepinv.physics.Denoising):
        physics.mask = torch.where(physics.mask < 0.03 * physics.mask.max(), 0.0, physics.mask)
    times = np.linspace(len(prior.alpha_bar) - 1, 0, steps).round().astype(int)
    products = prior.alpha_bar[times]
    sigmas = 0.5 * ((1 - products) / products).sqrt().numpy()
    torch.manual_seed(generator.initial_seed())
    method = deepinv.sampling.DDRM(denoiser=prior, sigmas=sigmas, eta=eta, etab=etab)
    return method(problem.measured, physics)
