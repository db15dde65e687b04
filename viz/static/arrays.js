// arrays: the numbers of a small array, and of its gradient as far as this step has brought it.

function addArrays({ root, data, state, predict }) {
  const panel = root.querySelector(".arrays");

  // As in the pictures' heat maps: the larger, the stronger, about 0. The sign is in the number.
  function cells(rows) {
    const finite = rows.flat().map(Number).filter(Number.isFinite);
    const largest = Math.max(...finite.map(Math.abs), 0) || 1;
    return rows.map((row) => {
      const cell = (x) => {
        const kind = Number.isFinite(x) && x ? (x > 0 ? "positive" : "negative") : "";
        const made = element("td", { class: `number ${kind}` }, number(x));
        made.style.setProperty("--strength", `${Math.round((100 * Math.abs(x)) / largest) || 0}%`);
        return made;
      };
      return element("tr", {}, ...row.map(Number).map(cell));
    });
  }

  function table(caption, rows) {
    const body = element("tbody", {}, ...cells(rows));
    return element("table", {}, element("caption", {}, element("span", {}, caption)), body);
  }

  // How many lines the highest of this track's arrays has.
  function reserve() {
    const { frames } = state.track;
    const all = frames.flatMap(({ node, total }) => [data.arrays[node], total]).filter(Boolean);
    panel.hidden = !all.length;
    panel.style.setProperty("--rows", Math.max(...all.map((rows) => rows.length), 0));
  }

  function shown() {
    const { node, total } = state.track.frames[state.step];
    const asked = predict.isQuestion(state.step);
    const name = data.names[node];
    const grad = state.track.caption === "grad" ? `${name}.grad` : `the rate of ${name}`;
    panel.replaceChildren();
    if (asked) return;
    if (data.arrays[node]) panel.append(table(name, data.arrays[node]));
    if (total) panel.append(table(`${grad}, after this step`, total));
  }

  return { reserve, shown };
}
