// picture: what a step does to the picture. Only texts and classes change, so nothing moves.

const SVG = "http://www.w3.org/2000/svg";
const UNKNOWN = "-";
const CHARACTER = 7.9; // pixels: the width of one in the picture's font, at 13 pixels

function drawn(tag, attributes, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

// A number on its way: what is sent, and for a gradient an arrow against the edge's own.
function drawFlow(edge, text, [x, y], backward) {
  const path = edge.querySelector("path");
  const length = path.getTotalLength();
  const flow = drawn("g", { class: "flow drawn", "aria-hidden": "true" });
  if (backward) {
    const [tip, behind] = [path.getPointAtLength(0), path.getPointAtLength(Math.min(8, length))];
    const angle = (Math.atan2(tip.y - behind.y, tip.x - behind.x) * 180) / Math.PI;
    const place = `translate(${tip.x} ${tip.y}) rotate(${angle})`;
    flow.append(drawn("path", { d: "M0 0L-10 -5.5L-10 5.5Z", transform: place }));
  }
  const width = text.length * CHARACTER + 10;
  flow.append(
    drawn("rect", { x: x - width / 2, y: y - 10, width, height: 20, rx: 4 }),
    drawn("text", { x, y: y + 4.5 }, text),
  );
  edge.parentNode.append(flow);
}

// The sign of a wrong number: a cross in a disc on the corner of its box.
function drawCross(node) {
  const box = node.querySelector(".box");
  const [x, y] = ["x", "y"].map((name) => Number(box.getAttribute(name)));
  const cross = drawn("g", { class: "cross drawn", "aria-hidden": "true" });
  cross.setAttribute("transform", `translate(${x} ${y})`);
  cross.append(drawn("circle", { r: 8 }), drawn("path", { d: "M-3 -3L3 3M3 -3L-3 3" }));
  node.append(cross);
}

// What a stepper does with one SVG.
function stage(svg, badges) {
  const wide = Number(svg.getAttribute("width"));
  svg.style.width = `clamp(${0.85 * wide}px, 100%, ${1.25 * wide}px)`;
  const captions = [...svg.querySelectorAll(".caption")].filter((text) =>
    ["grad", "rate"].includes(text.textContent),
  );
  const parts = new Map();
  for (const part of svg.querySelectorAll("[data-node], [data-edge]")) {
    parts.set(part.dataset.node ?? part.dataset.edge, part);
  }
  const field = (id, name) => parts.get(id)?.querySelector(`[data-field="${name}"]`);

  function write(id, name, text) {
    const target = field(id, name);
    if (!target) return;
    target.dataset.was ??= target.textContent; // an attribute outlives "Save page as"
    target.textContent = text;
  }

  // An operation without an edge of its own in the frame is the one that makes the frame's value.
  function active(frame) {
    if (frame.edge) return new Set([frame.node, frame.edge, frame.edge.split("-")[1]]);
    const operation = `o${frame.node.slice(1)}`;
    const into = [...parts.keys()].filter((id) => id.split("-")[1] === operation);
    return new Set(frame.forward ? [frame.node, operation, ...into] : [frame.node]);
  }

  // The state after so many steps; while its number is asked for, that of the step before.
  function show(track, step, asked) {
    const frame = track.frames[step];
    const past = track.frames.slice(0, asked ? step : step + 1);
    const [finished, lit] = [new Set(past.flatMap((each) => each.finished)), active(frame)];
    const wrong = past.at(-1)?.wrong ?? [];
    for (const old of svg.querySelectorAll(".drawn")) old.remove();
    for (const text of svg.querySelectorAll("[data-was]")) text.textContent = text.dataset.was;
    for (const text of captions) text.textContent = track.caption;
    for (const each of past) {
      for (const [id, text] of each.changes) write(id, "grad", text);
      for (const [id, text] of each.data) write(id, "data", text);
    }
    for (const [id, part] of parts) {
      part.classList.toggle("active", lit.has(id));
      part.classList.toggle("done", finished.has(id));
      part.classList.toggle("pending", track.finishes.has(id) && !finished.has(id));
      part.classList.toggle("wrong", wrong.includes(id));
      if (wrong.includes(id)) drawCross(part);
    }
    if (parts.has(frame.edge) && frame.sends) {
      const backward = !track.name.startsWith("tangent");
      drawFlow(parts.get(frame.edge), asked ? "?" : frame.sends, badges[frame.edge], backward);
    }
    // A step that is about all of the graph leads to where the next one begins.
    const near = frame.node || track.frames.slice(step).find(({ node }) => node)?.node;
    if (near) reveal([...lit, near].map((id) => parts.get(id)).filter(Boolean), parts.get(near));
    for (const node of svg.querySelectorAll('[role="button"]')) {
      node.setAttribute("aria-label", spoken(node, track, wrong));
    }
  }

  // What is told of a value to who cannot see it.
  function spoken(node, track, wrong) {
    const [label, data, grad] = ["label", "data", "grad"].map(
      (name) => node.querySelector(`[data-field="${name}"]`)?.textContent ?? "",
    );
    const what = track.caption === "grad" ? "gradient" : track.caption;
    const sign = wrong.includes(node.dataset.node) ? ", wrong" : "";
    const known = data === UNKNOWN ? "not computed yet" : data;
    return `${label}: data ${known}, ${grad === UNKNOWN ? `no ${what} yet` : `${what} ${grad}${sign}`}`;
  }

  // Scroll the picture, and never the page, so that these can be seen; the node where not all can.
  function reveal(lit, node) {
    const around = svg.parentNode;
    const frame = around.getBoundingClientRect();
    const ways = [["left", "right", "width", "scrollLeft"], ["top", "bottom", "height", "scrollTop"]];
    for (const [start, end, size, scroll] of ways) {
      const spanned = (some) => {
        const boxes = some.map((part) => part.getBoundingClientRect());
        return [Math.min(...boxes.map((box) => box[start])), Math.max(...boxes.map((box) => box[end]))];
      };
      let [from, to] = spanned(lit);
      if (to - from > frame[size]) [from, to] = spanned([node]);
      const hidden = from < frame[start] || to > frame[end];
      if (hidden) around[scroll] += (from + to - frame[start] - frame[end]) / 2;
    }
  }

  return { svg, parts, show };
}
