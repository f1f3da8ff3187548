"""Restoring arrays: the bytes of the command line, every type and layout."""

import inspect

import dcdp
import numpy
import pytest
from PIL import Image

from conftest import TINY

QUICK = {"model": TINY}


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, []),
        ({"task": "denoise", "noise": 25, "seed": 3}, ["--noise", "25", "--seed", "3"]),
        ({"noise": "auto", "preset": "fast", "model": "photo"}, ["--preset", "fast", "--model", "photo"]),
    ],
)
def test_the_result_is_that_of_the_command_line(noisy, program, options, arguments):
    task = [] if "--task" in arguments else ["--task", "denoise"]
    expected = program(noisy, "restore", *task, *arguments)
    result = dcdp.restore(noisy, **options)
    assert result.dtype == numpy.uint8
    numpy.testing.assert_array_equal(result, expected)
    assert (result != noisy).any()


def test_every_task_is_that_of_the_command_line(noisy, program, tmp_path):
    height, width = noisy.shape[:2]
    mask = numpy.zeros((height, width), numpy.uint8)
    mask[20:24, 10:60] = 255
    psf = numpy.zeros((5, 7), numpy.uint8)
    psf[2, 1:6] = [20, 90, 200, 90, 20]
    Image.fromarray(mask).save(tmp_path / "mask.png")
    Image.fromarray(psf).save(tmp_path / "psf.png")
    for options, arguments in [
        ({"task": "inpaint", "mask": mask}, ["--mask", "mask.png"]),
        ({"task": "deblur", "kernel": psf, "noise": 5}, ["--blur", "kernel:psf.png", "--noise", "5"]),
        ({"task": "deblur", "kernel": tmp_path / "psf.png", "noise": 5}, ["--blur", "kernel:psf.png", "--noise", "5"]),
        ({"task": "deblur", "blur": "motion", "blur_length": 5, "ignore": mask}, [
            "--blur", "motion:5", "--ignore", "mask.png",
        ]),
        ({"task": "super-resolve", "scale": 3}, ["--scale", "3"]),
    ]:
        expected = program(noisy, "restore", "--model", str(TINY), "--task", options["task"], *arguments)
        result = dcdp.restore(noisy, **options, **QUICK)
        numpy.testing.assert_array_equal(result, expected, err_msg=options["task"])
    by_truth = dcdp.restore(noisy, task="inpaint", mask=mask > 0, **QUICK)
    by_file = dcdp.restore(noisy, task="inpaint", mask=str(tmp_path / "mask.png"), **QUICK)
    numpy.testing.assert_array_equal(by_truth, by_file)


def test_a_jpeg_file_bounds_the_result(noisy, tmp_path):
    file = tmp_path / "photo.jpg"
    Image.fromarray(noisy).save(file, quality=40)
    pixels = numpy.asarray(Image.open(file))
    known = dcdp.restore(pixels, task="dejpeg", jpeg=file, **QUICK)
    assert known.shape == pixels.shape
    assert (known != pixels).any()


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16", "float32", "float64", ">u2", ">f4"])
@pytest.mark.parametrize("shape", [(31, 40), (31, 40, 1), (31, 40, 2), (31, 40, 3), (31, 40, 4)])
def test_types_and_channels_are_kept(kind, shape):
    kind = numpy.dtype(kind)
    values = numpy.random.default_rng(1).random(shape)
    top = numpy.iinfo(kind).max if kind.kind == "u" else 1
    array = (values * top).astype(kind)
    before = array.copy()
    result = dcdp.restore(array, noise=30, **QUICK)
    assert result.shape == shape
    assert result.dtype == kind.newbyteorder("=")
    assert (result != array).any()
    numpy.testing.assert_array_equal(array, before)
    if shape[2:] in [(2,), (4,)]:
        numpy.testing.assert_allclose(result[..., -1], array[..., -1], rtol=1e-6)


