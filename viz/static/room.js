// room: the words of every step get the room of the longest, so that nothing below them moves.

function addRoom({ root, state }) {
  const words = root.querySelector(".words");
  let measured = 0;

  // All steps at once in a copy that nobody sees, which is one layout for all of them.
  function reserve() {
    const { frames, first_wrong } = state.track;
    const hidden = element("div", { class: "measured", "aria-hidden": "true" });
    for (const [step, frame] of frames.entries()) {
      const copy = words.cloneNode(true);
      copy.removeAttribute("aria-live");
      copy.removeAttribute("style");
      copy.classList.toggle("first-wrong", step === first_wrong);
      for (const name of ["formula", "sentence", "detail"]) {
        copy.querySelector(`.${name}`).textContent = frame[name];
      }
      hidden.append(copy);
    }
    measured = words.clientWidth;
    hidden.style.width = `${measured}px`;
    words.parentNode.append(hidden);
    const highest = Math.max(...[...hidden.children].map((copy) => copy.offsetHeight));
    hidden.remove();
    words.style.minHeight = `${highest}px`;
  }

  const watcher = new ResizeObserver(() => {
    if (words.clientWidth !== measured) reserve();
  });
  watcher.observe(words);
  return { reserve, stop: () => watcher.disconnect() };
}
