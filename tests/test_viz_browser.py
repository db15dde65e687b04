"""The saved page in a real browser, with the network switched off: every control, every number."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, backward_steps, topological
from viz import page as pages
from viz import step
from viz.theme import number

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on PATH")
SCREENSHOTS = Path(__file__).parents[1] / "out" / "screenshots"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser) -> Iterator:
    """Pages without a network, on which no script may fail and nothing may be asked for."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 900})
    context.set_default_timeout(8000)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    context.on("request", lambda asked: None if is_local(asked.url) else wrong.append(asked.url))
    yield context
    context.close()
    assert wrong == []


@pytest.fixture
def page(context):
    return context.new_page()


def is_local(url: str) -> bool:
    return url.startswith(("file:", "data:", "about:"))


def small() -> Value:
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    return p * z


def neuron() -> Value:
    x, w, b = Value(0.7, name="x"), Value(-1.3, name="w"), Value(0.1, name="b")
    s = x * w + b
    return (s * s + x).tanh()


def arrays() -> Value:
    W, b = Value(np.arange(6.0).reshape(2, 3), name="W"), Value([1.0, -1.0], name="b")
    return ((Value(np.ones((4, 3)), name="x") @ W.T + b) ** 2).mean()


def kink() -> Value:
    return Value(0.0, name="x").relu()


def opened(page, tmp_path: Path, *values: Value):
    """The steppers of some values, on one page."""
    steppers = [step(value) for value in values]
    if len(steppers) == 1:
        steppers[0].save(tmp_path / "step.html")
    else:
        text = pages.document("".join(one.html for one in steppers), title="several")
        (tmp_path / "step.html").write_text(text, encoding="utf-8")
    page.goto((tmp_path / "step.html").as_uri())
    page.locator(".controls").last.wait_for()
    return steppers


def button(root, name: str):
    return root.get_by_role("button", name=name, exact=True)


def choose(page, track: str) -> None:
    page.locator('select[name="track"]').select_option(track)


def go(root, index: int) -> None:
    root.locator("input[type=range]").fill(str(index))


def texts(root, field: str) -> dict[str, str]:
    """What the picture shows, by node id."""
    return root.evaluate(
        """(root, field) => Object.fromEntries(
            [...root.querySelector(".picture").querySelectorAll('[data-node^="v"]')].map(node =>
                [node.dataset.node, node.querySelector(`[data-field="${field}"]`).textContent]))""",
        field,
    )


def ids(root, selector: str) -> set[str]:
    return set(
        root.locator(selector).evaluate_all(
            "found => found.map(part => part.dataset.node ?? part.dataset.edge)"
        )
    )


def position(page) -> str:
    return page.locator(".count").inner_text()


def sentence(page) -> str:
    return page.locator(".words .sentence").inner_text()


# What Python says that the picture shows


def expected(shown, track, index: int) -> tuple[dict[str, str], dict[str, str]]:
    """The data and the gradients after a step of a track, by node id."""
    values = [node for node in shown.graph.nodes if node.kind == "value"]
    data, grads = {node.id: node.data for node in values}, {node.id: node.grad for node in values}
    for frame in track.frames[: index + 1]:
        data |= frame.data
        grads |= frame.changes
    return data, grads


def engines(value: Value, sends: int) -> dict[str, str]:
    """What the engine says after the seed and so many contributions; -1 is before the seed."""
    ids = {x: f"v{i}" for i, x in enumerate(topological(value))}
    texts = {ids[x]: "-" if x.requires_grad else "no grad" for x in ids}
    totals = {}
    steps = list(backward_steps(value))
    for x, dx in [(value, steps[0].gradient), *(sent for one in steps for sent in one.sent)][
        : sends + 1
    ]:
        totals[x] = totals[x] + dx if x in totals else dx
        texts[ids[x]] = number(totals[x])
    return texts


# Numbers


@pytest.mark.parametrize("program", [small, neuron])
def test_the_backward_pass_is_the_engines(page, tmp_path: Path, program) -> None:
    value = program()
    (shown,) = opened(page, tmp_path, value)
    root = page.locator(".chainrule-stepper")
    for index in range(len(shown)):
        go(root, index)
        assert texts(root, "grad") == engines(value, min(index, len(shown) - 2) - 1)
    value.backward()
    final = texts(root, "grad")
    for i, x in enumerate(topological(value)):
        assert final[f"v{i}"] == number(x.grad)


