// The player: the clip with a box over each face, a line for each person, and the frames that weigh most.
// Streamlit calls the exported function again at every rerun; all that lasts is kept in one Player per element.

const players = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement));
  const player = players.get(parentElement);
  player.tell = (moment) => setStateValue("moment", moment);
  player.update(data);
  return () => {
    player.stop();
    players.delete(parentElement);
  };
}

const HAVE_FRAME = 2; // of HTMLMediaElement.readyState: there is a picture for the current time
const SNAP = 6; // px: a click this near to a scored frame means that frame
const PATIENCE = 1500; // ms between two looks at how far a copy has come
const NOT_GIVEN = [404, 409]; // with a sentence that says why: the file is gone, or is no longer what came in
const NEAREST = "You see the kept frame nearest to the time.";
const COPIED = "Played from a copy in H.264. The original is untouched.";

class Player {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.box = find(".player");
    this.video = find("video");
    this.still = find(".still");
    this.boxes = find(".boxes");
    this.notice = find(".notice");
    this.timeline = new Timeline(find(".timeline"));
    this.strip = new Strip(root, (time, person) => {
      this.person = person;
      this.seek(time);
    });
    this.output = find(".time");
    this.frame = find(".frame");
    this.from = find(".from");
    this.controls = { play: find(".play"), back: find(".back"), forth: find(".forth"), sound: find(".sound"), speed: find("select") };
    this.shown = 0; // presentation time of the frame on the screen, s
    this.target = null; // number of the frame that was sought; none once the clip plays
    this.times = FrameTimes.counted(0, 25);
    this.source = null;
    this.seekId = null;
    this.evidence = null;
    this.playable = true;
    this.together = new Together(this);
    this.listen();
  }

  listen() {
    const { play, back, forth, sound, speed } = this.controls;
    play.onclick = () => this.toggle();
    back.onclick = () => this.step(-1);
    forth.onclick = () => this.step(1);
    speed.onchange = () => this.hurry(speed.value);
    this.box.addEventListener("pointerdown", () => this.together.lead());
    sound.onclick = () => this.mute(!this.video.muted);
    this.mute(true);
    this.video.onerror = () => this.useCopy();
    this.still.onerror = () => this.missStill();
    this.video.onseeked = () => this.video.seeking || this.settled();
    this.video.onplay = this.video.onpause = () => this.turned();
    this.video.onended = () => this.report();
    this.boxes.onclick = (event) => this.choose(event);
    this.timeline.canvas.onclick = (event) => this.jump(event);
    this.onkey = (event) => this.press(event);
    document.addEventListener("keydown", this.onkey);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.box);
    this.watch();
  }

  stop() {
    this.source = null;
    document.removeEventListener("keydown", this.onkey);
    this.together.stop();
    this.resized.disconnect();
    clearTimeout(this.telling);
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }

  // What Python says

  update(data) {
    const people = JSON.stringify(data.people);
    const filtered = people !== this.filter;
    Object.assign(this, { people: data.people, filter: people });
    this.together.update(data.together);
    if (data.evidence !== this.source) this.load(data);
    else if (filtered && this.evidence) this.lay();
    if (data.seek && data.seek.id !== this.seekId) {
      this.seekId = data.seek.id;
      this.person = data.seek.person ?? this.person;
      this.seek(data.seek.time, false);
    }
    this.box.style.setProperty("--shape", data.shape);
    this.colours = readColours(this.box);
    this.draw();
  }

  async load(data) {
    const source = data.evidence;
    Object.assign(this, { source, data, evidence: null, target: null, playable: true, copied: false });
    this.say("");
    this.from.textContent = "";
    this.box.classList.toggle("picture", this.picture);
    this.showStill(this.picture);
    this.timeline.reserve(data.lines);
    const answer = await fetch(source);
    if (!answer.ok) return this.say(`The evidence could not be read (${answer.status}). Reload the page.`);
    const evidence = await answer.json();
    if (this.source !== source) return undefined; // another clip was asked for meanwhile
    this.evidence = evidence;
    this.times = FrameTimes.counted(evidence.duration ?? 0, evidence.fps || 25);
    this.lay();
    this.show();
    return this.picture ? undefined : this.readTimes(source);
  }

  async readTimes(source) {
    try {
      const times = await FrameTimes.read(this.data.frames, this.evidence.duration);
      if (this.source !== source) return;
      this.times = times;
    } catch {
      return; // they stay counted out, and the number of the frame says "about"
    }
    if (this.playable) this.shown = this.times.times[this.times.shown(this.shown)];
    if (this.video.paused) this.seek(this.wanted ?? 0, this.tellNext);
    this.draw(); // the picture may have stood there first, and the browser announces no frame twice
  }

  // The people who are shown, each with a line, a box and a place in the strip.
  get tracks() {
    return this.evidence.tracks.filter((track) => this.shows(track.id));
  }

  shows(person) {
    return !this.people || this.people.includes(person);
  }

  lay() {
    this.timeline.lay(this.tracks);
    this.strip.fill(this.evidence.pictures.filter(({ track }) => this.shows(track)));
    this.draw();
  }

  get picture() {
    return this.data.picture;
  }

  show() {
    this.still.onload = () => this.draw();
    if (this.picture) return (this.still.src = this.data.original);
    this.video.poster = nearest(this.evidence.pictures, this.wanted ?? 0)?.frame ?? "";
    if (!this.data.plays) return this.useCopy();
    this.video.src = this.data.original;
    return this.seek(this.wanted ?? 0, false);
  }

  showStill(visible) {
    this.still.hidden = !visible;
    this.video.hidden = visible;
  }

  // What the browser can't play it plays from a copy; until that is made, the kept frames are shown.
  async useCopy() {
    if (!this.evidence || this.picture) return;
    const source = this.source;
    this.playable = false;
    this.showStill(true);
    this.present(this.wanted ?? 0);
    const refusal = await this.refusal(this.data.original);
    if (this.source !== source) return;
    if (refusal) return this.say(`${refusal} ${NEAREST}`);
    const near = "Until then you see the kept frame nearest to the time.";
    while (!this.copied) {
      const answer = await fetch(this.data.copy);
      if (this.source !== source) return;
      const { ready, refused, share } = answer.ok ? await answer.json() : { refused: `(${answer.status})` };
      if (ready) return this.playCopy(ready);
      if (refused) break;
      this.say(`Making a copy that your browser can play: ${Math.floor(100 * share)} %. ${near}`);
      await new Promise((done) => setTimeout(done, PATIENCE));
    }
    this.say(`Your browser can't play this file (${this.evidence.codec}). It shows the kept frame nearest to the time.`);
  }

  async missStill() {
    const source = this.source;
    const refusal = await this.refusal(this.still.src);
    if (refusal && this.source === source) this.say(refusal);
  }

  // Why the desk does not give a file; nothing where it does, and it is the browser that can't show it.
  async refusal(address) {
    const answer = await fetch(address, { headers: { Range: "bytes=0-0" }, cache: "no-store" });
    return NOT_GIVEN.includes(answer.status) ? answer.text() : "";
  }

  playCopy(address) {
    Object.assign(this, { copied: true, playable: true });
    this.showStill(false);
    this.say("");
    this.from.textContent = COPIED;
    this.video.src = address;
    this.seek(this.wanted ?? 0, false);
  }

  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  // Time

  get length() {
    return this.evidence?.duration ?? (Number.isFinite(this.video.duration) ? this.video.duration : 0);
  }

  seek(time, telling = true) {
    Object.assign(this, { wanted: time, tellNext: telling });
    if (!this.evidence) return;
    if (this.picture || !this.playable) return this.present(time);
    this.goFrame(this.times.at(time));
  }

  goFrame(frame) {
    this.target = Math.max(0, Math.min(frame, this.times.last));
    this.video.pause();
    this.video.currentTime = this.times.middle(this.target);
    if (this.video.readyState < HAVE_FRAME) this.shown = this.times.times[this.target]; // nothing to see yet: say at least where it will be
  }

  step(direction) {
    if (!this.evidence) return;
    if (!this.playable) return this.seek(this.neighbour(direction));
    this.tellNext = true;
    this.goFrame((this.target ?? this.times.at(this.shown)) + direction);
    this.wanted = this.times.times[this.target];
  }

  neighbour(direction) {
    const times = this.evidence.pictures.map((picture) => picture.time);
    const beyond = times.filter((time) => (time - this.shown) * direction > 1e-4);
    return beyond.length ? Math[direction > 0 ? "min" : "max"](...beyond) : this.shown;
  }

  turned() {
    if (!this.video.paused) this.target = null;
    this.controls.play.textContent = this.video.paused ? "▶" : "❚❚";
  }

  toggle() {
    if (!this.playable) return;
    if (!this.video.paused) {
      this.video.pause();
      return this.report();
    }
    this.together.say(this.shown, true, this.controls.speed.value);
    return this.video.play();
  }

  hurry(rate) {
    this.controls.speed.value = rate;
    this.video.playbackRate = Number(rate);
    if (!this.video.paused) this.together.say(this.video.currentTime, true, rate);
  }

  // What the player that leads does, at this clip's own time.
  follow(time, plays, rate) {
    this.seek(time, !plays);
    if (rate) this.hurry(rate);
    if (plays && this.playable && !this.picture) this.video.play();
  }

  mute(muted) {
    this.video.muted = muted;
    this.controls.sound.textContent = muted ? "Sound off" : "Sound on";
    this.controls.sound.setAttribute("aria-pressed", String(!muted));
  }

  // Frames as they reach the screen: mediaTime is the presentation time of the very frame. Around a seek the browser
  // announces them late or not at all, so there it is the end of the seek that says what is shown.
  watch() {
    this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.watch();
      if (!this.sought) this.present(mediaTime);
    });
  }

  get sought() {
    return this.target !== null && this.times.exact;
  }

  present(time) {
    const frame = this.times.shown(time);
    this.shown = this.times.exact && this.playable ? this.times.times[frame] : time;
    if (!this.playable) this.showNearest(time);
    if (this.tellNext) this.report();
    this.draw();
  }

  // A seek to the frame that is on the screen may show nothing new, and no frame is announced.
  settled() {
    const frame = this.times.at(this.video.currentTime); // half-way to the next one, it is as near to that
    if (this.sought) this.present(this.times.times[frame]);
    else if (this.tellNext && frame === this.times.at(this.shown)) this.report();
  }

  showNearest(time) {
    const near = nearest(this.evidence.pictures, time);
    if (near) this.still.src = near.frame;
  }

  // Python hears of a moment when the picture stands still, not of every frame that plays.
  report() {
    this.tellNext = false;
    this.together.say(this.shown, false);
    clearTimeout(this.telling);
    const moment = { time: Math.round(this.shown * 1000) / 1000, person: this.person ?? null };
    this.telling = setTimeout(() => this.tell(moment), 120);
  }

  // Hands

  press(event) {
    const path = event.composedPath();
    const elsewhere = path.includes(this.box) ? false : event.target !== document.body || !this.together.leads;
    const typing = ["INPUT", "SELECT", "TEXTAREA", "BUTTON"].includes(path[0].tagName);
    if (elsewhere || (typing && event.key === " ") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (path[0].tagName === "SELECT" || !this.evidence || this.picture) return;
    const action = { " ": () => this.toggle(), ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1) }[event.key];
    if (!action) return;
    event.preventDefault();
    this.together.lead();
    action();
  }

  choose(event) {
    const { x, y } = this.toFrame(event);
    const inside = this.facesNow().filter(({ box }) => x >= box[0] && x <= box[0] + box[2] && y >= box[1] && y <= box[1] + box[3]);
    if (!inside.length) return this.picture ? undefined : this.toggle();
    this.person = inside.reduce((a, b) => (a.box[2] < b.box[2] ? a : b)).track.id;
    this.video.pause();
    this.report();
    this.draw();
  }

  jump(event) {
    if (!this.evidence) return;
    const { time, perSecond, track } = this.timeline.under(event, this.length);
    this.person = track?.id ?? this.person;
    const near = track && nearest(track.frames, time);
    this.seek(near && Math.abs(near.time - time) * perSecond <= SNAP ? near.time : time);
  }

  // Pictures

  place() {
    const shown = this.still.hidden ? this.video : this.still;
    const { width, height } = this.evidence;
    const scale = Math.min(shown.clientWidth / width, shown.clientHeight / height);
    return { scale, left: (shown.clientWidth - width * scale) / 2, top: (shown.clientHeight - height * scale) / 2 };
  }

  toFrame(event) {
    const { scale, left, top } = this.place();
    return { x: (event.offsetX - left) / scale, y: (event.offsetY - top) / scale };
  }

  facesNow() {
    if (!this.evidence) return [];
    const time = this.picture ? 0 : this.shown;
    return this.tracks.map((track) => faceAt(track, time, this.times.slack, this.evidence.gap)).filter(Boolean);
  }

  draw() {
    if (!this.evidence || !this.colours) return;
    this.output.textContent = clock(this.shown);
    this.frame.textContent = `${this.times.exact ? "" : "about "}frame ${this.times.at(this.shown)}`;
    this.drawBoxes();
    this.timeline.draw(this);
    this.strip.mark(this.shown, this.person, this.times.slack);
  }

  drawBoxes() {
    const brush = prepare(this.boxes, this.boxes.clientWidth, this.boxes.clientHeight);
    const { scale, left, top } = this.place();
    for (const face of this.facesNow()) {
      const [x, y, w, h] = face.box.map((value) => value * scale);
      drawBox(brush, { x: left + x, y: top + y, w, h }, face, this.colours, face.track.id === this.person);
    }
  }
}
