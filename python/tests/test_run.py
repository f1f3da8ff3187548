"""Threads, progress, cancelling, Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import dcdp
import numpy
import pytest

from conftest import TINY

#: More rounds than anyone waits for.
ENDLESS = {
    "model": TINY, "task": "deblur", "blur": "gaussian", "preset": "paper", "t_start": 1000, "rounds": 1000, "noise": 0,
}


def test_eight_threads_restore_at_once(noisy):
    def restore(seed):
        return dcdp.restore(noisy, model=TINY, noise=20, sampler="ddpm", sampler_steps=3, seed=seed, threads=1)

    expected = [restore(seed) for seed in range(8)]
    barrier = threading.Barrier(8)

    def at_once(seed):
        barrier.wait()
        return restore(seed)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(at_once, range(8)))
    for result, one in zip(results, expected, strict=True):
        numpy.testing.assert_array_equal(result, one)
    assert (expected[0] != expected[1]).any()


def test_the_interpreter_is_free_meanwhile(noisy):
    counted = 0
    done = threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    dcdp.restore(noisy, **{**ENDLESS, "rounds": 10})
    done.set()
    thread.join()
    assert counted > 10


def test_progress_rises_and_cancels(noisy):
    told = []
    dcdp.restore(noisy, model=TINY, noise=20, progress=told.append)
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions) and fractions[-1] > 0.9
    assert told[-1].rounds >= 1 and isinstance(told[-1].stage, str) and "fraction=" in repr(told[-1])

    out = noisy.copy()
    with pytest.raises(dcdp.Cancelled) as caught:
        dcdp.restore(noisy, out=out, progress=lambda now: now.round < 3, **ENDLESS)
    assert caught.value.code == 1
    numpy.testing.assert_array_equal(out, noisy)


def test_what_a_callback_raises_ends_the_run(noisy):
    class Own(Exception):
        pass

    def fails(_):
        raise Own("enough")

    for callback in ("progress", "preview"):
        with pytest.raises(Own, match="enough"):
            dcdp.restore(noisy, **{callback: fails}, **ENDLESS)


def test_previews_are_pictures(noisy):
    seen = []
    dcdp.restore(noisy, preview=seen.append, **{**ENDLESS, "rounds": 3})
    assert [one.shape for one in seen] == [noisy.shape] * 3
    assert seen[-1].dtype == numpy.float32
    assert -0.5 < seen[-1].min() < seen[-1].max() < 1.5


@pytest.mark.skipif(os.name == "nt", reason="no signals")
def test_ctrl_c_ends_a_run():
    code = f"""
import signal, sys, dcdp, numpy
# Whoever runs the tests may have had it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
told = lambda now: print(now.round, flush=True) if now.round > 1 else None
options = dict({ENDLESS!r}, progress=told if sys.argv[1] == "told" else None)
print("ready", flush=True)
try:
    dcdp.restore(numpy.full((64, 64, 3), 99, numpy.uint8), **options)
except KeyboardInterrupt:
    print("interrupted")
""".replace(repr(TINY), repr(str(TINY)))
    for how in ("told", "untold"):
        command = [sys.executable, "-c", code, how]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "ready\n"
            if how == "told":
                assert child.stdout.readline() == "2\n"
            else:
                time.sleep(1)
            child.send_signal(signal.SIGINT)
            assert child.stdout.read().split("\n")[-2] == "interrupted"
            assert child.wait(60) == 0