@pytest.mark.parametrize("program", [small, neuron, arrays, kink])
def test_every_number_at_every_step_of_every_track(page, tmp_path: Path, program) -> None:
    (shown,) = opened(page, tmp_path, program())
    root = page.locator(".chainrule-stepper")
    tracks = {track.name: track for track in shown.tracks}
    options = root.locator('select[name="track"] option')
    assert options.all_inner_texts() == [track.title for track in shown.tracks]
    for track in shown.tracks:
        choose(page, track.name)
        assert root.locator(".about p").inner_text() == track.about
        count = len(track.frames)
        # Forward, back, and jumps.
        for index in [*range(count), *reversed(range(count)), count - 1, 1, count // 2]:
            go(root, index)
            check_state(root, shown, track, index)
            beside = root.locator("figure").nth(1)
            assert (beside.count() == 1) == bool(track.beside)
            if track.beside:
                check_picture(beside, shown, tracks[track.beside], index)


def check_state(root, shown, track, index: int) -> None:
    frame = track.frames[index]
    check_picture(root.locator("figure").first, shown, track, index)
    for name in ("formula", "sentence", "detail"):
        assert root.locator(f".words .{name}").text_content() == getattr(frame, name)
    assert position(root) == f"Step {index + 1} of {len(track.frames)}"
    active = ids(root, "figure:first-child .active")
    assert {frame.node, frame.edge} - {""} <= active
    assert bool(active) == bool(frame.node)
    current = root.locator(".source li[aria-current]")
    assert current.count() == (frame.line >= 0)
    if frame.line >= 0:
        line = shown.lines[frame.line]
        assert current.inner_text() == line.text
        assert current.locator("mark").inner_text() == line.text[line.start : line.end]
        assert current.get_attribute("value") == str(line.number)


def check_picture(figure, shown, track, index: int) -> None:
    index = min(index, len(track.frames) - 1)
    frame = track.frames[index]
    assert (texts(figure, "data"), texts(figure, "grad")) == expected(shown, track, index)
    assert ids(figure, ".node.wrong") == set(frame.wrong)
    assert figure.locator(".cross").count() == len(set(frame.wrong))
    flow = figure.locator(".flow text").all_text_contents()
    if frame.edge and np.ndim(frame.contribution) == 0 and frame.contribution is not None:
        assert flow == [number(frame.contribution)]
    elif not frame.edge:
        assert flow == []
    caption = figure.locator("figcaption")
    if caption.is_visible() and frame.touched:
        assert f"{frame.touched} edge" in caption.inner_text()


# Controls


def test_every_control(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    for name, at in [("Next", 2), ("Next", 3), ("Previous", 2), ("Last", 7), ("Next", 7)]:
        button(page, name).click(force=True)  # at the end, too
        assert position(page) == f"Step {at} of 7"
    button(page, "First").click()
    assert position(page) == "Step 1 of 7"
    button(page, "Play").click()
    assert position(page) == "Step 2 of 7"
    assert button(page, "Pause").is_visible()
    page.wait_for_function("document.querySelector('.count').textContent === 'Step 3 of 7'")
    button(page, "Pause").click()
    page.wait_for_timeout(1800)
    assert position(page) == "Step 3 of 7"
    button(page, "Help: keys").click()
    assert page.locator(".keys").is_visible()
    button(page, "Help: keys").click()
    assert not page.locator(".keys").is_visible()


def test_speed(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    page.evaluate(
        """() => {
            window.times = [];
            document.querySelector(".chainrule-stepper").addEventListener(
                "chainrule-step", () => window.times.push(performance.now()));
        }"""
    )
    for speed, low, high in [("4", 300, 700), ("2", 700, 1300)]:
        page.get_by_label("Speed").select_option(speed)
        page.evaluate("window.times.length = 0")
        button(page, "First").click(force=True)
        button(page, "Play").click()
        page.wait_for_function("window.times.length >= 4")
        button(page, "Pause").click()
        times = page.evaluate("window.times")
        assert low < times[-1] - times[-2] < high


def test_play_stops_at_the_end_and_starts_again(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    go(page, 5)
    button(page, "Play").click()
    assert position(page) == "Step 7 of 7"
    assert button(page, "Play").is_visible()
    button(page, "Play").click()
    assert position(page) == "Step 1 of 7"


def test_a_click_on_a_value_goes_to_where_it_is_complete(page, tmp_path: Path) -> None:
    (shown,) = opened(page, tmp_path, neuron())
    for track in shown.tracks:
        choose(page, track.name)
        for i in range(len(texts(page.locator(".chainrule-stepper"), "grad"))):
            go(page, 0)
            page.locator(f'figure:first-child [data-node="v{i}"]').click()
            at = [j for j, frame in enumerate(track.frames) if f"v{i}" in frame.finished]
            if at:
                assert position(page) == f"Step {at[0] + 1} of {len(track.frames)}"
    choose(page, "forward")
    for i, x in enumerate(topological(neuron())):
        page.locator(f'[data-node="v{i}"]').click()
        if x.op is not None:
            assert texts(page.locator(".chainrule-stepper"), "data")[f"v{i}"] == number(x.data)


def test_first_wrong_step(page, tmp_path: Path) -> None:
    a = Value(1.0, name="a")
    b = a + a
    (shown,) = opened(page, tmp_path, b + b)
    wrong = [track for track in shown.tracks if track.first_wrong >= 0]
    assert {"recursive", "assign"} <= {track.name for track in wrong}
    for track in shown.tracks:
        choose(page, track.name)
        found = page.locator('button[data-do="wrong"]')
        assert found.is_visible() == (track in wrong)
        if track in wrong:
            found.click()
            at = track.first_wrong + 1
            assert position(page) == f"Step {at} of {len(track.frames)}"
            assert page.locator(".words.first-wrong").is_visible()


def test_keys(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    page.keyboard.press("ArrowRight")  # nothing is focused yet
    assert position(page) == "Step 1 of 7"
    page.locator(".words .sentence").click()
    for key, at in [
        ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 7), ("ArrowRight", 7),
        ("Home", 1), ("ArrowLeft", 1), ("Space", 2), ("Space", 2), ("ArrowRight", 3),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert position(page) == f"Step {at} of 7"
    button(page, "Next").focus()
    for key, at in [("Enter", 4), ("Space", 5), ("End", 7), ("ArrowLeft", 6)]:
        page.keyboard.press(key)
        assert position(page) == f"Step {at} of 7"
    page.locator("input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    assert position(page) == "Step 5 of 7"
    page.keyboard.press("?")
    assert page.locator(".keys").is_visible()


def test_by_keyboard_alone(page, tmp_path: Path) -> None:
    """Every control is reached by Tab, shows that it has the focus, and works."""
    (shown,) = opened(page, tmp_path, neuron())
    seen = {}
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outlined, high = page.evaluate(
            """() => {
                const { activeElement: found } = document;
                const { outlineStyle } = getComputedStyle(found);
                const name = found.getAttribute("aria-label") ?? found.innerText ?? found.name;
                const { width, height } = found.getBoundingClientRect();
                return [found === document.body ? "" : (name || found.name), outlineStyle,
                        Math.min(width, height)];
            }"""
        )
        if not name:
            break
        seen[name] = (outlined, high)
    assert all(outlined != "none" for outlined, _ in seen.values())
    assert all(high >= 24 for _, high in seen.values()), seen
    wanted = {"Predict", "Paths", "Help: keys", "First", "Previous", "Play", "Next", "Last", "Step"}
    assert wanted <= set(seen)
    # One value of the picture is a tab stop; the others are reached with the arrows.
    assert len([name for name in seen if "data " in name]) == 1
    page.locator('[data-node="v0"]').focus()
    for _ in shown.graph.nodes:
        page.keyboard.press("ArrowDown")
    assert (
        page.evaluate("document.activeElement.dataset.node") == f"v{len(topological(neuron())) - 1}"
    )
    page.keyboard.press("Enter")
    assert position(page) == f"Step 2 of {len(shown)}"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    assert position(page) == f"Step 3 of {len(shown)}"
    page.locator("details.steps summary").focus()
    page.keyboard.press("Enter")
    page.locator("details.steps table").wait_for()
    assert page.locator("details.steps tbody tr").count() == len(shown)


def test_what_a_screen_reader_is_told(page, tmp_path: Path) -> None:
    (shown,) = opened(page, tmp_path, small())
    assert page.get_by_role("region", name=shown.title).count() == 1
    words = page.locator(".words")
    assert words.get_attribute("aria-live") == "polite"
    x = page.locator('[data-node="v0"]')
    assert x.get_attribute("aria-label") == "x: data 1, no gradient yet"
    go(page, len(shown) - 1)
    assert x.get_attribute("aria-label") == "x: data 1, gradient -3"
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "Step 7 of 7"
    assert page.get_by_role("button", name="x: data 1, gradient -3").count() == 1


# Tables


def test_the_table_of_steps(page, tmp_path: Path) -> None:
    (shown,) = opened(page, tmp_path, neuron())
    page.locator("details.steps summary").click()
    page.locator("details.steps table").wait_for()
    for track in shown.tracks:
        choose(page, track.name)
        rows = page.locator("details.steps tbody tr")
        told = [[str(i + 1), frame.formula, frame.sentence] for i, frame in enumerate(track.frames)]
        assert [row.locator("td").all_text_contents() for row in rows.all()] == told
    rows.nth(1).get_by_role("button").click()
    assert position(page) == f"Step 2 of {len(track.frames)}"
    assert rows.nth(1).get_attribute("aria-current") == "step"
    assert page.locator("[aria-current=step]").count() == 1


@pytest.mark.parametrize("program", [small, neuron, arrays, kink])
def test_the_check(page, tmp_path: Path, program) -> None:
    (shown,) = opened(page, tmp_path, program())
    page.locator("details.checks summary").click()
    page.locator("details.checks table").wait_for()
    rows = page.locator("details.checks tbody tr")
    assert shown.checks
    assert [row.locator("th, td").all_text_contents() for row in rows.all()] == [
        [
            check.name, number(check.gradient), number(check.difference),
            "✓ yes" if check.agrees else "✗ no", check.note,
        ]
        for check in shown.checks
    ]  # fmt: skip


# Paths


def between(page, one: str, other: str) -> tuple[str, list[str], str]:
    for name in (one, other):
        page.locator(f'figure:first-child [data-node="{name}"]').click()
    panel = page.locator(".paths")
    return (
        panel.locator("p").first.inner_text(),
        panel.locator("li").all_inner_texts(),
        panel.locator(".sum").inner_text(),
    )


def test_paths(page, tmp_path: Path) -> None:
    value = neuron()
    opened(page, tmp_path, value)
    button(page, "Paths").click()
    value.backward()
    order = topological(value)
    root = f"v{len(order) - 1}"
    for i, x in enumerate(order[:-1]):
        said, listed, total = between(page, f"v{i}", root)
        assert said.startswith(f"{len(listed)} path")
        products = [float(text.split(" = ")[-1].split(": ")[-1]) for text in listed]
        assert np.isclose(sum(products), x.grad, rtol=0.02, atol=0.005)
        assert f"= {number(x.grad)} = d" in total or f": {number(x.grad)} = d" in total
        assert "the number that the backward pass found" in total
    x = next(f"v{i}" for i, x in enumerate(order) if x.name == "x")
    b = next(f"v{i}" for i, x in enumerate(order) if x.name == "b")
    assert len(between(page, root, x)[1]) == 3  # in either order
    lit = ids(page, ".edge.on-path")
    page.locator(".paths li button").nth(2).focus()
    assert ids(page, ".edge.on-path") < lit
    assert "neither depends on the other" in between(page, x, b)[0]
    button(page, "Paths").click()
    assert not ids(page, ".on-path, .off-path, .chosen")
    page.locator(f'[data-node="{x}"]').click()
    assert position(page) != "Step 1 of " + position(page).split()[-1]  # clicks go to steps again


def test_too_many_paths_to_walk(page, tmp_path: Path) -> None:
    y = Value(1.0, name="x")
    for _ in range(60):
        y = y + y
    opened(page, tmp_path, y)
    button(page, "Paths").click()
    page.evaluate(  # the picture is wide, and clicking would scroll it for long
        """() => {
            for (const id of ["v0", "v60"]) {
                const node = document.querySelector(`[data-node="${id}"]`);
                node.dispatchEvent(new MouseEvent("click"));
            }
        }"""
    )
    panel = page.locator(".paths")
    assert panel.locator("p").first.inner_text().startswith(f"{2**60:,} paths from x to ")
    assert panel.locator("li").count() == 12
    assert number(2.0**60) in panel.locator(".sum").inner_text()


def test_paths_through_arrays(page, tmp_path: Path) -> None:
    value = arrays()
    opened(page, tmp_path, value)
    button(page, "Paths").click()
    order = topological(value)
    W = next(f"v{i}" for i, x in enumerate(order) if x.name == "W")
    said, listed, total = between(page, W, f"v{len(order) - 1}")
    assert said.startswith("1 path from W")
    assert "transpose then" in listed[0] or "T then" in listed[0]
    assert "matrix of derivatives" in total


# Predict


def ask(page) -> None:
    button(page, "Predict").click()
    page.keyboard.press("Enter")  # on the button that leads to the next number


def test_predict(page, tmp_path: Path) -> None:
    (shown,) = opened(page, tmp_path, small())
    ask(page)
    verdict, score = page.locator(".verdict"), page.locator(".score")
    asked = [i for i, frame in enumerate(shown.frames) if i and frame.answer is not None]
    for turn, index in enumerate(asked):
        assert position(page) == f"Step {index + 1} of 7"
        frame = shown[index]
        if turn == 1:  # wrong, then right
            page.keyboard.type("99")
            page.keyboard.press("Enter")
            assert verdict.inner_text() == "✗ Not 99. Try once more."
        if turn == 2:  # wrong twice
            for _ in range(2):
                page.keyboard.type("99")
                page.keyboard.press("Enter")
            assert verdict.inner_text() == f"✗ Not 99: it is {number(frame.answer)}."
        elif turn == 3:
            button(page, "Show it").click()
            assert verdict.inner_text() == f"It is {number(frame.answer)}."
        else:
            page.keyboard.type(f"{frame.answer:g}")
            page.keyboard.press("Enter")
            assert verdict.inner_text() == f"✓ Right: {number(frame.answer)}."
        assert page.locator(".words .sentence").inner_text() == frame.sentence
        right = sum(t not in (2, 3) for t in range(turn + 1))
        assert score.inner_text() == f"{right} of {turn + 1} right"
        page.keyboard.press("Enter")
    assert position(page) == "Step 7 of 7"
    button(page, "Predict").click()
    assert not page.locator("form.predict").is_visible()
    assert page.locator("details.checks").is_visible()


def test_predict_reads_arithmetic(page, tmp_path: Path) -> None:
    a = Value(3.0, name="a")
    (shown,) = opened(page, tmp_path, 1 / a)
    final = shown[2].answer
    assert np.isclose(final, -1 / 9)
    for typed in (
        "-1/9",
        "−1 ÷ 9",
        "-(1/3)^2",
        "-.111",
        "-1.11e-1",
        "1 - 10/9",
        "-0.1115",
        "-1*3**-2",
    ):
        page.reload()
        ask(page)
        while position(page) != "Step 3 of 4":
            button(page, "Show it").click()
            page.keyboard.press("Enter")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        assert page.locator(".verdict").inner_text() == "✓ Right: -0.111.", typed
    page.reload()
    ask(page)
    for typed in ("", "x", "1 +", "(2", "alert(1)", "1 2", "1,5"):
        page.locator("form input").fill(typed)
        page.keyboard.press("Enter")
        assert page.locator(".verdict").inner_text().startswith("Type a number"), typed


def test_nothing_tells_the_number_that_is_asked(page, tmp_path: Path) -> None:
    x, w = Value(0.37, name="x"), Value(-1.93, name="w")
    value = (x * w).tanh()
    value.backward()  # whose gradients hovering would tell
    (shown,) = opened(page, tmp_path, value)
    everything = """() => {
        const root = document.querySelector(".chainrule-stepper");
        const said = [root.innerText];
        for (const each of root.querySelectorAll("*:not(script, style)")) {
            for (const { name, value } of each.attributes) {
                if (/^(aria-|title|value|alt|placeholder)/.test(name)) said.push(value);
            }
            if (["title", "desc", "text"].includes(each.localName)) {
                if (getComputedStyle(each).visibility !== "hidden") said.push(each.textContent);
            }
        }
        return said.join("\\n");
    }"""
    for name in ("backward", "forward"):
        page.reload()
        choose(page, name)
        frames = next(track for track in shown.tracks if track.name == name).frames
        page.locator("details.steps summary").click()
        assert "0.37" in page.evaluate(everything)
        ask(page)
        questions = [i for i, frame in enumerate(frames) if i and frame.answer is not None]
        for index in questions:
            frame = frames[index]
            assert position(page) == f"Step {index + 1} of {len(frames)}"
            if number(frame.answer) not in ("1", "-1.93", "0.37"):  # which stand there anyway
                assert number(frame.answer).lstrip("-") not in page.evaluate(everything)
            assert frame.sentence not in page.evaluate(everything)
            for key in ("End", "ArrowRight"):  # no way round
                page.locator(".words .sentence").click()
                page.keyboard.press(key)
            go(page, len(frames) - 1)
            assert position(page) == f"Step {index + 1} of {len(frames)}"
            assert not page.locator("details.checks").is_visible()
            button(page, "Show it").click()
            assert number(frame.answer).lstrip("-") in page.evaluate(everything)
            page.keyboard.press("Enter")


# Pages


def test_two_on_a_page_are_independent(page, tmp_path: Path) -> None:
    same = small()
    opened(page, tmp_path, same, same, neuron())
    one, two, three = page.locator(".chainrule-stepper").all()
    button(one, "Last").click()
    button(three, "Next").click()
    button(two, "Predict").click()
    assert position(one) == "Step 7 of 7"
    assert position(two) == "Step 1 of 7"
    assert position(three).startswith("Step 2 of")
    assert texts(two, "grad") == engines(same, -1)
    assert not one.locator("form.predict").is_visible()


INSERT = """html => {
    document.body.dataset.jpThemeLight = "false";
    const cell = document.body.appendChild(document.createElement("div"));
    cell.innerHTML = html;
    for (const old of cell.querySelectorAll("script")) {
        const made = document.createElement("script");
        for (const { name, value } of old.attributes) made.setAttribute(name, value);
        made.textContent = old.textContent;
        old.replaceWith(made);
    }
}"""


def test_inserted_as_a_notebook_does(page) -> None:
    """By innerHTML, where scripts do not run, and then each script made again; twice."""
    value = small()
    page.goto("about:blank")
    for _ in range(2):
        page.evaluate(INSERT, step(value).html)
    for root in page.locator(".chainrule-stepper").all():
        button(root, "Next").click()
        assert position(root) == "Step 2 of 7"  # one player each, and not two
        button(root, "Last").click()
        assert texts(root, "grad") == engines(value, 4)
    dark = "getComputedStyle(document.querySelector('.chainrule-stepper')).backgroundColor"
    assert page.evaluate(dark) == "rgb(13, 17, 23)"  # the notebook's theme, not the system's
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    page.wait_for_function(f"{dark} === 'rgb(255, 255, 255)'")


def test_started_by_another_program(page) -> None:
    """As the widget does: plain data, and the player's one name."""
    value = small()
    page.goto("about:blank")
    page.evaluate(
        "html => { document.body.innerHTML = html; }", pages.fragment(step(value), packed=False)
    )
    page.evaluate(
        pages.player()
        + """
        const root = document.querySelector(".chainrule-stepper");
        window.heard = [];
        document.body.addEventListener("chainrule-step", ({ detail }) => window.heard.push(detail));
        window.same = chainruleStart(root) === chainruleStart(root);
        for (const detail of [{ step: 3 }, { step: 2, track: "forward" }, { step: 2 }]) {
            root.dispatchEvent(new CustomEvent("chainrule-go", { detail }));
        }
        """
    )
    assert page.evaluate("window.same")
    assert page.evaluate("window.heard") == [
        {"step": 3, "track": "backward"}, {"step": 2, "track": "forward"},
    ]  # fmt: skip


def test_a_page_saved_by_the_browser_still_works(page, tmp_path: Path) -> None:
    """As it is at that moment: a browser writes the elements and not the file."""
    value = neuron()
    opened(page, tmp_path, value)
    choose(page, "assign")
    go(page, 7)
    button(page, "Predict").click()
    (tmp_path / "saved.html").write_text(page.content(), encoding="utf-8")
    page.goto((tmp_path / "saved.html").as_uri())
    root = page.locator(".chainrule-stepper")
    assert root.locator("figure").count() == 1
    assert not root.locator("form.predict").is_visible()
    assert texts(root, "grad") == engines(value, -1)
    assert root.locator(".drawn").count() == 0
    button(root, "Last").click()
    assert texts(root, "grad") == engines(value, 99)


def test_without_scripts(browser, tmp_path: Path) -> None:
    shown = step(small())
    shown.save(tmp_path / "step.html")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "step.html").as_uri())
    assert page.get_by_text("The controls need scripts").is_visible()
    assert page.get_by_text(shown[0].sentence).is_visible()
    assert page.get_by_role("button").count() == 0
    photograph(page, "without-scripts", "light")
    context.close()


def test_nothing_moves_from_step_to_step(page, tmp_path: Path) -> None:
    (shown,) = opened(page, tmp_path, neuron())  # more than nine steps
    assert len(shown) > 9
    measure = """() => {
        const picture = document.querySelector(".picture > svg").getBoundingClientRect();
        const parts = [...document.querySelectorAll("[data-node], button, input, .words")];
        return parts.map(part => {
            const { x, y, width } = part.getBoundingClientRect();
            const left = part.dataset.node ? x - picture.x : x; // the picture may have scrolled
            return [left, y, part.dataset.node ? 0 : width].map(Math.round);
        });
    }"""
    go(page, 1)
    places = page.evaluate(measure)
    for index in range(len(shown)):
        go(page, index)
        assert page.evaluate(measure) == places


@pytest.mark.parametrize("program", [neuron, arrays])
def test_on_a_phone_only_the_picture_scrolls(page, tmp_path: Path, program) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    (shown,) = opened(page, tmp_path, program())
    for track in shown.tracks:
        choose(page, track.name)
        for index, frame in enumerate(track.frames):
            go(page, index)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if frame.node:
                node = page.locator(f'figure:first-child [data-node="{frame.node}"]')
                box = node.bounding_box()
                assert -1 <= box["x"] <= 361 - min(box["width"], 340)
    page.locator("details.steps summary").click()
    page.locator("details.checks summary").click()
    button(page, "Paths").click()
    between(page, "v0", f"v{len(topological(program())) - 1}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    photograph(page, f"phone-{program.__name__}", "light")


def test_reduced_motion(browser, tmp_path: Path) -> None:
    step(small()).save(tmp_path / "step.html")
    for motion, animated in (("reduce", "none"), ("no-preference", "chainrule-arrive")):
        page = browser.new_context(reduced_motion=motion).new_page()
        page.goto((tmp_path / "step.html").as_uri())
        go(page, 2)
        found = page.evaluate(
            "getComputedStyle(document.querySelector('.flow path')).animationName"
        )
        assert found == animated
        page.context.close()


def test_on_paper(browser, tmp_path: Path) -> None:
    shown = step(small())
    shown.save(tmp_path / "step.html")
    page = browser.new_context(color_scheme="dark").new_page()
    page.goto((tmp_path / "step.html").as_uri())
    button(page, "Next").click()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("details.steps tbody tr").count() == len(shown)
    assert page.get_by_text(shown[1].sentence).first.is_visible()
    assert not page.locator(".controls").is_visible()
    photograph(page, "print", "light")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not page.locator("details.steps").get_attribute("open")
    page.context.close()


# Looks


def photograph(page, name: str, scheme: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    page.screenshot(path=SCREENSHOTS / f"stepper-{name}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_photographs(browser, tmp_path: Path, scheme: str) -> None:
    """Every mode, to be looked at."""
    size = {"width": 1000, "height": 900}
    page = browser.new_context(color_scheme=scheme, viewport=size).new_page()
    (shown,) = opened(page, tmp_path, neuron())
    for track in shown.tracks:
        choose(page, track.name)
        go(page, track.first_wrong if track.first_wrong >= 0 else len(track.frames) // 2)
        photograph(page, f"track-{track.name.replace(':', '-')}", scheme)
    choose(page, "backward")
    button(page, "Help: keys").click()
    for table in ("steps", "checks"):
        page.locator(f"details.{table} summary").click()
    photograph(page, "tables", scheme)
    for table in ("steps", "checks"):
        page.locator(f"details.{table} summary").click()
    button(page, "Help: keys").click()
    button(page, "Paths").click()
    between(page, "v0", f"v{len(topological(neuron())) - 1}")
    photograph(page, "paths", scheme)
    page.locator(".paths li button").first.focus()
    photograph(page, "one-path", scheme)
    ask(page)
    photograph(page, "predict-asks", scheme)
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    photograph(page, "predict-wrong", scheme)
    page.keyboard.type(str(shown[2].answer))
    page.keyboard.press("Enter")
    photograph(page, "predict-right", scheme)
    opened(page, tmp_path, arrays())
    go(page, 3)
    photograph(page, "arrays", scheme)
    x = Value(0.0, name="x")
    opened(page, tmp_path, x.relu() * 3.0 + np.maximum(x, 0.0))
    page.locator("details.checks summary").click()
    page.locator("details.checks table").wait_for()
    photograph(page, "check-at-a-kink", scheme)
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(browser, tmp_path: Path, scheme: str) -> None:
    page = browser.new_context(color_scheme=scheme).new_page()
    (shown,) = opened(page, tmp_path, neuron())
    choose(page, "assign")
    go(page, max(0, next(t for t in shown.tracks if t.name == "assign").first_wrong))
    page.locator("details.steps summary").click()
    selectors = [
        ".words .formula", ".words .sentence", ".words .detail", ".count", "button", ".about p",
        "figcaption", "label", "select", "details td", "caption", ".source code", "summary",
    ]  # fmt: skip
    for selector in selectors:
        ink, paper = page.evaluate(
            """selector => {
                let part = document.querySelector(".chainrule-stepper " + selector);
                const ink = getComputedStyle(part).color;
                while (getComputedStyle(part).backgroundColor === "rgba(0, 0, 0, 0)") {
                    part = part.parentElement;
                }
                return [ink, getComputedStyle(part).backgroundColor];
            }""",
            selector,
        )
        assert contrast(ink, paper) >= 4.5, selector
    page.context.close()


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio, of two colours as `rgb(r, g, b)`."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


# Room, scrolling, arrays and marks


def long_chain() -> Value:
    x = Value(0.5, name="x")
    y = x
    for _ in range(8):
        y = (y * 1.5).tanh()
    return y


def in_view(page, id: str) -> bool:
    return page.evaluate(
        """id => {
            const frame = document.querySelector(".picture").getBoundingClientRect();
            const box = document.querySelector(`[data-node="${id}"]`).getBoundingClientRect();
            return box.left >= frame.left && box.right <= frame.right;
        }""",
        id,
    )


def test_what_a_step_speaks_of_is_in_view(page, tmp_path: Path) -> None:
    (shown,) = opened(page, tmp_path, long_chain())
    root = shown[1].node
    assert in_view(page, root) and not in_view(page, "v0")  # before anything is pressed
    for index, frame in enumerate(shown):
        go(page, index)
        assert in_view(page, frame.node or (root if not index else "v0"))
    choose(page, "forward")
    assert not in_view(page, root)


@pytest.mark.parametrize("wide", [360, 640, 1000])
def test_the_height_is_that_of_every_step(page, tmp_path: Path, wide: int) -> None:
    page.set_viewport_size({"width": wide, "height": 900})
    (shown,) = opened(page, tmp_path, arrays())
    for track in ("backward", "assign"):
        choose(page, track)
        heights = set()
        for index in range(len(shown)):
            go(page, index)
            heights.add(page.locator(".chainrule-stepper").bounding_box()["height"])
        assert len(heights) == 1


def test_small_arrays_are_written_beside_their_gradient(page, tmp_path: Path) -> None:
    (shown,) = opened(page, tmp_path, arrays())
    panel = page.locator(".arrays")
    seen = 0
    for index, frame in enumerate(shown):
        go(page, index)
        tables = panel.locator("table")
        if np.ndim(frame.total) == 0:
            continue
        seen += 1
        numbers = tables.last.locator("td").all_text_contents()
        assert numbers == [number(x) for x in np.ravel(frame.total)]
    assert seen > 3


def test_marks_are_explained(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    page.locator("details.marks > summary").click()
    said = page.locator("details.marks li").all_text_contents()
    for word in ("leaf", "operation", "dotted", "thick", "on its way", "wrong number"):
        assert any(word in each for each in said), word
    sizes = page.locator("details.marks svg").evaluate_all(
        "all => all.map(svg => [svg.getBBox().width, Number(svg.getAttribute('width'))])"
    )
    assert all(0 < drawn <= room for drawn, room in sizes)


def test_the_check_fits_a_telephone(page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    opened(page, tmp_path, kink())
    page.locator("details.checks > summary").click()
    inside = "box => [box.scrollWidth, box.clientWidth]"
    needed, given = page.locator("details.checks > div").evaluate(inside)
    assert needed <= given
