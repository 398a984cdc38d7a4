// The lens: one face, or its whole frame, with the heatmap laid over it as strongly as the slider says.
// Streamlit calls the exported function again at every rerun; all that lasts is kept in one Lens per element.

const lenses = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  if (!lenses.has(parentElement)) lenses.set(parentElement, new Lens(parentElement));
  lenses.get(parentElement).update(data);
  return () => lenses.delete(parentElement);
}

// Magma, dark to light: its lightness rises steadily, so that it reads in grey and by colour-blind readers too.
const MAGMA = [[44, 17, 95], [114, 31, 129], [183, 55, 121], [241, 96, 93], [254, 176, 120], [252, 253, 191]];

class Lens {
  constructor(root) {
    this.canvas = root.querySelector("canvas");
    this.slider = root.querySelector("input");
    this.output = root.querySelector("output");
    this.what = root.querySelector(".what");
    this.scale = root.querySelector(".scale");
    this.caption = root.querySelector(".caption");
    this.buttons = [...root.querySelectorAll("button")];
    this.view = null;
    this.slider.oninput = () => this.draw();
    for (const button of this.buttons) button.onclick = () => this.choose(button.dataset.view);
  }

  async update(data) {
    if (this.heatUrl === data.heat) return;
    this.heatUrl = data.heat;
    this.place = { matrix: data.to_frame, scale: data.frame_scale };
    const [crop, heat, frame] = await Promise.all([data.crop, data.heat, data.frame].map(read));
    if (this.heatUrl !== data.heat) return; // a newer moment was asked for meanwhile
    const { canvas, peak } = coloured(heat);
    Object.assign(this, { crop, heat: canvas, frame });
    this.tell(peak < data.faint, data);
    this.choose(this.view ?? data.view);
  }

  // Darkness alone would be taken for "looked least", as if there were a place where it looked most.
  tell(nowhere, data) {
    this.scale.hidden = nowhere;
    this.caption.textContent = nowhere ? data.nowhere : data.caption;
    this.canvas.setAttribute("aria-label", this.caption.textContent);
  }

  choose(view) {
    this.view = view;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    this.draw();
  }

  draw() {
    this.output.textContent = `${this.slider.value} %`;
    this.what.textContent = this.view === "wipe" ? "Edge" : "Heatmap";
    if (!this.heat) return;
    const picture = this.view === "frame" ? this.frame : this.crop;
    this.canvas.width = picture.width * (this.view === "side" ? 2 : 1);
    this.canvas.height = picture.height;
    const brush = this.canvas.getContext("2d");
    brush.drawImage(picture, 0, 0);
    this[`${this.view}Over`](brush, this.slider.value / 100);
    this.canvas.dataset.drawn = this.view;
  }

  // The views: each lays the heatmap over the picture that is drawn already. `part` is what the slider says, 0 to 1.

  cropOver(brush, part) {
    brush.globalAlpha = part;
    brush.drawImage(this.heat, 0, 0);
  }

  frameOver(brush, part) {
    brush.globalAlpha = part;
    brush.setTransform(...this.cropToPicture());
    brush.drawImage(this.heat, 0, 0);
  }

  sideOver(brush, part) {
    brush.drawImage(this.crop, this.crop.width, 0);
    brush.globalAlpha = part;
    brush.drawImage(this.heat, this.crop.width, 0);
  }

  wipeOver(brush, part) {
    const edge = Math.round(part * this.crop.width);
    brush.save();
    brush.beginPath();
    brush.rect(0, 0, edge, this.crop.height);
    brush.clip();
    brush.drawImage(this.heat, 0, 0);
    brush.restore();
    brush.fillStyle = "#fff";
    brush.fillRect(edge - 0.5, 0, 1, this.crop.height);
  }

  // The canvas takes a matrix column by column; ours is row by row, to pixels of the unscaled frame.
  cropToPicture() {
    const [a, b, x, c, d, y] = this.place.matrix.map((value) => value * this.place.scale);
    return [a, c, b, d, x, y];
  }
}

async function read(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

// A grey heatmap as colours, and its brightest value, 0 to 1; what was looked at least stays clear, so that the face
// can be seen.
function coloured(heat) {
  const canvas = document.createElement("canvas");
  canvas.width = heat.width;
  canvas.height = heat.height;
  const brush = canvas.getContext("2d");
  brush.drawImage(heat, 0, 0);
  const pixels = brush.getImageData(0, 0, canvas.width, canvas.height);
  let peak = 0;
  for (let i = 0; i < pixels.data.length; i += 4) {
    const value = pixels.data[i] / 255;
    peak = Math.max(peak, value);
    pixels.data.set(magma(value), i);
    pixels.data[i + 3] = 255 * Math.min(1, 0.25 + value);
  }
  brush.putImageData(pixels, 0, 0);
  return { canvas, peak };
}

function magma(value) {
  const place = value * (MAGMA.length - 1);
  const low = Math.min(Math.floor(place), MAGMA.length - 2);
  return MAGMA[low].map((colour, i) => colour + (place - low) * (MAGMA[low + 1][i] - colour));
}
