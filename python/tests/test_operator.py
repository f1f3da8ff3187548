"""Operators of the caller's own."""

import dcdp
import numpy
import pytest

from conftest import TINY

QUICK = {"model": TINY, "noise": 2}


def halved(x):
    """Every other row."""
    return x[:, ::2]


def doubled(u):
    """The adjoint of halved."""
    out = numpy.zeros((u.shape[0], 2 * u.shape[1], u.shape[2]), numpy.float32)
    out[:, ::2] = u
    return out


def twice_as_high(height, width):
    """The picture of a field."""
    return 2 * height, width


def test_a_pair_of_functions_is_an_operator(noisy):
    threads = []

    def seen(x):
        assert x.dtype == numpy.float32 and x.shape == (3, *noisy.shape[:2])
        threads.append(1)
        return x

    result = dcdp.restore(noisy, operator=(seen, lambda u: u), **QUICK)
    assert threads and result.shape == noisy.shape


@pytest.mark.parametrize("task", ["inpaint", "deblur"])
def test_sizes_may_differ(noisy, task):
    operator = dcdp.Operator(halved, doubled, picture_size=twice_as_high, lambda_max=1.0)
    field = noisy[::2]
    # With the bundled prior: the tiny one takes more than the noise.
    result = dcdp.restore(field, task=task, operator=operator, noise=2)
    assert result.shape == noisy.shape
    # The rows that were measured are still those of the field, less its noise.
    assert numpy.corrcoef(result[::2].ravel(), field.ravel())[0, 1] > 0.8


def test_a_nonlinear_operator_gets_the_point(noisy):
    points = []

    def measure(x):
        return x - 0.1 * x**3

    def adjoint(x, u):
        points.append(x.shape)
        return (1 - 0.3 * x**2) * u

    report = {}
    dcdp.restore(noisy, operator=dcdp.Operator(measure, adjoint), preset="paper", rounds=2, step=0.5, gradient_steps=3,
                 report=report, **QUICK)
    assert points and points[0] == (3, *noisy.shape[:2])


def test_what_an_operator_raises_is_the_cause(noisy):
    def fails(_):
        raise ZeroDivisionError("by zero")

    with pytest.raises(dcdp.errors.OperatorError, match="by zero") as caught:
        dcdp.restore(noisy, operator=(fails, lambda u: u), **QUICK)
    assert caught.value.code == 17
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(dcdp.errors.OperatorError, match="shape"):
        dcdp.restore(noisy, operator=(lambda x: x[:, 1:], lambda u: u), **QUICK)
    with pytest.raises(TypeError, match="linear=True"):
        dcdp.restore(noisy, operator=(lambda x: x, lambda *all_of_it: 0), **QUICK)
