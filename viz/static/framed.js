// A page in a frame of its own takes over the theme of the page around it, and is as high as needed.
(() => {
  "use strict";
  const frame = window.frameElement;
  if (!frame) return; // not in a frame, or in one that may not look outside
  const here = document.documentElement;
  const around = [frame.ownerDocument.documentElement, frame.ownerDocument.body];

  function follow() {
    const theme = ["dark", "light"].find((name) => around.some((each) => each.classList.contains(name)));
    here.className = theme ?? "";
    here.style.colorScheme = theme ?? "light dark";
  }
  const watcher = new MutationObserver(follow);
  for (const each of around) watcher.observe(each, { attributes: true, attributeFilter: ["class"] });
  follow();
  new ResizeObserver(() => {
    frame.style.height = `${here.offsetHeight + 4}px`;
  }).observe(here);
})();
