"""Whatever is wrong: an exception that says so, with the engine's code, and nothing changed."""

import dcdp
import numpy
import pytest

from conftest import TINY


@pytest.mark.parametrize(
    ("options", "code", "kind", "text"),
    [
        ({"noise": 300}, 3, ValueError, "noise: 300"),
        ({"task": "sharpen"}, 3, ValueError, "denoise | deblur"),
        ({"vigour": 3}, 4, TypeError, "vigour"),
        ({"task": "inpaint"}, 5, TypeError, "mask"),
        ({"task": "deblur", "blur": "gaussian", "data_step": "gradient", "step": 40}, 6, ValueError, "unstable"),
        ({"scale": 2}, 2, ValueError, "scale is of no use to task denoise"),
        ({"mask": numpy.ones((8, 8))}, 2, ValueError, "only inpaint"),
        ({"kernel": [[1, 2, 1]]}, 2, ValueError, "of no use to task denoise"),
        ({"task": "deblur", "blur": "motion", "blur_sigma": 2}, 2, ValueError, "blur='gaussian'"),
        ({"task": "inpaint", "mask": numpy.eye(5)}, 7, ValueError, "mask"),
        ({"task": "inpaint", "mask": numpy.zeros((24, 32))}, 3, ValueError, "nothing to fill"),
        ({"task": "inpaint", "mask": "none.png"}, 8, OSError, "none.png"),
        ({"model": "no-such-model"}, 10, FileNotFoundError, "no-such-model"),
        ({"max_memory": 1}, 15, MemoryError, "max_memory"),
        ({"out": numpy.zeros((24, 31, 3), numpy.uint8)}, 7, ValueError, "allowed: 32x24"),
    ],
)
def test_what_the_engine_refuses_has_its_code(options, code, kind, text):
    array = numpy.full((24, 32, 3), 128, numpy.uint8)
    with pytest.raises(dcdp.Error) as caught:
        dcdp.restore(array, **{"model": TINY, **options})
    assert caught.value.code == code
    assert isinstance(caught.value, kind)
    assert text in str(caught.value)
    assert (array == 128).all()


@pytest.mark.parametrize(
    "array",
    [
        numpy.zeros(5, numpy.uint8),
        numpy.zeros((2, 3, 4, 5), numpy.uint8),
        numpy.zeros((8, 8, 5), numpy.uint8),
        numpy.zeros((0, 8, 3), numpy.uint8),
        numpy.zeros((8, 8), numpy.int32),
        numpy.zeros((8, 8), bool),
        numpy.zeros((8, 8), complex),
        "a path",
        None,
    ],
)
def test_what_is_no_picture_is_refused(array):
    with pytest.raises(dcdp.errors.ImageError) as caught:
        dcdp.restore(array, model=TINY)
    assert "allowed" in str(caught.value)


def test_python_s_own_mistakes_are_type_errors():
    array = numpy.zeros((8, 8), numpy.uint8)
    for options in [{"noise": [1]}, {"noise": True}, {"out": [1]}, {"operator": 3}, {"task": 3j}]:
        with pytest.raises(TypeError):
            dcdp.restore(array, model=TINY, **options)


def test_the_uncertainty_needs_memory_of_its_own():
    array = numpy.full((24, 32, 4), 128, numpy.uint8)
    colours, fourth = array[..., :3], array[..., 3]
    for picture, out in [(colours, None), (colours.copy(), colours)]:
        with pytest.raises(dcdp.errors.ArgumentError, match="apart from the picture"):
            dcdp.restore(picture, out=out, uncertainty=fourth)
    assert (array == 128).all()
