"""Samplers that follow the gradient of the misfit through the network: DPS and MCG.

deepinv has a DPS as well; its guidance is weighed by the diffusion's variance, so that the step sizes its authors publish
mean something else there. These are the authors' algorithms, in the units of pictures in -1...1.

Their guidance moves the picture by a fixed length a step, whatever the misfit, so that its reach is the number of steps
times that length. A published step size is one for 1000 steps: `per_step` lengthens it where there are fewer.
"""

import torch


def spaced(count, steps):
    """`steps` of `count` timesteps, evenly spaced, the first and the last among them."""
    return [round(i * (count - 1) / max(steps - 1, 1)) for i in range(steps)]


def ancestral(x, x0, ab, before, noise):
    """A draw of x_s given x_t and x_0 (DDPM's posterior), ab and before their cumulative products."""
    alpha = ab / before
    mean = (before**0.5 * (1 - alpha) * x0 + alpha**0.5 * (1 - before) * x) / (1 - ab)
    return mean + ((1 - before) / (1 - ab) * (1 - alpha)) ** 0.5 * noise


def per_step(scale, prior, steps):
    """The step size of one of `steps` steps that reach as far as one of size `scale` at every timestep."""
    return scale * len(prior.alpha_bar) / steps


def levels(prior, steps):
    """(timestep, its cumulative product, that of the step after it, which ends at 1), from noise to picture."""
    times = spaced(len(prior.alpha_bar), steps)
    products = [1.0] + [prior.alpha_bar[t].item() for t in times]
    return [(t, products[i + 1], products[i]) for i, t in reversed(list(enumerate(times)))]


def gradient_at(x, t, prior, misfit, bound=lambda x0: x0):
    """The estimate of x_0, `bound`, the noise predicted, and the gradient of `misfit` (estimate) with respect to x_t."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        x0, epsilon = prior.clean(x, t)
        x0 = bound(x0)
        gradient = torch.autograd.grad(misfit(x0), x)[0]
    return x0.detach(), epsilon.detach(), gradient


def sample(problem, prior, generator, steps, scale, project=None):
    """DPS (Chung et al., 2023, Algorithm 1); with `project`, MCG (Chung et al., 2022)."""
    y = problem.signed

    def misfit(x0):
        return torch.linalg.vector_norm(y - problem.forward(x0))

    x = torch.randn(1, 3, *problem.truth.shape[:2], generator=generator)
    for t, ab, before in levels(prior, steps):
        x0, _, gradient = gradient_at(x, t, prior, misfit, bound=lambda x0: x0.clamp(-1, 1))
        x = ancestral(x, x0, ab, before, torch.randn(x.shape, generator=generator))
        x = x - per_step(scale, prior, steps) * gradient
        if project is not None:
            noisy = before**0.5 * y + (1 - before) ** 0.5 * torch.randn(y.shape, generator=generator)
            x = x + project(noisy - problem.physics.A(x))
    return (x.clamp(-1, 1) + 1) / 2


def dps(problem, prior, generator, steps, scale):
    return sample(problem, prior, generator, steps, scale)


def mcg(problem, prior, generator, steps, scale):
    """With a projection on {x: Ax = y_t}: exact for holes and enlargements, one gradient step where the operator's inverse
    would blow up noise."""
    exact = problem.kind in ("inpaint", "super-resolve")
    project = problem.physics.A_dagger if exact else problem.physics.A_adjoint
    return sample(problem, prior, generator, steps, scale, project)
