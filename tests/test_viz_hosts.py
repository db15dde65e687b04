"""Steppers and pictures inside real notebooks: JupyterLab, Notebook 7, marimo, exported HTML.

VS Code and Colab cannot be run here: the tests named after them imitate what is known of how they
show HTML. Screenshots land in out/screenshots.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from autograd import Value, topological
from viz import step
from viz.theme import number

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
expect.set_options(timeout=30_000)
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on PATH")
ROOT = Path(__file__).parents[1]
SCREENSHOTS = ROOT / "out" / "screenshots"
WAIT = 90_000  # milliseconds; a notebook's first start takes a while
PROGRAM = """\
import viz
from autograd import Value

x, y, z = Value(1.0), Value(3.0), Value(-3.0)
p = x + y
out = p * z
viz.step(out)"""
PICTURE = "out.backward()\nviz.draw(out)"
WIDGET = "w = viz.step(out).widget()\nw"
MOVE = "w.step = 6"


def example() -> Value:
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    p.name = "p"
    return p * z


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, **settings) -> Iterator:
    """A page that reaches this machine only; the addresses that it asked others for must be none
    of ours."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, **settings)
    context.set_default_timeout(WAIT)
    context.route(
        "**/*", lambda route: route.continue_() if local(route.request.url) else route.abort()
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert [text for text in wrong if "chainrule" in text] == []


def local(url: str) -> bool:
    return url.startswith(
        ("file:", "data:", "about:", "blob:", "http://127.0.0.1", "ws://127.0.0.1")
    )


@contextmanager
def server(command: list[str], folder: Path, path: str = "") -> Iterator[str]:
    """A program that serves pages on a free port, ended by its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = {
        name: str(folder / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
            "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "XDG_CONFIG_HOME",
            "XDG_STATE_HOME", "XDG_CACHE_HOME",
        )
    }  # fmt: skip
    environment = {**os.environ, **here, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        program = subprocess.Popen(
            [sys.executable, "-m", *(part.replace("PORT", str(port)) for part in command)],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            until = time.monotonic() + WAIT / 1000
            while not answers(address + path):
                assert program.poll() is None, (folder / "server.log").read_text()
                assert time.monotonic() < until, (folder / "server.log").read_text()
                time.sleep(0.3)
            yield address
        finally:
            program.terminate()
            try:
                program.wait(20)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except (urllib.error.URLError, OSError):
        return False


def write_notebook(path: Path, *cells: str) -> Path:
    nbformat = pytest.importorskip("nbformat")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(made, path)
    return path


@pytest.fixture
def jupyter(tmp_path) -> Iterator[tuple[str, Path]]:
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    folder = tmp_path
    settings = folder / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = '{"fetchNews": "false", "checkForUpdates": false}'
    (settings / "notification.jupyterlab-settings").write_text(quiet)
    write_notebook(folder / "steps.ipynb", PROGRAM, PICTURE, WIDGET, MOVE, "")
    command = [
        "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=PORT", "--allow-root",
        "--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    with server(command, folder, "/api/status") as address:
        yield address, folder


def gradients(root) -> dict[str, str]:
    """The gradients that the picture shows, by node."""
    return root.evaluate(
        """root => Object.fromEntries(
            [...root.querySelectorAll('svg [data-node^="v"]')].map(node =>
                [node.dataset.node, node.querySelector('[data-field="grad"]').textContent]))"""
    )


def final(value: Value) -> dict[str, str]:
    """The engine's own gradients."""
    value.backward()
    return {f"v{i}": number(x.grad) for i, x in enumerate(topological(value))}


def goes_through(root) -> None:
    """Every step by Next, with the numbers of the engine at the end; back and on by keys."""
    shown = step(example())
    count = root.locator(".count")
    expect(count).to_have_text(f"Step 1 of {len(shown)}")
    for index in range(1, len(shown)):
        root.get_by_role("button", name="Next", exact=True).click()
        expect(count).to_have_text(f"Step {index + 1} of {len(shown)}")
        expect(root.locator(".words .formula")).to_have_text(shown[index].formula)
    assert gradients(root) == final(example())
    root.get_by_role("button", name="First", exact=True).focus()
    ends = [("ArrowLeft", len(shown) - 1), ("Home", 1), ("ArrowRight", 2), ("End", len(shown))]
    for key, at in ends:
        root.page.keyboard.press(key)
        expect(count).to_have_text(f"Step {at} of {len(shown)}")


def is_dark(part) -> bool:
    """Whether light is written on dark."""
    red, green, blue = part.evaluate(
        "part => getComputedStyle(part).color.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    return red + green + blue > 3 * 128


def taken(part, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    part.screenshot(path=SCREENSHOTS / f"hosts_{name}.png")


def moves_with_the_kernel(widget, run) -> None:
    """``run`` is called with what the kernel is to do; it answers what was printed, if anything."""
    count = widget.locator(".count")
    expect(count).to_have_text("Step 7 of 7")  # w.step = 6
    assert gradients(widget) == final(example())
    widget.get_by_role("button", name="Previous", exact=True).click()
    expect(count).to_have_text("Step 6 of 7")
    field = widget.get_by_label("x", exact=True)
    places = boxes(widget)
    field.fill("7")
    expect(widget.locator('[data-node="v0"] [data-field="data"]')).to_have_text("7")
    expect(widget.locator('[data-node="v4"] [data-field="data"]')).to_have_text("-30")
    expect(count).to_have_text("Step 6 of 7")
    assert boxes(widget) == places
    slider = widget.get_by_label("z, slider")
    slider.focus()
    slider.press("End")
    expect(widget.locator('[data-node="v2"] [data-field="data"]')).to_have_text("3")
    expect(widget.locator('[data-node="v4"] [data-field="data"]')).to_have_text("30")
    run("w.step, w.values, w.stepper[w.step].formula", "(5, {'x': 7.0, 'y': 3.0, 'z': 3.0}")


def boxes(root) -> list[list[str]]:
    """Where the picture has its boxes."""
    return root.evaluate(
        """root => [...root.querySelectorAll("[data-node] .box")].map(
            box => ["x", "y", "width"].map(name => box.getAttribute(name)))"""
    )


def test_jupyterlab(browser, jupyter) -> None:
    address, _ = jupyter
    with opened(browser) as page:
        page.goto(f"{address}/lab/tree/steps.ipynb?reset")
        run_all(page)
        in_jupyter(page, "jupyterlab")
        cells = page.locator(".jp-Notebook .jp-CodeCell")
        root = cells.nth(0).locator(".chainrule-stepper")
        goes_through(root)  # before the theme is another
        page.get_by_role("menuitem", name="Settings", exact=True).click()
        page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
        page.locator(".lm-Menu-itemLabel", has_text="JupyterLab Dark").first.click()
        page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
        for index, name in enumerate(("stepper", "picture", "widget")):
            cell = cells.nth(index)
            cell.scroll_into_view_if_needed()
            assert (
                is_dark(cell.locator(".jp-OutputArea .chainrule-auto").first) or name == "picture"
            )
            taken(cell, f"jupyterlab_{name}_dark")


def test_notebook_7(browser, jupyter) -> None:
    pytest.importorskip("notebook", reason="notebook is not installed")
    address, _ = jupyter
    with opened(browser) as page:
        page.goto(f"{address}/notebooks/steps.ipynb")
        run_all(page)
        in_jupyter(page, "notebook7")
        goes_through(page.locator(".jp-Notebook .jp-CodeCell").nth(0).locator(".chainrule-stepper"))


def run_all(page) -> None:
    """By the menu; once more where the kernel was not ready yet, when nothing runs."""
    for _ in range(3):
        page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()
        page.locator(".jp-Notebook .jp-Cell").first.click()
        page.keyboard.press("Escape")
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        with suppress(playwright.TimeoutError):
            page.locator(".jp-Notebook .jp-OutputArea-output").first.wait_for(timeout=10_000)
            return


def in_jupyter(page, host: str) -> None:
    """The stepper, the picture and the widget, with the kernel at hand in the last cell."""
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells.nth(0).locator(".chainrule-stepper .count")).to_have_text("Step 1 of 7")
    expect(cells.nth(1).locator("svg.chainrule-auto")).to_be_visible()
    expect(cells.nth(1).locator('[data-node="v4"] [data-field="grad"]')).to_have_text("1")
    widget = cells.nth(2).locator(".chainrule-widget")

    def run(code: str, answer: str) -> None:
        editor = cells.nth(4).locator(".cm-content")
        editor.click()
        page.keyboard.insert_text(code)
        page.keyboard.press("Control+Enter")
        expect(cells.nth(4).locator(".jp-OutputArea-output")).to_contain_text(answer)

    moves_with_the_kernel(widget, run)
    for index, name in enumerate(("stepper", "picture", "widget")):
        cells.nth(index).scroll_into_view_if_needed()
        assert not is_dark(cells.nth(index).locator(".jp-OutputArea .chainrule-auto").first)
        taken(cells.nth(index), f"{host}_{name}_light")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marimo(browser, tmp_path: Path, theme: str) -> None:
    pytest.importorskip("marimo", reason="marimo is not installed")
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    settings = tmp_path / "xdg_config_home" / "marimo"
    settings.mkdir(parents=True)
    (settings / "marimo.toml").write_text(f'[display]\ntheme = "{theme}"\n')
    cells = [
        f"def _():\n{indented(PROGRAM)}\n    return out, viz",
        f"def _(out, viz):\n{indented(PICTURE)}\n    return",
        f"def _(out, viz):\n{indented(WIDGET)}\n    return (w,)",
        f"def _(w):\n{indented(MOVE)}\n    return",
    ]
    text = "import marimo\napp = marimo.App()\n" + "".join(
        f"\n@app.cell\n{cell}\n" for cell in cells
    )
    (tmp_path / "steps.py").write_text(text)
    command = ["marimo", "-y", "-q", "run", "steps.py", "--headless", "--no-token"]
    other = "light" if theme == "dark" else "dark"
    with (
        server([*command, "--host=127.0.0.1", "--port=PORT"], tmp_path) as address,
        opened(browser, color_scheme=other) as page,
    ):
        page.goto(address)
        frame = page.locator("iframe").first
        root = page.frame_locator("iframe").first.locator(".chainrule-stepper")
        goes_through(root)
        assert is_dark(root) == (theme == "dark")
        high = root.evaluate("root => root.ownerDocument.documentElement.scrollHeight")
        assert high <= frame.bounding_box()["height"]  # nothing to scroll
        taken(frame, f"marimo_stepper_{theme}")
        picture = page.locator("svg.chainrule-auto").first
        picture.scroll_into_view_if_needed()
        expect(picture.locator('[data-node="v4"] [data-field="grad"]')).to_have_text("1")
        taken(picture, f"marimo_picture_{theme}")
        widget = page.locator(".chainrule-widget")
        widget.scroll_into_view_if_needed()
        moves_with_the_kernel(widget, lambda code, answer: None)
        assert is_dark(widget.locator(".chainrule-stepper")) == (theme == "dark")
        taken(widget, f"marimo_widget_{theme}")


def indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_html_exported_from_a_notebook(browser, tmp_path: Path, theme: str) -> None:
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(write_notebook(tmp_path / "steps.ipynb", PROGRAM, PICTURE), 4)
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": ROOT}}).execute()
    body, _ = nbconvert.HTMLExporter(theme=theme).from_notebook_node(notebook)
    (tmp_path / "steps.html").write_text(body, encoding="utf-8")
    with opened(browser, color_scheme="light" if theme == "dark" else "dark") as page:
        page.goto((tmp_path / "steps.html").as_uri())
        root = page.locator(".chainrule-stepper")
        goes_through(root)
        assert is_dark(root) == (theme == "dark")
        expect(page.locator("svg.chainrule-auto").nth(1)).to_be_visible()
        taken(page, f"nbconvert_{theme}")


INSERTED = """html => {
    const cell = document.body.appendChild(document.createElement("div"));
    cell.innerHTML = html;
    for (const old of cell.querySelectorAll("script")) {
        const made = document.createElement("script");
        for (const { name, value } of old.attributes) made.setAttribute(name, value);
        made.textContent = old.textContent;
        old.replaceWith(made);
    }
}"""


@pytest.mark.parametrize("kind", ["vscode-light", "vscode-dark", "vscode-high-contrast"])
def test_as_vscode_shows_it(browser, kind: str) -> None:
    """Imitated: a page that names its theme, with output put in as text and its scripts cloned."""
    with opened(browser, color_scheme="dark" if kind == "vscode-light" else "light") as page:
        page.goto("about:blank")
        page.evaluate("kind => document.body.dataset.vscodeThemeKind = kind", kind)
        page.evaluate(INSERTED, step(example()).html)
        root = page.locator(".chainrule-stepper")
        goes_through(root)
        assert is_dark(root) == (kind != "vscode-light")
        taken(page, kind.replace("-", "_"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_as_colab_shows_it(browser, theme: str) -> None:
    """Imitated: an output in a frame of another origin, whose root element names the theme."""
    page_of_output = f'<!DOCTYPE html><html theme="{theme}"><body>{step(example()).html}'
    with opened(browser, color_scheme="light" if theme == "dark" else "dark") as page:
        page.goto("about:blank")
        page.evaluate(
            """text => {
                const frame = document.body.appendChild(document.createElement("iframe"));
                Object.assign(frame, { sandbox: "allow-scripts", srcdoc: text });
                frame.style.cssText = "width: 100%; height: 900px; border: 0";
            }""",
            page_of_output,
        )
        root = page.frame_locator("iframe").locator(".chainrule-stepper")
        goes_through(root)
        assert is_dark(root) == (theme == "dark")
        taken(page, f"colab_{theme}")
