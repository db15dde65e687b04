// paths: all ways from one value to another, the product of the derivatives along each, their sum.

const LISTED = 12;

// A number in three significant figures, as the picture writes it.
function number(x) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  const [digits, exponent] = rounded(x).toExponential(2).split("e").map(Number);
  if (exponent >= -4 && Math.abs(x) < 1e6) return String(Number(`${digits}e${exponent}`));
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

// Halfway cases go to the even digit, as Python rounds: 1.125 is 1.12.
function rounded(x) {
  const [digits, exponent] = x.toExponential(40).split("e");
  const [kept, rest] = digits.split(/(?<=\.\d\d)/);
  return /^50*$/.test(rest) && "02468".includes(kept.at(-1)) ? Number(`${kept}e${exponent}`) : x;
}

// The graph that the picture shows: for each value, the operand slots that it goes into.
function uses(parts) {
  const found = new Map();
  for (const id of parts.keys()) {
    const [source, operation, slot] = id.split("-");
    if (slot === undefined || !source.startsWith("v")) continue;
    const target = `v${operation.slice(1)}`;
    if (!found.has(source)) found.set(source, []);
    found.get(source).push({ edge: id, operation, target });
  }
  return found;
}

const place = (id) => Number(id.slice(1)); // ids are topological positions

// The number of paths, and the sum of their products, without walking them: there may be 2 to the
// power of 60. `slopes` holds the local derivative of each edge that has a single number.
function survey(graph, slopes, from, to) {
  const count = new Map([[to, 1n]]);
  const sum = new Map([[to, 1]]);
  let plain = true;
  const order = [...graph.keys()].filter((id) => place(id) >= place(from) && place(id) < place(to));
  for (const id of order.sort((one, other) => place(other) - place(one))) {
    const on = graph.get(id).filter(({ target }) => count.has(target));
    if (!on.length) continue;
    count.set(id, on.reduce((total, { target }) => total + count.get(target), 0n));
    sum.set(id, on.reduce((total, { target, edge }) => total + slopes[edge] * sum.get(target), 0));
  }
  // Only the edges between the two count: another may lie beside an array.
  const between = new Set();
  for (const waiting = count.has(from) ? [from] : []; waiting.length; ) {
    for (const use of graph.get(waiting.pop()) ?? []) {
      if (!count.has(use.target) || between.has(use.edge)) continue;
      between.add(use.edge);
      plain &&= use.edge in slopes;
      waiting.push(use.target);
    }
  }
  return { count: count.get(from) ?? 0n, sum: sum.get(from), between, plain };
}

// The first paths, in order.
function listed(graph, between, from, to) {
  const found = [];
  const waiting = [[from, []]];
  while (waiting.length && found.length < LISTED) {
    const [id, path] = waiting.pop();
    if (id === to) found.push(path);
    else {
      const on = (graph.get(id) ?? []).filter(({ edge }) => between.has(edge));
      waiting.push(...on.reverse().map((use) => [use.target, [...path, use]]));
    }
  }
  return found;
}

