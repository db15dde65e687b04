"""The harness of the benchmarks; nothing here is timed."""

import json
import types

import numpy as np
import pytest

from benchmarks import check, growth, measure, table, worker
from benchmarks import work as works
from benchmarks.__main__ import NAMES, main, parse
from benchmarks.measure import Outcome
from benchmarks.peers import PEERS, environment

EVERY = [*works.WORKS, "wide"]


def off(work, peer, dtype):
    """How far a peer is from the reference, at a tiny size."""
    found = works.run(getattr(work, peer)(works.data_of(work, dtype, work.TINY)), work.STEPS)
    return check.error(found, works.reference(work, work.TINY), works.start(work, work.TINY))


@pytest.mark.parametrize("name", EVERY)
def test_our_work_gives_the_reference(name):
    work = works.load(name)
    assert off(work, "chainrule", "float64") < check.TOLERANCE["float64"]
    assert off(work, "chainrule", work.DTYPE) < check.TOLERANCE[work.DTYPE] / 10


@pytest.mark.parametrize("name", [n for n in EVERY if hasattr(works.load(n), "numpy")])
def test_work_by_hand_gives_the_reference(name):
    work = works.load(name)
    assert off(work, "numpy", work.DTYPE) < check.TOLERANCE[work.DTYPE] / 10


@pytest.mark.parametrize("name", EVERY)
def test_works_are_of_one_form(name):
    work = works.load(name)
    assert {"chainrule", "torch"} <= set(vars(work))
    assert work.TITLE and work.DTYPE in check.TOLERANCE
    reference = works.reference(work, work.TINY)
    assert all(np.asarray(part).dtype == np.float64 for part in reference.values())
    # What a step updates is compared by its change, so there must be one.
    for parameter, began in works.start(work, work.TINY).items():
        assert np.abs(reference[parameter] - began).max() > 0


def test_two_runs_of_the_data_are_the_same():
    work = works.load("w4")
    first, second = (works.data_of(work, "float32", work.TINY) for _ in range(2))
    np.testing.assert_array_equal(first["x"], second["x"])
    # The reference begins from what the peers see, not from what was drawn.
    exact = works.data_of(work, "float64", work.TINY)
    np.testing.assert_array_equal(exact["x"].astype(np.float32), first["x"])
    np.testing.assert_array_equal(exact["x"], first["x"].astype(np.float64))


RIGHT = {"loss": np.array(2.0), "w": np.array([[1.0, -2.0], [0.5, 0.0]])}


@pytest.mark.parametrize(
    "answer",
    [
        {**RIGHT, "loss": np.array(2.1)},
        {**RIGHT, "w": RIGHT["w"].T},
        {**RIGHT, "w": RIGHT["w"][0]},
        {**RIGHT, "w": np.full((2, 2), np.nan)},
        {"loss": RIGHT["loss"]},
        {**RIGHT, "more": RIGHT["w"]},
    ],
)
def test_check_refuses_what_is_wrong(answer):
    assert check.problem(answer, RIGHT, {}, "float32").startswith("wrong by")
    assert check.problem(RIGHT, RIGHT, {}, "float64") == ""


def test_check_compares_the_change_of_what_is_updated():
    start, right = {"w": np.full(3, 100.0)}, {"w": np.array([100.1, 99.9, 100.2])}
    half = {"w": (start["w"] + right["w"]) / 2}
    assert check.error(half, right, {}) < 0.001
    assert check.error(half, right, start) == pytest.approx(0.5)
    assert check.problem(start, right, start, "float32")


def test_spread_and_ratios():
    assert measure.spread([5.0, 1.0, 2.0, 3.0, 4.0]) == (3.0, 2.0, 4.0)
    ours, theirs = Outcome("chainrule", [1.0, 4.0, 9.0]), Outcome("torch", [2.0, 8.0])
    assert measure.ratios(ours, theirs) == [0.5, 0.5]
    assert ours.time == 4.0 and np.isnan(Outcome("jax").time)


