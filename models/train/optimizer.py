"""Muon for the convolution weights, AdamW for everything else."""

import torch

import parallel

EDGES = {"stem", "head", "skip"}  # layers next to the picture or the latent, left to AdamW


def orthogonalise(matrix, steps=5):
    """The nearest semi-orthogonal matrix, roughly: a quintic Newton-Schulz iteration (Jordan et al., Muon, 2024)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = matrix.shape[0] <= matrix.shape[1]
    x = (matrix if wide else matrix.T).bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x if wide else x.T).float()


class Muon(torch.optim.Optimizer):
    """Orthogonalised Nesterov momentum. Weights of shape (out, in, k, k) are taken as out x (in k k) matrices."""

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            # every process orthogonalises its share of the matrices, the largest dealt out first
            parameters = sorted(group["params"], key=lambda p: -p.numel())
            updates = [torch.zeros_like(p, memory_format=torch.contiguous_format) for p in parameters]
            for index, (parameter, update) in enumerate(zip(parameters, updates)):
                state = self.state[parameter]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(parameter)
                state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                if index % parallel.world_size() == parallel.rank():
                    ahead = parameter.grad.lerp(state["momentum"], group["momentum"])
                    matrix = orthogonalise(ahead.reshape(len(ahead), -1))
                    scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                    update.copy_(matrix.reshape(parameter.shape) * scale)
            parallel.add_up(updates)
            for parameter, update in zip(parameters, updates):
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(update, alpha=-group["lr"])


def build(network, kind, lr, muon_lr):
    """The optimisers of a network: `kind` is muon or adamw. Each group keeps its peak rate in `peak`."""
    inner, rest = [], []
    for name, parameter in network.named_parameters():
        matrix = parameter.ndim == 4 and EDGES.isdisjoint(name.split("."))
        (inner if kind == "muon" and matrix else rest).append(parameter)
    optimizers = [torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.99), weight_decay=0.0)]
    if inner:
        optimizers.append(Muon(inner, lr=muon_lr))
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return optimizers