function addPaths({ root, data, stages }) {
  const panel = root.querySelector(".paths");
  const [status, list, total] = panel.children;
  const { names, slopes } = data;
  const main = stages[0];
  const graph = uses(main.parts);
  const label = (id) => main.parts.get(id).querySelector('[data-field="label"]').textContent;
  const factor = (slope) => (slope < 0 ? `(${number(slope)})` : number(slope));
  let chosen = [];

  // Bring out these edges, with the values and operations that they join.
  function light(edges) {
    const on = new Set(edges);
    for (const edge of edges) {
      const [source, operation] = edge.split("-");
      const result = `v${operation.slice(1)}`;
      for (const id of [source, operation, result, `${operation}-${result}-0`]) on.add(id);
    }
    for (const [id, part] of main.parts) {
      part.classList.toggle("on-path", on.has(id));
      part.classList.toggle("off-path", chosen.length === 2 && !on.has(id) && !chosen.includes(id));
      part.classList.toggle("chosen", chosen.includes(id));
      if (part.getAttribute("role") !== "button") continue;
      if (panel.hidden) part.removeAttribute("aria-pressed");
      else part.setAttribute("aria-pressed", chosen.includes(id));
    }
  }

  // A value that an operation takes twice is told apart by its place.
  function named(id, use) {
    const twice = graph.get(id)?.filter(({ operation }) => operation === use?.operation).length > 1;
    return twice ? `${names[id]} (operand ${Number(use.edge.split("-")[2]) + 1})` : names[id];
  }

  function written(path, plain) {
    const ids = [chosen[0], ...path.map(({ target }) => target)];
    const way = ids.map((id, i) => named(id, path[i])).join(" → ");
    if (!plain) return `${way}, through ${path.map(({ operation }) => label(operation)).join(" then ")}`;
    const factors = path.map(({ edge }) => slopes[edge]);
    const product = factors.reduce((result, slope) => result * slope, 1);
    const shown = factors.map((slope, i) => (i ? factor(slope) : number(slope)));
    return `${way}: ${factors.length > 1 ? `${shown.join(" × ")} = ` : ""}${number(product)}`;
  }

  // That the sum is the gradient, where the second value is the one that the pass started from.
  function compared(from, to, sum) {
    if (to !== data.root) return "";
    const gradients = new Map(data.tracks[0].frames.flatMap((frame) => frame.changes));
    const [seed, gradient] = [gradients.get(to), gradients.get(from)];
    if (gradient === undefined) return "";
    const grad = `${names[from]}.grad`;
    if (seed === "1" && gradient === number(sum)) {
      return ` This is ${grad}, the number that the backward pass found.`;
    }
    return ` The backward pass started from ${names[to]}.grad = ${seed} and found ${grad} = ${gradient}.`;
  }

  function describe() {
    list.replaceChildren();
    total.textContent = "";
    if (chosen.length < 2) {
      status.textContent = chosen.length
        ? `From ${names[chosen[0]]} to ... choose a second value.`
        : "Choose two values in the picture: click them, or move with ↑ and ↓ and press Enter.";
      return light([]);
    }
    const [from, to] = chosen.sort((one, other) => place(one) - place(other));
    const { count, sum, between, plain } = survey(graph, slopes, from, to);
    const [x, y] = [names[from], names[to]];
    light(between);
    if (!count) {
      status.textContent = `No path leads from ${x} to ${y}: neither depends on the other.`;
      return;
    }
    const paths = listed(graph, between, from, to);
    const said = `${count.toLocaleString("en")} ${count === 1n ? "path" : "paths"} from ${x} to ${y}`;
    status.textContent = count > LISTED ? `${said}. The first ${LISTED} of them:` : `${said}:`;
    for (const path of paths) {
      const [item, button] = [document.createElement("li"), document.createElement("button")];
      button.type = "button";
      button.textContent = written(path, plain);
      const edges = path.map(({ edge }) => edge);
      for (const event of ["mouseenter", "focus"]) {
        button.addEventListener(event, () => light(edges));
      }
      for (const event of ["mouseleave", "blur"]) button.addEventListener(event, () => light(between));
      item.append(button);
      list.append(item);
    }
    const products = paths.map((path) => path.reduce((result, { edge }) => result * slopes[edge], 1));
    const added = products.map((each, i) => (i ? factor(each) : number(each))).join(" + ");
    const terms = count > 1n && count <= LISTED ? `${added} = ` : "";
    total.textContent = plain
      ? `Sum over all paths: ${terms}${number(sum)} = d${y}/d${x}.${compared(from, to, sum)}`
      : `The gradients that come along the paths add up. There is no single factor to multiply: on ` +
        `the way are arrays, where each operation multiplies by a matrix of derivatives, or values ` +
        `that take no gradient.`;
  }

  function choose(id) {
    if (chosen.length === 2) chosen = [id]; // a third choice begins anew
    else chosen = chosen.includes(id) ? [] : [...chosen, id];
    describe();
  }

  function turn(on) {
    panel.hidden = !on;
    chosen = [];
    describe();
  }

  return { choose, turn, get on() { return !panel.hidden; } };
}
