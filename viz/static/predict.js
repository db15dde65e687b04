// predict: the next number is hidden, the learner types it, and is told at once whether it is right.

const TRIES = 2;

// What a learner may type for a number: -3, 1/3, -2*3, 1 - 0.46^2. NaN for what is none.
function calculated(text) {
  const plain = text.toLowerCase().replaceAll("−", "-").replace(/[×·]/g, "*").replaceAll("÷", "/");
  const token = /\s*(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan|\*\*|[-+*/^()])/y;
  const tokens = [];
  for (let match; (match = token.exec(plain)); ) tokens.push(match[1]);
  if (tokens.join("") !== plain.replace(/\s/g, "")) return undefined;
  const take = (...wanted) => (wanted.includes(tokens[0]) ? tokens.shift() : "");

  function sum() {
    let result = product();
    for (let sign; (sign = take("+", "-")); ) result += sign === "+" ? product() : -product();
    return result;
  }
  function product() {
    let result = signed();
    for (let sign; (sign = take("*", "/")); ) sign === "*" ? (result *= signed()) : (result /= signed());
    return result;
  }
  function signed() {
    const sign = take("+", "-");
    if (sign) return sign === "-" ? -signed() : signed();
    const base = atom();
    return take("^", "**") ? base ** signed() : base;
  }
  function atom() {
    if (take("(")) {
      const result = sum();
      if (!take(")")) throw new SyntaxError(text);
      return result;
    }
    const word = tokens.shift() ?? "";
    if (word.startsWith("inf")) return Infinity;
    if (word === "nan") return NaN;
    if (!/^[\d.]/.test(word)) throw new SyntaxError(text);
    return Number(word);
  }
  try {
    const result = sum();
    return tokens.length ? undefined : result;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// Within 1 %, which three significant figures always are.
function isRight(given, answer) {
  if (!Number.isFinite(answer)) return Object.is(given, answer);
  return Math.abs(given - answer) <= Math.abs(answer) / 100 + 1e-12;
}

function addPredict({ root, stages, show, state }) {
  const form = root.querySelector("form.predict");
  const find = (selector) => form.querySelector(selector);
  const [asks, field, verdict] = [find(".asks"), find("input"), find(".verdict")];
  const [submit, reveal] = form.querySelectorAll("button");
  const reached = new Map(); // by track, the last step that is open
  let on = false;
  let [right, asked, tries] = [0, 0, 0];

  const open = () => reached.get(state.track.name) ?? 0;
  const isQuestion = (step) => on && step > open() && state.track.frames[step].answer !== null;

  // No further than the next question; what lies before it is open then.
  function allowed(step) {
    if (!on) return step;
    let next = open() + 1;
    while (next <= step && !isQuestion(next)) next += 1;
    reached.set(state.track.name, Math.max(open(), Math.min(step, next - 1)));
    return Math.min(step, next);
  }

  const target = (frame) => /^(.*?) (?:\+?=|≈) /.exec(frame.formula)?.[0] ?? "The number is ";

  // What may be read while the number is hidden.
  function question(frame) {
    const name = target(frame);
    return {
      formula: `${name}?`,
      sentence: "Which number comes here? Work it out from the picture; 1/3 or -2*3 will do.",
      detail: "",
    };
  }

  function say(words, kind = "") {
    verdict.className = `verdict ${kind}`;
    verdict.textContent = words;
  }

  function shown() {
    const asking = isQuestion(state.step);
    if (!on) return;
    const { frames } = state.track;
    const [here, inForm] = [root, form].map((part) => part.contains(document.activeElement));
    tries = 0;
    field.value = "";
    asks.textContent = asking ? target(frames[state.step]) : "";
    submit.textContent = asking ? "Answer" : "Next number";
    find("label").hidden = reveal.hidden = !asking;
    find(".score").textContent = asked ? `${right} of ${asked} right` : "";
    if (asking && here) field.focus({ preventScroll: true });
    else if (inForm) submit.focus({ preventScroll: true }); // what had the focus is hidden now
    const left = (step) => frames.slice(step).some((frame) => frame.answer !== null);
    if (!left(0)) say("There is no number to predict here: arrays, or numbers too small for three figures.");
    else if (asking) say("");
    else say(left(state.step + 1) ? "Go on to the next number." : "No number is left to predict.");
  }

  function settle(won, words) {
    asked += 1;
    right += won;
    reached.set(state.track.name, state.step);
    show(state.step);
    say(words, won ? "right" : "wrong");
  }

  function answer(event) {
    event.preventDefault();
    if (!isQuestion(state.step)) return show(nextQuestion());
    const wanted = state.track.frames[state.step].answer;
    const [typed, given] = [field.value.trim(), calculated(field.value)];
    if (given === undefined) return say("Type a number, such as -3, 0.25, 1/3 or -2*3.");
    tries += 1;
    field.select();
    const near = Math.abs(given - wanted) < Math.abs(wanted) / 10;
    const close = near ? " That is close: the picture's numbers are rounded to three figures." : "";
    if (isRight(given, wanted)) settle(true, `✓ Right: ${number(wanted)}.`);
    else if (tries < TRIES) say(`✗ Not ${typed}. Try once more.${close}`, "wrong");
    else settle(false, `✗ Not ${typed}: it is ${number(wanted)}.${close}`);
  }

  function nextQuestion() {
    const next = state.track.frames.findIndex((frame, step) => isQuestion(step));
    return next < 0 ? state.track.frames.length - 1 : next;
  }

  function turn(now) {
    on = now;
    form.hidden = !on;
    root.classList.toggle("predicting", on);
    [right, asked] = [0, 0];
    reached.clear();
    if (on) reached.set(state.track.name, state.step);
    for (const { svg } of stages) hideTitles(svg, on);
    if (on) submit.focus({ preventScroll: true });
  }

  form.addEventListener("submit", answer);
  reveal.addEventListener("click", () => {
    settle(false, `It is ${number(state.track.frames[state.step].answer)}.`);
  });

  return { allowed, isQuestion, question, shown, turn, open, get on() { return on; } };
}

const told = new WeakMap();

// What a picture tells on hovering and in its long description may be an answer.
function hideTitles(svg, hide) {
  for (const each of svg.querySelectorAll("title, desc")) {
    if (!told.has(each)) told.set(each, each.textContent);
    each.textContent = hide ? "" : told.get(each);
  }
}
