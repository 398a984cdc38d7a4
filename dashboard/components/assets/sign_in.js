// The sign-in form. What is typed goes to the door alone; the cookie that comes back can't be read by any script.

export default function (component) {
  const form = component.parentElement.querySelector("form");
  form.onsubmit = (event) => {
    event.preventDefault();
    enter(form);
  };
}

async function enter(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  const refusal = await ask(Object.fromEntries(new FormData(form)));
  if (!refusal) return location.reload(); // a new page: its connection carries the cookie
  button.disabled = false;
  const line = form.querySelector(".refused");
  line.textContent = refusal;
  line.hidden = false;
  form.elements.password.value = "";
  form.elements.password.focus();
}

async function ask(said) {
  try {
    const headers = { "X-Telltale": "door", "Content-Type": "application/json" };
    const answer = await fetch("/sign-in", { method: "POST", headers, body: JSON.stringify(said) });
    return answer.ok ? null : (await answer.json()).message;
  } catch {
    return "The desk did not answer. Is it still running? Then try again.";
  }
}
