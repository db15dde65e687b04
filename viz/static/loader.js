// loader: unpacks the style, the data and the player, which take a third of the room packed.
{
  const unpacked = async ({ textContent }) => {
    const bytes = Uint8Array.from(atob(textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  };
  const load = async (root) => {
    const packed = [...root.querySelectorAll(':scope > script[type="text/plain"]')];
    if (!packed.length || root.chainruleLoads) return;
    root.chainruleLoads = true; // another stepper on the page brings another loader
    const texts = await Promise.all(packed.map(unpacked));
    for (const [i, { dataset }] of packed.entries()) {
      const style = dataset.as === "style";
      const made = document.createElement(style ? "style" : "script");
      if (!style) made.type = dataset.as;
      made.textContent = texts[i];
      packed[i].replaceWith(made);
    }
  };
  for (const root of document.querySelectorAll(".chainrule-stepper")) load(root);
}
