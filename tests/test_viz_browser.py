"""The saved page in a real browser, with the network switched off: every control, every number."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, backward_steps, topological
from viz import step
from viz.theme import number

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on PATH")


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A page without a network, on which no script may fail and nothing may be asked for."""
    context = browser.new_context(offline=True, viewport={"width": 900, "height": 800})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: None if is_local(asked.url) else wrong.append(asked.url))
    yield page
    context.close()
    assert wrong == []


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


def opened(page, tmp_path: Path, *values: Value):
    """The steppers of some values, on one page."""
    steppers = [step(value) for value in values]
    if len(steppers) == 1:
        steppers[0].save(tmp_path / "step.html")
    else:
        text = "<!DOCTYPE html><body>" + "".join(one.html for one in steppers)
        (tmp_path / "step.html").write_text(text, encoding="utf-8")
    page.goto((tmp_path / "step.html").as_uri())
    return steppers


def gradients(root) -> dict[str, str]:
    """The gradient that the picture shows, by node id."""
    return root.evaluate(
        """root => Object.fromEntries(
            [...root.querySelectorAll('[data-node^="v"]')].map(node =>
                [node.dataset.node, node.querySelector('[data-field="grad"]').textContent]))"""
    )


def expected(value: Value, sends: int) -> dict[str, str]:
    """What the engine says after the seed and so many contributions; -1 is before the seed."""
    ids = {x: f"v{i}" for i, x in enumerate(topological(value))}
    texts = {ids[x]: "—" if x.requires_grad else "no grad" for x in ids}
    totals = {}
    steps = list(backward_steps(value))
    for x, dx in [(value, steps[0].gradient), *(sent for one in steps for sent in one.sent)][
        : sends + 1
    ]:
        totals[x] = totals[x] + dx if x in totals else dx
        texts[ids[x]] = number(totals[x])
    return texts


def position(page) -> str:
    return page.locator(".count").inner_text()


