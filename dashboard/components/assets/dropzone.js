// The drop zone: files go to the desk one after another as a stream, never through memory as a whole.
// Streamlit calls the exported function again at every rerun; all that lasts is kept in one Dropzone per element.

const dropzones = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  if (!dropzones.has(parentElement)) dropzones.set(parentElement, new Dropzone(parentElement));
  const dropzone = dropzones.get(parentElement);
  dropzone.show(data);
  dropzone.tell = (answer) => setTriggerValue("received", answer);
  return () => dropzones.delete(parentElement);
}

class Dropzone {
  constructor(root) {
    this.target = root.querySelector(".target");
    this.list = root.querySelector(".sending");
    this.input = root.querySelector("input");
    this.waiting = Promise.resolve();
    this.input.onchange = () => {
      this.take(this.input.files);
      this.input.value = "";
    };
    this.target.ondragover = (event) => this.over(event, true);
    this.target.ondragleave = (event) => this.over(event, false);
    this.target.ondrop = (event) => {
      this.over(event, false);
      this.take(event.dataTransfer.files);
    };
  }

  // Where files go, which ones, and what is said of them.
  show({ to, wish, accept, title, kinds, many }) {
    Object.assign(this, { to, wish });
    Object.assign(this.input, { accept, multiple: many });
    this.target.querySelector("strong").textContent = title;
    this.target.querySelector(".kinds").textContent = kinds;
  }

  over(event, inside) {
    event.preventDefault();
    this.target.classList.toggle("over", inside);
  }

  // What was wished when the files were dropped holds for them, whatever is chosen while they wait.
  take(files) {
    const { to, wish } = this;
    for (const file of files) {
      const line = new Line(file);
      this.list.append(line.item);
      this.waiting = this.waiting.then(() => this.send(file, line, `${to}?${new URLSearchParams({ ...wish, name: file.name })}`));
    }
  }

  async send(file, line, address) {
    const answer = await line.send(file, address);
    const came = answer.job ?? answer.case;
    if (!came && answer.message) return line.refuse(answer.message);
    line.item.remove();
    if (came) this.tell(answer); // a refused file has its job, and its reason stands there
  }
}

class Line {
  constructor(file) {
    this.item = document.createElement("li");
    this.name = this.add("span", "name", file.name);
    this.progress = this.add("progress", "");
    this.share = this.add("span", "share", "waits");
    this.stop = this.add("button", "", "Cancel");
    this.stop.type = "button";
    this.stop.onclick = () => this.cancel();
    this.progress.max = file.size || 1;
    this.progress.value = 0;
  }

  add(tag, name, text = "") {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    this.item.append(element);
    return element;
  }

  cancel() {
    this.cancelled = true;
    this.request?.abort();
    this.item.remove();
  }

  // XMLHttpRequest: fetch doesn't say how much of an upload has gone.
  send(file, address) {
    if (this.cancelled) return { job: null };
    return new Promise((done) => {
      const request = (this.request = new XMLHttpRequest());
      request.open("POST", address);
      request.setRequestHeader("X-Telltale", "upload");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = ({ loaded }) => this.show(loaded / (file.size || 1));
      request.onload = () => done(reply(request));
      request.onerror = () => done({ message: "The desk did not answer. Is it still running? Then try again." });
      request.onabort = () => done({ job: null });
      request.send(file);
    });
  }

  show(share) {
    this.progress.value = share * this.progress.max;
    this.share.textContent = share < 1 ? `${Math.floor(share * 100)} %` : "checking";
    this.stop.hidden = share >= 1; // all of it has gone: the desk no longer hears that it should stop
  }

  refuse(message) {
    this.progress.remove();
    this.share.className = "refused";
    this.share.textContent = message;
    this.stop.textContent = "Dismiss";
    this.stop.hidden = false;
  }
}

function reply(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return { message: `The desk could not take this file (${request.status}). Try again.` };
  }
}
