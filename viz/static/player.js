// The player of every stepper on the page that has not been started yet. A frame holds what it
// changes, so step i is the untouched picture with the changes of frames 0 to i.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const PACE = 1600; // milliseconds a step while playing

  // Which of light and dark the page around the stepper is, where it says so itself.
  function hostTheme() {
    const { dataset } = document.body;
    if (dataset.jpThemeLight) return dataset.jpThemeLight === "true" ? "light" : "dark";
    if (dataset.vscodeThemeKind) return dataset.vscodeThemeKind.includes("light") ? "light" : "dark";
    return document.documentElement.getAttribute("theme"); // Colab
  }

  // Follow a fixed theme instead of the system's: switch the style sheets' dark rules on or off.
  function applyTheme(root) {
    const theme = root.dataset.theme === "auto" ? hostTheme() : root.dataset.theme;
    if (theme !== "light" && theme !== "dark") return;
    for (const { sheet } of root.querySelectorAll("style")) {
      for (const rule of sheet?.cssRules ?? []) {
        if (!rule.media) continue;
        if (rule.media.mediaText.includes("prefers-color-scheme")) rule.dark = true;
        if (rule.dark) rule.media.mediaText = theme === "dark" ? "all" : "not all";
      }
    }
  }

  // The gradient on its way: an arrow at the receiving end of the edge and what is sent, half way.
  function drawFlow(edge, text) {
    const path = edge.querySelector("path");
    const length = path.getTotalLength();
    const flow = document.createElementNS(SVG, "g");
    flow.setAttribute("class", "flow");
    flow.setAttribute("aria-hidden", "true");
    const [tip, behind] = [path.getPointAtLength(0), path.getPointAtLength(Math.min(8, length))];
    const angle = (Math.atan2(tip.y - behind.y, tip.x - behind.x) * 180) / Math.PI;
    const head = document.createElementNS(SVG, "path");
    head.setAttribute("d", "M0 0L-10 -5.5L-10 5.5Z");
    head.setAttribute("transform", `translate(${tip.x} ${tip.y}) rotate(${angle})`);
    const label = document.createElementNS(SVG, "text");
    const middle = path.getPointAtLength(length / 2);
    label.setAttribute("x", middle.x);
    label.setAttribute("y", middle.y);
    label.textContent = text;
    flow.append(head, label);
    edge.parentNode.append(flow);
    const box = label.getBBox();
    const plate = document.createElementNS(SVG, "rect");
    for (const [name, size] of Object.entries({
      x: box.x - 4, y: box.y - 1, width: box.width + 8, height: box.height + 2, rx: 4,
    })) plate.setAttribute(name, size);
    flow.insertBefore(plate, label);
    return flow;
  }

  // Scroll the picture, and never the page, so that what is active can be seen.
  function reveal(picture, node) {
    const frame = picture.getBoundingClientRect();
    const box = node.getBoundingClientRect();
    const left = box.left - frame.left;
    if (left < 0 || box.right > frame.right) picture.scrollLeft += left - (frame.width - box.width) / 2;
    const top = box.top - frame.top;
    if (top < 0 || box.bottom > frame.bottom) picture.scrollTop += top - (frame.height - box.height) / 2;
  }

  function start(root) {
    root.dataset.ready = "";
    root.tabIndex = 0;
    const frames = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const find = (selector) => root.querySelector(selector);
    const picture = find(".picture");
    const slider = find("input[type=range]");
    const button = Object.fromEntries(
      [...root.querySelectorAll("button")].map((each) => [each.dataset.do, each]),
    );
    const parts = new Map();
    for (const part of root.querySelectorAll("[data-node], [data-edge]")) {
      parts.set(part.dataset.node ?? part.dataset.edge, part);
    }
    const gradient = (id) => parts.get(id)?.querySelector('[data-field="grad"]');
    const changed = [...new Set(frames.flatMap((frame) => Object.keys(frame.changes)))];
    const blank = new Map(changed.map((id) => [id, gradient(id)?.textContent]));
    const finishing = [...new Set(frames.flatMap((frame) => frame.finished))];
    let now = 0;
    let timer = 0;
    let flow = null;

    function show(step) {
      now = Math.max(0, Math.min(step, frames.length - 1));
      const frame = frames[now];
      const past = frames.slice(0, now + 1);
      const texts = new Map([...blank, ...past.flatMap((each) => Object.entries(each.changes))]);
      for (const [id, text] of texts) if (gradient(id)) gradient(id).textContent = text;
      const done = new Set(past.flatMap((each) => each.finished));
      for (const id of finishing) {
        parts.get(id)?.classList.toggle("done", done.has(id));
        parts.get(id)?.classList.toggle("pending", !done.has(id));
      }
      for (const [id, part] of parts) part.classList.toggle("active", frame.active.includes(id));
      flow?.remove();
      const edge = frame.sends && parts.get(frame.active[1]);
      flow = edge ? drawFlow(edge, frame.sends) : null;
      if (parts.has(frame.active[0])) reveal(picture, parts.get(frame.active[0]));

      find(".formula").textContent = frame.formula;
      find(".sentence").textContent = frame.sentence;
      find(".detail").textContent = frame.detail;
      find(".count").textContent = `Step ${now + 1} of ${frames.length}`;
      slider.value = now;
      slider.setAttribute("aria-valuetext", `Step ${now + 1} of ${frames.length}`);
      // Not `disabled`, which would take the focus away, and the keys with it.
      const ends = { first: 0, previous: 0, next: frames.length - 1, last: frames.length - 1 };
      for (const [name, end] of Object.entries(ends)) {
        button[name].setAttribute("aria-disabled", now === end);
      }
      if (now === frames.length - 1) pause();
    }

    function pause() {
      clearInterval(timer);
      timer = 0;
      button.play.textContent = "Play";
    }

    function play() {
      show(now === frames.length - 1 ? 0 : now + 1);
      if (now === frames.length - 1) return;
      timer = setInterval(() => show(now + 1), PACE);
      button.play.textContent = "Pause";
    }

    const go = {
      first: () => show(0),
      previous: () => show(now - 1),
      next: () => show(now + 1),
      last: () => show(frames.length - 1),
    };
    const keys = { Home: "first", ArrowLeft: "previous", ArrowRight: "next", End: "last", " ": "play" };

    function act(name) {
      if (name === "play") return timer ? pause() : play();
      pause();
      go[name]();
    }

    for (const [name, each] of Object.entries(button)) each.addEventListener("click", () => act(name));
    slider.addEventListener("input", () => {
      pause();
      show(Number(slider.value));
    });
    root.addEventListener("keydown", (event) => {
      const name = keys[event.key];
      const pressed = event.key === " " && event.target.closest("button"); // the browser clicks it
      if (!name || pressed || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // a notebook moves between its cells by the same keys
      act(name);
    });
    applyTheme(root);
    new MutationObserver(() => applyTheme(root)).observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"],
    });
    show(0);
  }

  for (const root of document.querySelectorAll(".chainrule-stepper:not([data-ready])")) start(root);
})();
