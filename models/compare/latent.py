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
    return guided(problem, prior, generator, steps, scale, lambda z0, x0: None)


def psld(problem, prior, generator, steps, scale, gluing):
    """PSLD (Rout et al., 2023, Algorithm 2): latents are also drawn to where the encoder takes their decoding, with the
    measurement put in."""
    y, physics = problem.signed, problem.physics

    def distance(z0, x0):
        glued = physics.A_adjoint(y) + x0 - physics.A_adjoint(physics.A(x0))
        return gluing / scale * torch.linalg.vector_norm(z0 - prior.encode(glued))

    return guided(problem, prior, generator, steps, scale, distance)


def guided(problem, prior, generator, steps, scale, distance):
    y = problem.signed
    z = torch.randn(latent_shape(problem, prior), generator=generator)
    for t, ab, before in posterior.levels(prior, steps):
        with torch.enable_grad():
            z = z.requires_grad_()
            z0, _ = prior.clean(z, t)
            x0 = prior.decode(z0)
            loss, further = torch.linalg.vector_norm(y - problem.forward(x0)), distance(z0, x0)
            gradient = torch.autograd.grad(loss if further is None else loss + further, z)[0]
        noise = torch.randn(z.shape, generator=generator)
        z = posterior.ancestral(z.detach(), z0.detach(), ab, before, noise) - scale * gradient
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


def resample(problem, prior, generator, steps, every, iterations, gamma=40.0):
    """ReSample (Song et al., 2024, Algorithm 1): DDIM; every so many steps the estimate is made consistent with the
    measurement, in pixels in the second third of the steps and in latents in the last, and noised again."""
    y, tolerance = problem.signed, max((2 * problem.sigma) ** 2, 1e-5)
    known = torch.count_nonzero(problem.physics.A(torch.ones(1, 3, *problem.truth.shape[:2]))).item() / y.numel()

    def misfit(x):
        return ((y - problem.forward(x)) ** 2).mean() / known

    z = torch.randn(latent_shape(problem, prior), generator=generator)
    for step, (t, ab, before) in enumerate(posterior.levels(prior, steps)):
        with torch.no_grad():
            z0, epsilon = prior.clean(z, t)
            z = before**0.5 * z0 + (1 - before) ** 0.5 * epsilon
        third = 3 * step // steps
        if third == 0 or (steps - 1 - step) % every:
            continue
        if third == 1:
            with torch.no_grad():
                start = prior.decode(z0)
            with torch.no_grad():
                z0 = prior.encode(minimised(start, misfit, 1e-2, iterations, tolerance))
        else:
            z0 = minimised(z0, lambda z: misfit(prior.decode(z)), 5e-3, iterations, tolerance)
        variance = gamma * (1 - before) / ab * (1 - ab / before)
        mean = (variance * before**0.5 * z0 + (1 - before) * z) / max(variance + 1 - before, 1e-12)
        spread = (variance * (1 - before) / max(variance + 1 - before, 1e-12)) ** 0.5
        z = z0 if before == 1 else mean + spread * torch.randn(z.shape, generator=generator)
    return picture(prior, z)
