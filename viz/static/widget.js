// The stepper as a widget: it goes where the kernel says, tells the kernel where the learner went,
// and has sliders for numbers that the kernel computes everything from anew.

// A range about a number, in steps that are a round number.
function rangeAbout(number) {
  const span = Math.max(1, 2 * Math.abs(number));
  return { min: number - span, max: number + span, step: 10 ** (Math.floor(Math.log10(span)) - 2) };
}

// In a shadow root (marimo's) the rules for a page's own theme cannot see that page. A second body,
// which has the classes of the first and nothing else of it, stands for the page there.
function mirror() {
  const body = document.createElement("body");
  Object.assign(body.style, { all: "unset", display: "block" });
  const pages = [document.documentElement, document.body];
  const follow = () => {
    body.className = pages.map(({ className }) => className).join(" ");
  };
  const watcher = new MutationObserver(follow);
  for (const page of pages) watcher.observe(page, { attributeFilter: ["class"] });
  follow();
  return { body, unwatch: () => watcher.disconnect() };
}

function render({ model, el }) {
  const shadow = el.getRootNode() instanceof ShadowRoot ? mirror() : null;
  const around = document.createElement("div");
  around.className = `chainrule-widget chainrule-${model.get("theme")}`;
  const player = document.createElement("div");
  const fields = document.createElement("fieldset");
  const problem = document.createElement("p");
  problem.setAttribute("role", "alert");
  around.append(player, fields, problem);
  if (shadow) shadow.body.append(around);
  el.append(shadow?.body ?? around);
  // JupyterLab looks for this from the focused element up to the first that one of its keys is for.
  around.addEventListener("focusin", ({ target }) => {
    target.dataset.lmSuppressShortcuts = "true";
  });
  around.addEventListener("keydown", (event) => event.stopPropagation());
  let root = null;
  let stop = null;
  let leading = false; // the kernel leads: what the player tells then is no news

  function go() {
    leading = true;
    const detail = { step: model.get("step"), track: model.get("track") };
    root.dispatchEvent(new CustomEvent("chainrule-go", { detail }));
    leading = false;
  }

  function went({ detail }) {
    if (leading) return;
    model.set("track", detail.track);
    model.set("step", detail.step);
    model.save_changes();
  }

  // Other numbers: another player in the same place, with what was open before open again.
  function place() {
    stop?.();
    const open = [...player.querySelectorAll("details[open]")].map(({ className }) => className);
    const scrolled = player.querySelector(".picture")?.scrollLeft;
    player.innerHTML = model.get("html"); // scripts that come this way do not run
    root = player.querySelector(".chainrule-stepper");
    stop = chainruleStart(root);
    for (const details of root.querySelectorAll("details")) {
      details.open = open.includes(details.className);
    }
    go();
    if (scrolled !== undefined) root.querySelector(".picture").scrollLeft = scrolled;
    root.addEventListener("chainrule-step", went);
  }

  // One question at a time: while the kernel computes, only the latest wish is kept.
  let asked = null;
  let wish = null;
  function ask(values) {
    if (asked) {
      wish = values;
      return;
    }
    asked = values;
    model.set("wanted", values);
    model.save_changes();
  }
  function answered() {
    problem.textContent = model.get("problem");
    asked = null;
    if (wish) {
      const values = wish;
      wish = null;
      ask(values);
    } else for (const show of shown) show();
  }

  const shown = [];
  for (const [name, number] of Object.entries(model.get("values"))) {
    const label = document.createElement("label");
    const slider = Object.assign(document.createElement("input"), { type: "range" });
    const field = Object.assign(document.createElement("input"), { type: "number", step: "any" });
    slider.setAttribute("aria-label", `${name}, slider`);
    Object.assign(slider, rangeAbout(number));
    label.append(name, field);
    const row = document.createElement("div");
    row.append(label, slider);
    fields.append(row);
    const wished = () => (wish ?? asked ?? model.get("values"))[name];
    for (const input of [slider, field]) {
      input.addEventListener("input", () => {
        const chosen = input.valueAsNumber;
        if (!Number.isFinite(chosen)) return; // an empty field, or half a number
        const other = input === slider ? field : slider;
        other.value = chosen;
        ask({ ...(wish ?? asked ?? model.get("values")), [name]: chosen });
      });
    }
    shown.push(() => {
      const now = wished();
      if (now < Number(slider.min) || now > Number(slider.max)) Object.assign(slider, rangeAbout(now));
      slider.value = now;
      if (field.valueAsNumber !== now) field.value = now;
    });
  }
  for (const show of shown) show();
  fields.hidden = !shown.length;

  place();
  model.on("change:html", place);
  model.on("change:step", go);
  model.on("change:track", go);
  model.on("change:answers", answered);
  return () => {
    stop();
    model.off("change:html", place);
    model.off("change:step", go);
    model.off("change:track", go);
    model.off("change:answers", answered);
    shadow?.unwatch();
    (shadow?.body ?? around).remove();
  };
}

export default { render };