def results():
    return [
        Outcome("chainrule", [0.001, 0.002, 0.003], 3.21),
        Outcome("torch", [0.002, 0.004, 0.006], 123.4),
        Outcome("jax", problem="not installed: python -m pip install 'jax>=0.5'"),
        Outcome("hips", problem="wrong by 1.0e-01"),
    ]


def test_text_shows_ratios_and_problems():
    lines = table.block("w9", "a chain", results()).splitlines()
    assert lines[0] == "w9  a chain"
    ours = "chainrule 2.00 ms (1.50 ms to 2.50 ms) 3.2 MiB 0.50 (0.50–0.50)"
    assert " ".join(lines[1].split()) == ours
    assert "123 MiB" in lines[2] and "pip install 'jax>=0.5'" in lines[3]
    assert lines[4].split() == ["HIPS", "autograd", "wrong", "by", "1.0e-01"]


def test_markdown_has_a_row_for_each_work():
    shown = table.markdown({"w9": ("a chain", results())}, threads=2)
    head, _, row = shown.splitlines()[-3:]
    assert head == "| work | PyTorch | chainrule | ratio | JAX jit | HIPS autograd |"
    assert row == (
        "| w9: a chain | 4.00 ms, 123 MiB | 2.00 ms, 3.2 MiB | **0.50** | not installed "
        "| wrong by 1.0e-01 |"
    )
    assert "2 threads" in shown


def test_markdown_without_pytorch_shows_times():
    row = table.markdown({"w9": ("a chain", results()[:1])}, threads=1).splitlines()[-1]
    assert row == "| w9: a chain | – | 2.00 ms, 3.2 MiB | **2.00 ms** |"


@pytest.mark.parametrize("seconds, shown", [(1.5, "1.50 s"), (3e-8, "30.0 ns"), (0.1, "100 ms")])
def test_durations(seconds, shown):
    assert table.duration(seconds) == shown


@pytest.mark.parametrize("mebibytes, shown", [(123.4, "123 MiB"), (0.26, "0.3 MiB")])
def test_memory(mebibytes, shown):
    assert table.memory(mebibytes) == shown


def test_growth_is_given_per_node():
    small = 1_000, {"torch": Outcome("torch", [0.002], 10.0)}
    large = 11_000, {"torch": Outcome("torch", [0.022], 11.0)}
    assert growth.per_node("torch", small, None) == "2.00 µs"
    assert growth.per_node("torch", large, small) == "2.00 µs, 105 bytes"
    failed = 9, {"micrograd": Outcome("micrograd", problem="RecursionError: too deep")}
    assert growth.per_node("micrograd", failed, None) == "RecursionError"
    assert growth.per_node("jax", failed, None) == "–"


def fake(monkeypatch, name, **members):
    """A work that is not in the repository."""
    work = types.SimpleNamespace(
        TITLE="fake", DTYPE="float64", STEPS=2, UPDATES=False, inputs=dict, **members
    )
    monkeypatch.setattr(works, "load", lambda asked: work)
    return {"work": name, "peer": "numpy", "threads": 2, "size": {}}


def talk(order, requests):
    """What a worker replies to lines."""
    import io

    replies = io.StringIO()
    worker.serve(order, io.StringIO("".join(json.dumps(r) + "\n" for r in requests)), replies)
    return [json.loads(line) for line in replies.getvalue().splitlines()]


@pytest.fixture
def same_machine(monkeypatch):
    monkeypatch.setattr("benchmarks.peers.limit_processors", lambda threads: None)
    monkeypatch.setattr(worker, "forget_peak", lambda: None)


def test_worker_counts_steps_and_saves_the_answer(monkeypatch, tmp_path, same_machine):
    done = []
    order = fake(
        monkeypatch,
        "fake",
        numpy=lambda data: (lambda: done.append(1), lambda: {"count": np.array(len(done))}),
    )
    file = tmp_path / "answer.npz"
    ready, ran, saved = talk(order, [{"steps": 3}, {"file": str(file)}])
    assert ready == {"ready": True} and saved == {"saved": True}
    assert ran["seconds"] > 0 and ran["memory"] >= 0
    with np.load(file) as answer:
        assert answer["count"] == 3


