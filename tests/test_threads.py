"""Work that is shared out among threads: the same bits, and nothing left behind."""

import contextlib
import sys
import threading

import numpy as np
import pytest

import autograd
from autograd import threads
from autograd.ops import few_channels, many_channels


@pytest.fixture
def of_threads():
    """Sets the number of threads, and puts it back."""
    pytest.importorskip("threadpoolctl")
    yield autograd.set_num_threads
    autograd.set_num_threads(1)


SETTINGS = [
    ((9, 16, 6, 5), (8, 16, 3, 3), {"padding": 1}),
    ((9, 3, 6, 5), (4, 3, 3, 2), {"stride": 2}),
    ((9, 20, 6, 5), (4, 10, 1, 2), {"groups": 2, "stride": 2, "padding": (2, 1)}),
    ((9, 16, 7), (3, 16, 4), {"dilation": 2}),
    ((9, 2, 4, 5, 3), (16, 2, 2, 1, 3), {"padding": 1}),
]


def _three_maps(x_shape, w_shape, settings, dtype):
    rng = np.random.default_rng(0)
    x = autograd.Value(rng.normal(size=x_shape).astype(dtype))
    w = autograd.Value(rng.normal(size=w_shape).astype(dtype))
    y = getattr(autograd, f"conv{len(x_shape) - 2}d")(x, w, **settings)
    y.backward(rng.normal(size=y.shape).astype(dtype))
    return y.data, x.grad, w.grad


@pytest.mark.parametrize("x_shape, w_shape, settings", SETTINGS)
def test_any_number_of_threads_gives_the_same_bits(
    x_shape, w_shape, settings, of_threads, monkeypatch
):
    monkeypatch.setattr(threads, "_ENOUGH", 0)
    for module in (few_channels, many_channels):
        monkeypatch.setattr(module, "_BLOCK", 4000)
    of_threads(1)
    one = _three_maps(x_shape, w_shape, settings, np.float32)
    for number in (2, 3):
        of_threads(number)
        for a, b in zip(one, _three_maps(x_shape, w_shape, settings, np.float32), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("x_shape, w_shape, settings", SETTINGS)
@pytest.mark.parametrize("block", [1, 5000])
def test_blocks_add_up(x_shape, w_shape, settings, block, monkeypatch):
    whole = _three_maps(x_shape, w_shape, settings, float)
    for module in (few_channels, many_channels):
        monkeypatch.setattr(module, "_BLOCK", block)
    for a, b in zip(whole, _three_maps(x_shape, w_shape, settings, float), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_items_keep_their_order(of_threads):
    of_threads(3)
    assert threads.each(lambda n: n * n, range(10), np.inf) == [n * n for n in range(10)]
    assert threads.each(lambda n: n, [], np.inf) == []


def test_little_work_stays_in_one_thread(of_threads):
    of_threads(2)
    own = threading.current_thread().name
    names = threads.each(lambda _: threading.current_thread().name, range(4), 1000)
    assert set(names) == {own}


def test_several_threads_take_part(of_threads):
    of_threads(2)
    both = threading.Barrier(2, timeout=30)  # passed only by two at once

    def name(_):
        both.wait()
        return threading.current_thread().name

    names = threads.each(name, [0, 1], np.inf)
    assert len(set(names)) == 2


@pytest.mark.parametrize("bad", [0, 3])
def test_an_error_comes_through(bad, of_threads):
    of_threads(2)

    def work(n):
        if n == bad:
            raise KeyError(n)

    with contextlib.suppress(KeyError):
        threads.each(work, range(4), np.inf)
        pytest.fail("the error was lost")


def test_matrix_products_have_one_thread_meanwhile(of_threads):
    control = pytest.importorskip("threadpoolctl").ThreadpoolController().select(user_api="blas")

    def numbers():
        return [library.get_num_threads() for library in control.lib_controllers]

    before = numbers()
    of_threads(2)
    of_threads(3)
    assert set(numbers()) <= {1}
    of_threads(1)
    assert numbers() == before


def test_the_package_it_needs_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(ImportError, match="pip install threadpoolctl"):
        autograd.set_num_threads(2)
    assert autograd.get_num_threads() == 1


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "2"])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(ValueError, match="number of threads, at least 1"):
        autograd.set_num_threads(number)


def test_no_channels_come_out():
    y = autograd.conv2d(np.zeros((2, 3, 5, 5)), np.zeros((0, 3, 2, 2)))
    assert y.shape == (2, 0, 4, 4)
