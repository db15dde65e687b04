// player: one stepper. A frame holds what it changes, so step i is the untouched picture with the
// changes of frames 0 to i.

const PACE = 1600; // milliseconds a step while playing

// The page's data, see `data` in page.py, with a record for each frame.
function decoded(text) {
  const data = JSON.parse(text);
  for (const track of data.tracks) {
    const fields = Object.entries(track.columns);
    track.frames = track.columns.sentence.map((_, step) => {
      const frame = Object.fromEntries(fields.map(([field, column]) => [field, column[step]]));
      frame.forward = track.name === "forward";
      frame.changes = Object.entries(frame.changes);
      frame.data = Object.entries(frame.data);
      frame.answer = frame.answer === null ? null : Number(frame.answer);
      return frame;
    });
    track.finishes = new Set(track.frames.flatMap((frame) => frame.finished));
  }
  return data;
}

// The step at which a value is complete.
function completes(track, id) {
  const finished = track.frames.findIndex((frame) => frame.finished.includes(id));
  if (finished >= 0) return finished;
  return track.frames.findLastIndex((frame) =>
    [...frame.changes, ...frame.data].some(([changed]) => changed === id),
  );
}

function start(root) {
  if (root.chainruleStop) return root.chainruleStop;
  const find = (selector) => root.querySelector(selector);
  const json = find('script[type="application/json"]');
  if (!json) return null; // another stepper's, still packed
  const data = decoded(json.textContent);
  const tracks = new Map(data.tracks.map((track) => [track.name, track]));
  const state = { track: data.tracks[0], step: 0 };
  const figures = find(".figures");
  const slider = find("input[type=range]");
  const chooser = find('select[name="track"]');
  const speed = find('select[name="speed"]');
  const button = Object.fromEntries(
    [...root.querySelectorAll("button[data-do]")].map((each) => [each.dataset.do, each]),
  );
  const last = () => state.track.frames.length - 1;
  let timer = 0;
  let told = "";

  find(".unscripted")?.remove();
  for (const part of root.querySelectorAll(".bar, .controls, details")) part.hidden = false;
  root.tabIndex = 0;

  // A second picture for comparisons is a copy of the first, so that the page holds one.
  const main = figures.firstElementChild;
  while (main.nextElementSibling) main.nextElementSibling.remove();
  const second = main.cloneNode(true);
  second.firstElementChild.hidden = false;
  const stages = [main, second].map((figure) => stage(figure.querySelector("svg"), data.badges));

  const shared = { root, data, state, stages, show };
  const paths = addPaths(shared);
  const predict = (shared.predict = addPredict(shared));
  const steps = addSteps(shared);
  const source = addSource(shared);
  const checks = addChecks(shared);
  const arrays = addArrays(shared);
  const room = addRoom(shared);
  addMarks(shared);

  function show(step) {
    state.step = predict.allowed(Math.max(0, Math.min(step, last())));
    const { track } = state;
    const frame = track.frames[state.step];
    const asking = predict.isQuestion(state.step);
    const beside = predict.on ? undefined : tracks.get(track.beside);
    stages[0].show(track, state.step, asking);
    main.firstElementChild.hidden = !beside;
    if (!beside) second.remove();
    else {
      if (!second.isConnected) figures.append(second);
      const there = Math.min(state.step, beside.frames.length - 1);
      stages[1].show(beside, there, false);
      caption(main, track, state.step);
      caption(second, beside, there);
    }
    const words = asking ? predict.question(frame) : frame;
    for (const name of ["formula", "sentence", "detail"]) find(`.words .${name}`).textContent = words[name];
    find(".words").classList.toggle("first-wrong", state.step === track.first_wrong && !asking);
    const count = `Step ${state.step + 1} of ${track.frames.length}`;
    find(".count").textContent = count;
    slider.value = state.step;
    slider.setAttribute("aria-valuetext", count);
    // Not `disabled`, which would take the focus away, and the keys with it.
    const ends = { first: 0, previous: 0, next: last(), last: last() };
    for (const [name, end] of Object.entries(ends)) {
      button[name].setAttribute("aria-disabled", state.step === end);
    }
    if (state.step === last() || asking) pause();
    for (const each of [predict, steps, source, arrays]) each.shown();
    const now = JSON.stringify({ step: state.step, track: track.name });
    if (told && now !== told) {
      root.dispatchEvent(new CustomEvent("chainrule-step", { bubbles: true, detail: JSON.parse(now) }));
    }
    told = now;
  }

  function caption(figure, track, step) {
    const { touched, formula } = track.frames[step];
    const edges = touched ? `, ${touched} ${touched === 1 ? "edge" : "edges"} touched` : "";
    figure.firstElementChild.replaceChildren(
      element("b", {}, track.title),
      ` step ${step + 1} of ${track.frames.length}${edges}`,
      ...(figure === second ? [element("span", { class: "formula" }, formula)] : []),
    );
  }

  function choose(name, step = 0) {
    pause();
    state.track = tracks.get(name);
    chooser.value = name;
    root.dataset.track = name;
    slider.max = last();
    const { about, first_wrong } = state.track;
    find(".about p").textContent = about;
    find(".about").hidden = !about;
    button.wrong.hidden = first_wrong < 0;
    button.wrong.textContent = `Go to the first wrong step, ${first_wrong + 1}`;
    arrays.reserve();
    room.reserve();
    show(step);
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    button.play.textContent = "Play";
  }

  function tick() {
    if (root.isConnected) show(state.step + 1);
    else stop();
  }

  function play() {
    button.play.textContent = "Pause";
    timer = setInterval(tick, PACE / Number(speed.value));
    show(state.step === last() ? 0 : state.step + 1);
  }

  function press(name, on) {
    button[name].setAttribute("aria-pressed", on);
    (name === "paths" ? paths : predict).turn(on);
  }

  const go = {
    first: () => show(0),
    previous: () => show(state.step - 1),
    next: () => show(state.step + 1),
    last: () => show(last()),
    wrong: () => show(state.track.first_wrong),
    // One of the two at a time: the paths would tell what is to be predicted.
    predict: () => {
      const on = !predict.on;
      if (paths.on) press("paths", false);
      press("predict", on);
      checks.hidden = on;
      show(state.step);
    },
    paths: () => {
      const on = !paths.on;
      if (predict.on) go.predict();
      press("paths", on);
    },
    help: () => {
      find(".keys").hidden = !find(".keys").hidden;
      button.help.setAttribute("aria-expanded", !find(".keys").hidden);
    },
  };

  function act(name) {
    if (name === "play") return timer ? pause() : play();
    if (name !== "help") pause();
    go[name]();
  }

  // Every value is a button; one of them is a tab stop, and up and down lead to the others.
  const values = [...stages[0].parts.values()].filter((part) => part.dataset.node?.startsWith("v"));
  function pick(node) {
    const id = node.dataset.node;
    if (paths.on) return paths.choose(id);
    const step = completes(state.track, id);
    if (step >= 0) return show(step);
    find(".words .sentence").textContent = `Nothing comes to ${data.names[id]} in any of these steps.`;
  }
  stages[0].svg.setAttribute("role", "group");
  for (const [i, node] of values.entries()) {
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", i ? -1 : 0);
    node.addEventListener("click", () => pick(node));
    node.addEventListener("focus", () => {
      for (const other of values) other.setAttribute("tabindex", other === node ? 0 : -1);
    });
  }

  const keys = {
    Home: "first", ArrowLeft: "previous", ArrowRight: "next", End: "last", " ": "play", "?": "help",
  };
  function keydown(event) {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const typing = target.matches('input[type="text"]');
    if (typing) event.stopPropagation(); // to a notebook, letters and digits are commands
    if (target.matches("select, summary") || (typing && (target.value || key === " " || key === "?"))) return;
    const node = target.closest("[data-node]");
    const at = values.indexOf(node);
    if (node && (key === "Enter" || key === " ")) pick(node);
    else if (node && key === "ArrowDown") values[Math.min(at + 1, values.length - 1)].focus();
    else if (node && key === "ArrowUp") values[Math.max(at - 1, 0)].focus();
    else if (key in keys && !(key === " " && target.closest("button"))) act(keys[key]);
    else return;
    event.preventDefault();
    event.stopPropagation(); // a notebook moves between its cells by the same keys
  }

  // On paper, the table stands for the steps that cannot be gone through.
  let opened = true;
  function beforePrint() {
    if (!root.isConnected) return stop();
    opened = steps.details.open;
    steps.details.open = true;
    steps.shown();
  }
  function afterPrint() {
    steps.details.open = opened;
  }
  window.addEventListener("beforeprint", beforePrint);
  window.addEventListener("afterprint", afterPrint);

  function stop() {
    pause();
    room.stop();
    window.removeEventListener("beforeprint", beforePrint);
    window.removeEventListener("afterprint", afterPrint);
  }

  for (const [name, each] of Object.entries(button)) {
    if (name in go || name === "play") each.addEventListener("click", () => act(name));
  }
  slider.addEventListener("input", () => {
    pause();
    show(Number(slider.value));
  });
  speed.addEventListener("change", () => {
    if (!timer) return;
    clearInterval(timer);
    timer = setInterval(tick, PACE / Number(speed.value));
  });
  chooser.addEventListener("change", () => choose(chooser.value));
  root.addEventListener("keydown", keydown);
  // Notebook 7 takes the arrow keys from all that does not ask for them.
  root.addEventListener("focusin", ({ target }) => {
    target.dataset.lmSuppressShortcuts = "true";
  });
  root.addEventListener("chainrule-go", ({ detail }) => {
    pause();
    const { track = state.track.name, step = track === state.track.name ? state.step : 0 } = detail;
    if (track === state.track.name) show(step);
    else if (tracks.has(track)) choose(track, step);
  });
  root.chainruleStop = stop;
  for (const name of ["paths", "predict"]) press(name, false); // a page may be saved while one is on
  choose(data.tracks[0].name);
  return stop;
}