@pytest.mark.parametrize("program", [small, neuron, arrays])
def test_every_number_at_every_step_is_the_engines(page, tmp_path: Path, program) -> None:
    value = program()
    (shown,) = opened(page, tmp_path, value)
    root = page.locator(".chainrule-stepper")
    slider = root.locator("input[type=range]")
    order = [*range(len(shown)), *reversed(range(len(shown)))]  # forward, back, and jumps
    for index in [*order, len(shown) - 1, 1, len(shown) // 2, 0]:
        slider.fill(str(index))
        assert gradients(root) == expected(value, min(index, len(shown) - 2) - 1)
        assert root.locator(".formula").inner_text() == shown[index].formula
        assert root.locator(".sentence").inner_text() == shown[index].sentence
        assert position(root) == f"Step {index + 1} of {len(shown)}"
        active = root.locator(".active").evaluate_all(
            "found => found.map(part => part.dataset.node ?? part.dataset.edge)"
        )
        frame = shown[index]
        assert {frame.node, frame.edge} - {""} <= set(active)
        assert bool(active) == bool(frame.node)
    value.backward()
    slider.fill(str(len(shown) - 1))
    final = gradients(root)
    for i, x in enumerate(topological(value)):
        assert final[f"v{i}"] == number(x.grad)


def test_every_control(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    for name, at in [("Next", 2), ("Next", 3), ("Previous", 2), ("Last", 7), ("Next", 7)]:
        page.get_by_role("button", name=name, exact=True).click(force=True)  # at the end, too
        assert position(page) == f"Step {at} of 7"
    page.get_by_role("button", name="First", exact=True).click()
    assert position(page) == "Step 1 of 7"
    page.get_by_role("button", name="Play").click()
    assert position(page) == "Step 2 of 7"
    assert page.get_by_role("button", name="Pause").is_visible()
    page.wait_for_function("document.querySelector('.count').textContent === 'Step 3 of 7'")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1800)
    assert position(page) == "Step 3 of 7"


def test_play_stops_at_the_end_and_starts_again(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    page.locator("input[type=range]").fill("5")
    page.get_by_role("button", name="Play").click()
    assert position(page) == "Step 7 of 7"
    assert page.get_by_role("button", name="Play").is_visible()
    page.get_by_role("button", name="Play").click()
    assert position(page) == "Step 1 of 7"


def test_keys(page, tmp_path: Path) -> None:
    opened(page, tmp_path, small())
    page.keyboard.press("ArrowRight")  # nothing is focused yet
    assert position(page) == "Step 1 of 7"
    page.locator(".sentence").click()
    for key, at in [
        ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 7), ("ArrowRight", 7),
        ("Home", 1), ("ArrowLeft", 1), ("Space", 2), ("Space", 2), ("ArrowRight", 3),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert position(page) == f"Step {at} of 7"
    page.get_by_role("button", name="Next", exact=True).focus()
    for key, at in [("Enter", 4), ("Space", 5), ("End", 7), ("ArrowLeft", 6)]:
        page.keyboard.press(key)
        assert position(page) == f"Step {at} of 7"
    page.locator("input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    assert position(page) == "Step 5 of 7"


def test_two_on_a_page_are_independent(page, tmp_path: Path) -> None:
    same = small()
    opened(page, tmp_path, same, same, neuron())
    one, two, three = page.locator(".chainrule-stepper").all()
    one.get_by_role("button", name="Last", exact=True).click()
    three.get_by_role("button", name="Next", exact=True).click()
    assert position(one) == "Step 7 of 7"
    assert position(two) == "Step 1 of 7"
    assert position(three).startswith("Step 2 of")
    assert gradients(two) == expected(same, -1)


def test_inserted_as_a_notebook_does(page) -> None:
    """By innerHTML, where scripts do not run, and then each script made again."""
    value = small()
    page.goto("about:blank")
    page.evaluate(
        """html => {
            document.body.dataset.jpThemeLight = "false";
            const cell = document.body.appendChild(document.createElement("div"));
            cell.innerHTML = html;
            for (const old of cell.querySelectorAll("script")) {
                const made = document.createElement("script");
                for (const { name, value } of old.attributes) made.setAttribute(name, value);
                made.textContent = old.textContent;
                old.replaceWith(made);
            }
        }""",
        step(value).html,
    )
    root = page.locator(".chainrule-stepper")
    root.get_by_role("button", name="Last", exact=True).click()
    assert gradients(root) == expected(value, 4)
    dark = "getComputedStyle(document.querySelector('.chainrule-stepper')).backgroundColor"
    assert page.evaluate(dark) == "rgb(20, 23, 29)"  # the notebook's theme, not the system's
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    page.wait_for_function(f"{dark} === 'rgb(255, 255, 255)'")


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
    page.locator("input[type=range]").fill("1")
    places = page.evaluate(measure)
    for index in range(len(shown)):
        page.locator("input[type=range]").fill(str(index))
        assert page.evaluate(measure) == places


def test_on_a_phone_only_the_picture_scrolls(page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    (shown,) = opened(page, tmp_path, neuron())
    for index in range(len(shown)):
        page.locator("input[type=range]").fill(str(index))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if shown[index].node:
            node = page.locator(f'[data-node="{shown[index].node}"]').bounding_box()
            assert 0 <= node["x"] <= 390 - node["width"]


def test_reduced_motion(browser, tmp_path: Path) -> None:
    step(small()).save(tmp_path / "step.html")
    for motion, animated in (("reduce", "none"), ("no-preference", "chainrule-arrive")):
        page = browser.new_context(reduced_motion=motion).new_page()
        page.goto((tmp_path / "step.html").as_uri())
        page.locator("input[type=range]").fill("2")
        found = page.evaluate("getComputedStyle(document.querySelector('.flow')).animationName")
        assert found == animated


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(browser, tmp_path: Path, scheme: str) -> None:
    step(small()).save(tmp_path / "step.html")
    page = browser.new_context(color_scheme=scheme).new_page()
    page.goto((tmp_path / "step.html").as_uri())
    for selector in (".formula", ".sentence", ".detail", ".count", "button"):
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


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio, of two colours as `rgb(r, g, b)`."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
