// Leave: the cookie is taken back, and the page opens anew, so that nothing of what was on it stays.

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const button = parentElement.querySelector("button");
  button.onclick = async () => {
    button.disabled = true;
    try {
      await fetch("/sign-out", { method: "POST", headers: { "X-Telltale": "door" } });
    } catch {
      button.disabled = false;
      button.textContent = "The desk did not answer. Try again";
      return;
    }
    if (data.provided) setTriggerValue("left", true);
    else location.assign("/");
  };
}
