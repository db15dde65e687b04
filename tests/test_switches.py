"""no_grad and detect_anomaly, per thread and per task."""

import asyncio
import threading

import numpy as np
import pytest

from autograd import Value, detect_anomaly, no_grad


def test_no_grad_as_block_and_decorator():
    x = Value(2.0)

    @no_grad()
    def f(v):
        return v * v

    assert f(x).op is None
    assert f(x).op is None  # a decorator serves more than one call
    with no_grad():
        assert np.exp(x).op is None
        with no_grad():
            pass
        assert (x * 2).op is None
    assert (x * 2).op is not None


def test_no_grad_ends_with_an_error():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (Value(1.0) * 2).requires_grad


def test_switches_belong_to_one_thread():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((Value(1.0) * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_switches_belong_to_one_task():
    async def quiet():
        with no_grad():
            await asyncio.sleep(0.01)
            return (Value(1.0) * 2).requires_grad

    async def loud():
        await asyncio.sleep(0.005)
        return (Value(1.0) * 2).requires_grad

    async def both():
        return await asyncio.gather(quiet(), loud())

    assert asyncio.run(both()) == [False, True]


def test_anomaly_forward_names_line_and_operands():
    x = Value(np.array([1.0, 0.0]), name="x")
    with detect_anomaly(), np.errstate(all="ignore"), pytest.raises(FloatingPointError) as error:
        np.log(x)  # this line
    text = str(error.value)
    assert "log gave infinity" in text and "np.log(x)  # this line" in text
    assert "'x' of shape (2,)" in text and "from 0 to 1" in text


def test_anomaly_backward_names_the_forward_line():
    x = Value(np.array([0.0, 1.0]))
    with detect_anomaly(), np.errstate(all="ignore"):
        y = np.sqrt(x)  # the culprit
        loss = y.sum()
        with pytest.raises(FloatingPointError, match=r"sqrt sent back infinity.*the culprit"):
            loss.backward()
    assert x.grad is None


def test_anomaly_gives_the_same_gradients():
    x = Value(np.array([0.5, 1.0]))
    with detect_anomaly():
        (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])
    y = Value(np.array([1.0, 1.0]))
    with detect_anomaly():
        (x + y).sum().backward()
    y.grad *= 0  # its own array, here too
    np.testing.assert_array_equal(x.grad, [2.0, 3.0])
    a, b = Value(np.ones(2)), Value(np.ones(2))
    with detect_anomaly():
        (a + b).backward(np.ones(2))
    a.grad *= 0
    np.testing.assert_array_equal(b.grad, [1.0, 1.0])


def test_numpy_s_own_switch_keeps_its_error():
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide: divide by"):
        Value(np.ones(2)) / np.zeros(2)