def test_strided_arrays_are_seen_where_they_lie(noisy):
    expected = dcdp.restore(noisy.copy(), noise=20, **QUICK)
    large = numpy.zeros((2 * noisy.shape[0], 3 * noisy.shape[1], 5), numpy.uint8)
    views = {
        "every other": large[::2, ::3, 1:4],
        "upside down": large[::2, ::3, 1:4][::-1, ::-1],
        "channels first": numpy.zeros((3, *noisy.shape[:2]), numpy.uint8).transpose(1, 2, 0),
        "BGR": numpy.zeros_like(noisy)[..., ::-1],
        "Fortran": numpy.zeros_like(noisy, order="F"),
    }
    for name, view in views.items():
        view[...] = noisy
        numpy.testing.assert_array_equal(dcdp.restore(view, noise=20, **QUICK), expected, err_msg=name)
        assert dcdp.restore(noisy, noise=20, out=view, **QUICK) is view
        numpy.testing.assert_array_equal(view, expected, err_msg=name)
    assert not large[1::2].any() and not large[:, 1::3].any() and not large[..., 4].any()

    gray = numpy.broadcast_to(noisy[..., :1], noisy.shape)
    numpy.testing.assert_array_equal(
        dcdp.restore(gray, noise=20, **QUICK), dcdp.restore(gray.copy(), noise=20, **QUICK)
    )


def test_the_result_goes_where_it_is_wanted(noisy):
    expected = dcdp.restore(noisy, noise=20, **QUICK)
    same = noisy.copy()
    assert dcdp.restore(same, noise=20, out=same, **QUICK) is same
    numpy.testing.assert_array_equal(same, expected)
    floats = numpy.zeros(noisy.shape)
    dcdp.restore(noisy, noise=20, out=floats, **QUICK)
    assert abs(floats - expected / 255).max() < 0.6 / 255
    scatter = numpy.zeros(noisy.shape[:2], numpy.float32)
    dcdp.restore(noisy, noise=20, sampler="ddpm", sampler_steps=2, samples=2, uncertainty=scatter, **QUICK)
    assert 0 < scatter.max() < 1


def test_linear_light_and_alpha_mean_what_they_say(noisy):
    linear = ((noisy / 255.0) ** 2.2).astype(numpy.float32)
    assert (dcdp.restore(linear, noise=20, **QUICK) != dcdp.restore(linear, noise=20, transfer="linear", **QUICK)).any()
    alpha = numpy.full((*noisy.shape[:2], 1), 0.5, numpy.float32)
    straight = numpy.concatenate([noisy.astype(numpy.float32) / 255, alpha], axis=2)
    multiplied = straight * numpy.float32([0.5, 0.5, 0.5, 1])
    result = dcdp.restore(multiplied, premultiplied=True, noise=20, **QUICK)
    expected = dcdp.restore(straight, noise=20, **QUICK)
    numpy.testing.assert_allclose(result[..., :3] * 2, expected[..., :3], atol=1e-5)


def test_the_report_and_the_estimate_tell_what_is_assumed(noisy):
    report = {"kept": True}
    dcdp.restore(noisy, report=report, **QUICK)
    assert report["kept"] and report["model"] == "tiny-prior" and report["network_calls"] >= 1
    found = dcdp.estimate(noisy, **QUICK)
    assert found["noise"]["sigma"] == pytest.approx(report["noise"]["sigma"])
    assert found["noise"]["sigma"] > 5
    assert found["megabytes"] > 0 and found["model"] == "tiny-prior"
    assert "blur" in dcdp.estimate(noisy, task="deblur", **QUICK)


def test_degrade_is_that_of_the_command_line(noisy, program):
    expected = program(noisy, "degrade", "--task", "super-resolve", "--scale", "2", "--noise", "3", "--seed", "4")
    result = dcdp.degrade(noisy, task="super-resolve", scale=2, noise=3, seed=4)
    numpy.testing.assert_array_equal(result, expected)


def test_parameters_and_models_are_listed():
    rows = {row.name: row for row in dcdp.parameters()}
    assert rows["noise"].automatic and rows["noise"].maximum == 255
    assert rows["blur_sigma"].needs == ("blur", "gaussian")
    assert rows["scale"].tasks == ("super-resolve",)
    names = [model.name for model in dcdp.models()]
    assert "photo" in names and "ffdnet" in names
    assert dcdp.models(str(TINY))[0].name == "tiny-prior"
    keywords = inspect.signature(dcdp.restore).parameters
    assert set(rows) <= set(keywords) and keywords["task"].default == "denoise"
    assert all(row.hint in dcdp.restore.__doc__ for row in rows.values())
