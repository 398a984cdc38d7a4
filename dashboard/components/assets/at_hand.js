// The line of the job at hand: brought into view, once for each time that the mark was moved, and opened by O.
//
// O clicks the line's own link, so the browser turns the page and stops refreshing the Queue. Were it the server that
// turned it, a refresh still on its way to the server would empty the new page.

const WRITTEN_IN = "input, textarea, select, [contenteditable=true]";
let line = null;

export default function ({ data }) {
  document.addEventListener("keydown", press); // the same one again is not added twice
  const asked = `.st-key-job-${data.at}`;
  if (asked !== line) requestAnimationFrame(() => document.querySelector(asked)?.scrollIntoView({ block: "nearest" }));
  line = asked;
  return () => document.removeEventListener("keydown", press);
}

function press(event) { // a browser that fills in a field sends one without a key
  if (event.key?.toLowerCase() !== "o" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!event.composedPath()[0].closest(WRITTEN_IN)) document.querySelector(`${line} a`)?.click();
}
