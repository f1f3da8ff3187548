"""The decoder's vector-Jacobian product by an explicit reverse sweep in plain operations.

`linearise(layer, x)` returns the layer's output and its pullback, the map from an output cotangent
to the input cotangent at x. Unlike automatic differentiation it traces into an ordinary ONNX graph.
"""

from collections.abc import Callable
from functools import singledispatch

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcdp_export.autoencoder import Decoder
from dcdp_export.layers import GroupNorm, Level, Middle, ResBlock, SelfAttention, Upsample

Pullback = Callable[[Tensor], Tensor]


@singledispatch
def linearise(layer: nn.Module, x: Tensor) -> tuple[Tensor, Pullback]:
    """Value and pullback of `layer` at `x`."""
    raise TypeError(f"no adjoint for {type(layer).__name__}")


def _chain(steps: list, x: Tensor) -> tuple[Tensor, Pullback]:
    """Composes layers, or functions from x to (value, pullback), in order."""
    pullbacks = []
    for step in steps:
        x, pullback = linearise(step, x) if isinstance(step, nn.Module) else step(x)
        pullbacks.append(pullback)

    def backward(g: Tensor) -> Tensor:
        for pullback in reversed(pullbacks):
            g = pullback(g)
        return g

    return x, backward


def silu(x: Tensor) -> tuple[Tensor, Pullback]:
    """x·σ(x), with derivative σ(x)·(1 + x·(1 − σ(x)))."""
    gate = torch.sigmoid(x)
    return x * gate, lambda g: g * gate * (1 + x * (1 - gate))


@linearise.register
def _(layer: nn.Conv2d, x: Tensor) -> tuple[Tensor, Pullback]:
    if layer.stride != (1, 1):
        raise TypeError("only stride-1 convolutions have an adjoint here: decoders use no other")
    return layer(x), lambda g: F.conv_transpose2d(g, layer.weight, padding=layer.padding)


@linearise.register
def _(layer: GroupNorm, x: Tensor) -> tuple[Tensor, Pullback]:
    n, c, height, width = x.shape
    grouped = x.reshape(n, layer.groups, c // layer.groups * height * width)
    centred = grouped - grouped.mean(dim=2, keepdim=True)
    inverse_deviation = torch.rsqrt((centred ** 2).mean(dim=2, keepdim=True) + layer.eps)
    normalised = centred * inverse_deviation
    weight = layer.weight[None, :, None, None]
    value = normalised.reshape(n, c, height, width) * weight + layer.bias[None, :, None, None]

    def backward(g: Tensor) -> Tensor:
        g = (g * weight).reshape(n, layer.groups, c // layer.groups * height * width)
        projected = normalised * (g * normalised).mean(dim=2, keepdim=True)
        g = inverse_deviation * (g - g.mean(dim=2, keepdim=True) - projected)
        return g.reshape(n, c, height, width)

    return value, backward


@linearise.register
def _(layer: Upsample, x: Tensor) -> tuple[Tensor, Pullback]:
    def repeat(h: Tensor) -> tuple[Tensor, Pullback]:
        return F.interpolate(h, scale_factor=2.0, mode="nearest"), lambda g: 4 * F.avg_pool2d(g, 2)

    return _chain([repeat] if layer.conv is None else [repeat, layer.conv], x)


@linearise.register
def _(layer: ResBlock, x: Tensor) -> tuple[Tensor, Pullback]:
    if layer.time is not None or layer.resample is not None or layer.output_scale != 1.0:
        raise TypeError("only unconditional residual blocks at one resolution have an adjoint here")
    h, branch = _chain([layer.norm1, silu, layer.conv1, layer.norm2, silu, layer.conv2], x)
    if layer.shortcut is None:
        return x + h, lambda g: g + branch(g)
    skip, shortcut = linearise(layer.shortcut, x)
    return skip + h, lambda g: shortcut(g) + branch(g)


@linearise.register
def _(layer: SelfAttention, x: Tensor) -> tuple[Tensor, Pullback]:
    n, c, height, width = x.shape
    normalised, norm = linearise(layer.norm, x)
    q, k, v = layer.project(normalised)
    weights = layer.weights(q, k)
    mixed = layer.out(layer.merge(weights @ v))
    value = x + mixed.transpose(1, 2).reshape(n, c, height, width)

    def backward(g: Tensor) -> Tensor:
        tokens = g.reshape(n, c, height * width).transpose(1, 2) @ layer.out.weight
        heads = tokens.reshape(n, height * width, layer.heads, c // layer.heads).transpose(1, 2)
        g_v = weights.transpose(-1, -2) @ heads
        g_weights = heads @ v.transpose(-1, -2)
        g_scores = weights * (g_weights - (g_weights * weights).sum(dim=-1, keepdim=True)) * layer.scale()
        g_q = g_scores @ k
        g_k = g_scores.transpose(-1, -2) @ q
        stacked = torch.cat([layer.merge(part) for part in (g_q, g_k, g_v)], dim=2)
        g_normalised = (stacked @ layer.qkv.weight).transpose(1, 2).reshape(n, c, height, width)
        return g + norm(g_normalised)

    return value, backward


@linearise.register
def _(layer: Level, x: Tensor) -> tuple[Tensor, Pullback]:
    steps: list = []
    for j, block in enumerate(layer.blocks):
        steps.append(block)
        if layer.attentions:
            steps.append(layer.attentions[j])
    if layer.resample is not None:
        steps.append(layer.resample)
    return _chain(steps, x)


@linearise.register
def _(layer: Middle, x: Tensor) -> tuple[Tensor, Pullback]:
    return _chain([part for part in (layer.first, layer.attention, layer.second) if part is not None], x)


@linearise.register
def _(layer: Decoder, z: Tensor) -> tuple[Tensor, Pullback]:
    """Straight through the quantiser: evaluated at the quantised latent, its gradient taken as the identity."""
    steps = [layer.stem, layer.middle, *layer.up, layer.norm_out, silu, layer.conv_out]
    if layer.post_quant is not None:
        steps.insert(0, layer.post_quant)
    return _chain(steps, layer.quantise(z))
