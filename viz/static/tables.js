// tables: all steps, the check against central differences, the marks, and the lines of source.

function element(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

function table(caption, heads, rows) {
  const head = heads.map((text) => element("th", { scope: "col" }, text));
  return element(
    "table",
    {},
    element("caption", {}, element("span", {}, caption)),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
}

// A table of all steps: what the picture shows, to be read. It is made when it is opened.
function addSteps({ root, state, show, predict }) {
  const details = root.querySelector("details.steps");
  let filled = "";

  function row(frame, step) {
    const button = element("button", { type: "button", "data-step": step }, String(step + 1));
    button.addEventListener("click", () => show(step));
    return element(
      "tr",
      {},
      element("td", {}, button),
      element("td", { class: "formula" }, frame.formula),
      element("td", {}, frame.sentence),
    );
  }

  function fill() {
    const { frames, title } = state.track;
    const known = predict.on ? frames.slice(0, predict.open() + 1) : frames;
    if (filled === `${title} ${known.length}`) return;
    filled = `${title} ${known.length}`;
    const caption = known.length < frames.length ? `${title}, the steps so far` : title;
    const made = table(caption, ["Step", "Numbers", "What happens"], known.map(row));
    const focused = details.contains(document.activeElement) && document.activeElement.dataset.step;
    details.lastElementChild.replaceChildren(made);
    if (focused) made.querySelector(`[data-step="${focused}"]`)?.focus({ preventScroll: true });
  }

  function shown() {
    if (!details.open) return;
    fill();
    for (const [step, row] of details.querySelectorAll("tbody tr").entries()) {
      if (step === state.step) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    }
  }

  details.addEventListener("toggle", shown);
  return { details, shown };
}

function addChecks({ root, data }) {
  const details = root.querySelector("details.checks");
  const heads = ["Value", "The engine", "Central difference", "Agree?", "Why"];
  // On a narrow page the cells stand one below the other, each with its head beside it.
  const cell = (column, kind, text) => {
    const head = text ? { "data-head": heads[column] } : {};
    return element("td", { class: kind, ...head }, text);
  };
  const rows = data.checks.map(([, name, gradient, difference, agrees, note]) =>
    element(
      "tr",
      { class: agrees ? "right" : note ? "explained" : "wrong" },
      element("th", { scope: "row" }, name),
      cell(1, "number", gradient),
      cell(2, "number", difference),
      cell(3, "", agrees ? "✓ yes" : "✗ no"),
      cell(4, "", note),
    ),
  );
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const caption = "Each value is moved a little up and down, and the output computed again";
    details.lastElementChild.replaceChildren(table(caption, heads, rows));
  });
  return details;
}

// What the marks of the pictures mean: those of this graph, and those of the steps.
function addMarks({ root, data }) {
  const details = root.querySelector("details.marks");
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const items = data.marks.map(([mark, meaning]) => {
      const item = element("li", {}, element("span", { class: "mark" }), ` ${meaning}`);
      item.firstElementChild.innerHTML = mark; // an SVG of chainrule's own
      return item;
    });
    details.lastElementChild.replaceChildren(element("ul", {}, ...items));
  });
}

// The lines of Python that made the operations, with the expression of this step marked.
function addSource({ root, data, state }) {
  const panel = root.querySelector(".source");
  const rows = new Map(); // by line: several expressions may stand in one
  const key = ([file, number]) => `${file}:${number}`;
  const sorted = [...data.lines].sort(([f, n], [g, m]) => f - g || n - m);
  panel.replaceChildren();
  let shownFile = null;
  for (const line of sorted) {
    const [file, number, text] = line;
    if (rows.has(key(line))) continue;
    if (file !== shownFile) panel.append(element("p", { class: "file" }, data.files[file]), element("ol"));
    shownFile = file;
    const code = element("code", {}, text);
    const item = element("li", { value: number }, code);
    rows.set(key(line), { code, text, item });
    panel.lastElementChild.append(item);
  }
  panel.hidden = !rows.size;

  function shown() {
    const line = state.track.frames[state.step].line;
    for (const { code, text, item } of rows.values()) {
      code.textContent = text;
      item.removeAttribute("aria-current");
    }
    if (line < 0) return;
    const [, , text, from, to] = data.lines[line];
    const row = rows.get(key(data.lines[line]));
    row.item.setAttribute("aria-current", "true");
    row.code.replaceChildren(text.slice(0, from), element("mark", {}, text.slice(from, to)), text.slice(to));
    const [around, box] = [panel.getBoundingClientRect(), row.item.getBoundingClientRect()];
    if (box.top < around.top || box.bottom > around.bottom) {
      panel.scrollTop += box.top - around.top - (around.height - box.height) / 2;
    }
  }

  return { shown };
}
