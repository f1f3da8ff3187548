"""Samplers in the latents of a latent diffusion model: Latent-DPS, PSLD and ReSample.

`problem` is as for pixels; the prior's `encode` and `decode` lead to latents and back.
"""

import torch

import posterior


def latent_shape(problem, prior):
    with torch.no_grad():
        return prior.encode(torch.zeros(1, 3, *problem.truth.shape[:2])).shape


def picture(prior, z):
    with torch.no_grad():
        return (prior.decode(z).clamp(-1, 1) + 1) / 2


def latent_dps(problem, prior, generator, steps, scale):
    """DPS with the decoder in the misfit."""
    y = problem.signed

    def misfit(z0):
        return scale * torch.linalg.vector_norm(y - problem.forward(prior.decode(z0)))

    return guided(problem, prior, generator, steps, misfit)


def psld(problem, prior, generator, steps, omega, gamma):
    """PSLD (Rout et al., 2023, Algorithm 2): latents are also drawn to where the encoder takes their decoding, with the
    measurement put in."""
    y, physics = problem.signed, problem.physics

    def misfit(z0):
        x0 = prior.decode(z0)
        glued = physics.A_adjoint(y) + x0 - physics.A_adjoint(physics.A(x0))
        distance = torch.linalg.vector_norm(z0 - prior.encode(glued))
        return omega * torch.linalg.vector_norm(y - problem.forward(x0)) + gamma * distance

    return guided(problem, prior, generator, steps, misfit)


def guided(problem, prior, generator, steps, misfit):
    """DDPM's draws, each followed by a step down the gradient of `misfit` (estimate of the clean latent)."""
    z = torch.randn(latent_shape(problem, prior), generator=generator)
    for t, ab, before in posterior.levels(prior, steps):
        z0, _, gradient = posterior.gradient_at(z, t, prior, misfit)
        z = posterior.ancestral(z, z0, ab, before, torch.randn(z.shape, generator=generator))
        z = z - posterior.per_step(1.0, prior, steps) * gradient
    return picture(prior, z)


def minimised(start, misfit, rate, iterations, tolerance):
    """Adam from `start` on a misfit (a mean square) until it is below `tolerance`."""
    with torch.enable_grad():
        value = start.clone().requires_grad_()
        adam = torch.optim.Adam([value], lr=rate)
        for _ in range(iterations):
            adam.zero_grad()
            loss = misfit(value)
            if loss.item() < tolerance:
                break
            loss.backward()
            adam.step()
    return value.detach()


def ddim(z0, epsilon, before):
    """The next latent of DDIM, which draws nothing."""
    return before**0.5 * z0 + (1 - before) ** 0.5 * epsilon


def looked_ahead(z, prior, levels):
    """The estimate of the clean latent some DDIM steps on."""
    with torch.no_grad():
        for t, _, before in levels:
            z0, epsilon = prior.clean(z, t)
            z = ddim(z0, epsilon, before)
    return z0


AHEAD = 5  # steps that ReSample looks ahead for the estimate that it makes consistent
GAMMA = 40.0  # of ReSample's variance
GUIDANCE = 0.5  # of ReSample's DPS steps, times the signal's share, at the authors' 500 steps


def resample(problem, prior, generator, steps, every, iterations):
    """ReSample (Song et al., 2024) as in the authors' code: DDIM with DPS guidance; every so many steps the estimate is made
    consistent with the measurement, in pixels in the second third of the steps and in latents in the last, and noised
    again; in latents once more at the end. `iterations` are the most of pixels and of latents."""
    y, tolerance = problem.signed, max((2 * problem.sigma) ** 2, 1e-6)
    every_level = posterior.levels(prior, steps)

    def norm(z):
        return torch.linalg.vector_norm(y - problem.forward(prior.decode(z)))

    def misfit(x):
        return ((y - problem.forward(x)) ** 2).mean()

    def in_latents(z):
        return minimised(z, lambda z: misfit(prior.decode(z)), 5e-3, iterations[1], tolerance)

    z = torch.randn(latent_shape(problem, prior), generator=generator)
    for step, (t, ab, before) in enumerate(every_level):
        z0, epsilon, gradient = posterior.gradient_at(z, t, prior, norm)
        z = ddim(z0, epsilon, before) - GUIDANCE * ab * 500 / steps * gradient
        third, left = 3 * step // steps, steps - 1 - step
        if third == 0 or left == 0 or left % every:
            continue
        z0 = looked_ahead(z, prior, every_level[step + 1 : step + 1 + AHEAD])
        if third == 1:
            with torch.no_grad():
                z0 = prior.encode(minimised(prior.decode(z0), misfit, 1e-2, iterations[0], tolerance))
        else:
            z0 = in_latents(z0)
        z = renoised(z, z0, ab, before, generator)
    return picture(prior, in_latents(z))


def renoised(z, z0, ab, before, generator):
    """ReSample's draw: between a latent and its consistent estimate noised to the same level."""
    variance = GAMMA * (1 - before) / (1 - ab) * (1 - ab / before)
    share = variance / (variance + 1 - before)
    noise = torch.randn(z.shape, generator=generator)
    return share * before**0.5 * z0 + (1 - share) * z + (share * (1 - before)) ** 0.5 * noise
