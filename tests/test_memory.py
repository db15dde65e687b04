"""What lives how long: graphs die with their output, training needs one gradient, nothing grows."""

import gc
import sys
import threading
import time
import tracemalloc
import weakref

import numpy as np
import pytest

from autograd import Value, no_grad, remember_lines
from autograd.blanks import blanks


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def chain(x, steps):
    for _ in range(steps):
        x = np.tanh(x * 1.01)
    return x


def test_nothing_of_the_graph_outlives_the_loss(without_collector):
    x = Value(np.ones(4))
    middle = x * 2
    alive = weakref.ref(middle)
    loss = np.sum(chain(middle, 10) @ np.ones(4) + np.sort(middle)[0])
    loss.backward()
    del middle
    assert alive() is not None
    del loss
    assert alive() is None


def test_nor_after_hooks_higher_orders_and_errors(without_collector):
    from autograd import gradients, hessian

    x = Value(np.ones(3))
    y = x * x
    alive = weakref.ref(y)
    y.register_hook(lambda g: None)
    (g,) = gradients(np.sum(y * y), [x], differentiable=True)
    np.sum(g * g).backward()
    hessian(lambda z: np.sum(z**3))(np.ones(2))
    with pytest.raises(ValueError):
        y.backward()
    del y, g
    assert alive() is None


def peak(function):
    """The most memory in use during a call, besides what was there before, in bytes."""
    gc.collect()
    tracemalloc.start()
    function()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_training_needs_the_activations_and_one_gradient():
    size, steps = 100_000, 30
    x = Value(np.linspace(-1, 1, size))

    def step():
        x.zero_grad()
        np.sum(chain(x, steps)).backward(leaves_only=True)

    step()
    activations = 2 * steps * size * 8  # of the product and of tanh
    # One gradient on its way, one being made from it, and what a rule holds meanwhile.
    assert activations < peak(step) < activations + 6 * size * 8


def test_ten_thousand_steps_of_inference_do_not_grow(without_collector):
    x, w = Value(np.ones(8)), Value(np.ones((8, 8)))

    def run(steps):
        state = x
        with no_grad():
            for _ in range(steps):
                state = np.tanh(w @ state)
        return state

    run(100)
    assert peak(lambda: run(10_000)) < 20_000


def collections_during(function):
    """How often the collector looked through the newest objects."""
    looked = []

    def note(phase, info):
        if phase == "start" and info["generation"] == 0:
            looked.append(info)

    gc.callbacks.append(note)
    try:
        kept = function()
    finally:
        gc.callbacks.remove(note)
    assert kept is not None
    return len(looked)


def test_building_a_graph_of_numbers_keeps_the_collector_away():
    x = Value(1.0)

    def build():
        y = x
        for _ in range(50_000):
            y = y * 1.0
        return y

    before = remember_lines(False)
    build()  # the first blanks come a few at a time
    looked = collections_during(build)
    remember_lines(before)
    assert looked < 50_000 / gc.get_threshold()[0] / 3
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off(without_collector):
    chain(Value(1.0), 5_000)
    assert not gc.isenabled()


def test_another_thread_may_take_all_blanks_at_once():
    take, make = blanks(Value)

    def thief(frame, event, arg):
        while True:
            try:
                take()
            except IndexError:
                return thief

    before = sys.gettrace()
    sys.settrace(thief)
    try:
        made = [make() for _ in range(3)]
    finally:
        sys.settrace(before)
    assert len(set(map(id, made))) == 3


def test_threads_that_build_graphs_do_not_disturb_each_other():
    failed, until, before = [], time.monotonic() + 2, sys.getswitchinterval()

    def build():
        x = Value(1.0)
        try:
            while time.monotonic() < until:
                chain(x, 100)
        except Exception as error:
            failed.append(error)

    sys.setswitchinterval(1e-4)
    try:
        threads = [threading.Thread(target=build) for _ in range(8)]
        for thread in threads:
            thread.start()
        found_off = sum(not gc.isenabled() for _ in iter(lambda: time.monotonic() < until, False))
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert not failed
    assert not found_off


def test_depth_is_no_matter():
    x = Value(0.5)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    assert x.grad == 1.0
    del y