def test_worker_says_what_went_wrong(monkeypatch, same_machine):
    def deep():
        raise RecursionError("too deep")

    order = fake(monkeypatch, "fake", numpy=lambda data: (deep, dict))
    assert talk(order, [{"steps": 1}])[-1] == {"failed": "RecursionError: too deep"}

    def missing(data):
        raise ModuleNotFoundError("No module named 'nowhere'", name="nowhere")

    order = fake(monkeypatch, "fake", numpy=missing)
    assert talk(order, []) == [{"missing": "nowhere"}]


class FakeWorker:
    """A worker that answers at once; one peer is wrong, one is late, one is slow."""

    def __init__(self, peer, *rest):
        self.peer, self.memory, self.closed = peer, 1.0, False
        MADE.append(self)

    def ready(self):
        if self.peer == "jax":
            raise measure.Failed("over 60 s")

    def run(self, steps):
        return steps * (6.0 if self.peer == "hips" else 0.5)

    def answer(self):
        return {"y": np.array(2.5 if self.peer == "mygrad" else 2.0)}

    def close(self):
        self.closed = True


MADE: list = []


def test_nothing_counts_before_it_is_checked(monkeypatch):
    MADE.clear()
    members = dict.fromkeys(("chainrule", "torch", "jax", "hips", "mygrad"))
    answer = {"y": np.array(2.0)}
    fake(monkeypatch, "fake", reference=lambda data: (lambda: None, lambda: answer), **members)
    monkeypatch.setattr(measure, "Worker", FakeWorker)
    monkeypatch.setattr(measure.time, "sleep", lambda seconds: None)
    peers = ["chainrule", "torch", "jax", "hips", "mygrad", "micrograd"]
    outcomes = {o.peer: o for o in measure.measure("fake", peers, threads=2, rounds=9)}
    assert outcomes["chainrule"].seconds == outcomes["torch"].seconds == [0.5] * 9
    assert outcomes["mygrad"].problem == "wrong by 2.5e-01" and not outcomes["mygrad"].seconds
    assert outcomes["jax"].problem == "over 60 s"
    assert outcomes["hips"].seconds == [6.0] * 3  # the slow take fewer rounds
    assert "micrograd" not in outcomes  # it has no such work
    assert all(each.closed for each in MADE)


def test_peers_say_how_to_get_them(tmp_path):
    assert "pip install 'torch==2.13.0'" in PEERS["torch"].install
    hips = PEERS["hips"]
    assert "--target" in hips.install and ".bench" in hips.install
    assert hips.path[0].endswith("hips") and len(hips.path) == 2  # its autograd before ours
    assert PEERS["jax"].missing("jax").startswith("not installed: ")
    assert PEERS["chainrule"].missing("scipy") == "no module scipy"
    assert environment(1)["OPENBLAS_NUM_THREADS"] == "1"


def test_command_line():
    chosen = parse(["--work", "w5", "import", "--peer", "torch", "--threads", "1"])
    assert chosen.work == ["w5", "import"] and chosen.peer == ["torch"] and chosen.threads == 1
    assert set(works.WORKS) < set(NAMES)


@pytest.mark.parametrize("wrong", [["--work", "w99"], ["--rounds", "0"], ["--peer", "theano"]])
def test_command_line_refuses(wrong, capsys):
    with pytest.raises(SystemExit):
        main(wrong)
    assert "error" in capsys.readouterr().err


def test_a_process_works_end_to_end():
    (outcome,) = measure.measure("w2", ["numpy"], threads=1, rounds=1, size={"operations": 8})
    assert outcome.problem == "" and len(outcome.seconds) == 1 and outcome.memory >= 0
