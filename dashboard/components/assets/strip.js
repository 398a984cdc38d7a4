// The frames that weigh most, as a strip of faces: a click goes there.

class Strip {
  constructor(root, go) {
    this.whole = root.querySelector(".kept");
    this.list = root.querySelector(".strip");
    this.go = go;
  }

  fill(pictures) {
    this.list.replaceChildren(...pictures.map((picture) => this.item(picture)));
    this.whole.hidden = !pictures.length;
  }

  item(picture) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const image = document.createElement("img");
    const label = document.createElement("span");
    button.type = "button";
    button.dataset.time = picture.time;
    button.dataset.person = picture.track;
    image.src = picture.crop;
    image.alt = "";
    label.className = "label";
    label.textContent = `${picture.track} · ${clock(picture.time)}`;
    button.append(image, label);
    button.onclick = () => this.go(picture.time, picture.track);
    item.append(button);
    return item;
  }

  mark(time, person, slack) {
    for (const button of this.list.children) {
      const { dataset } = button.firstChild;
      const here = Math.abs(Number(dataset.time) - time) <= slack && (!person || dataset.person === person);
      button.firstChild.setAttribute("aria-current", String(here));
    }
  }
}
