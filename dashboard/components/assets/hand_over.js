// Puts what the page has begun into a cookie that no script can read. Once: a refusal is said, not tried again.

const handed = new WeakSet();

export default function (component) {
  const { parentElement, data } = component;
  if (handed.has(parentElement)) return;
  handed.add(parentElement);
  hand(data.secret, parentElement.querySelector(".handing"));
}

async function hand(secret, line) {
  try {
    const headers = { "X-Telltale": "door", "Content-Type": "application/json" };
    const answer = await fetch("/sign-in/provider", { method: "POST", headers, body: JSON.stringify({ secret }) });
    if (answer.ok) return location.reload();
    line.textContent = (await answer.json()).message;
  } catch {
    line.textContent = "The desk did not answer. Is it still running? Then open it again.";
  }
}
