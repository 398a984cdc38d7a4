// Brings the line of the job at hand into view, once for each time that the mark was moved.

let last = null;

export default function ({ data }) {
  if (data.at === last) return;
  last = data.at;
  requestAnimationFrame(() => document.querySelector(`.st-key-job-${data.at}`)?.scrollIntoView({ block: "nearest" }));
}
