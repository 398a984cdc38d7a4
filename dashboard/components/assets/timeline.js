// The timeline: a line for each person over time, shot cuts, the times below, and where the player stands.

class Timeline {
  constructor(canvas) {
    this.canvas = canvas;
    this.lanes = [];
  }

  lay(tracks) {
    this.lanes = packLanes(tracks);
  }

  // So high that nothing below moves when the lines are drawn.
  reserve(lines) {
    this.canvas.style.height = `${Math.max(lines, 1) * LANE + AXIS}px`;
  }

  // Whether each line belongs to one person alone, and has room for what was found on her.
  get wordy() {
    return this.lanes.length <= MOST_LANES_WITH_WORDS && this.lanes.every((lane) => lane.length === 1);
  }

  scale(width, length) {
    const right = this.wordy ? WORDS : 10;
    return { left: GUTTER, perSecond: (width - GUTTER - right) / Math.max(length, 0.001) };
  }

  // The time of the clip under the pointer, s, and the person whose line it is on at that time.
  under(event, length) {
    const area = this.canvas.getBoundingClientRect();
    const { left, perSecond } = this.scale(area.width, length);
    const time = Math.max(0, Math.min(length, (event.clientX - area.left - left) / perSecond));
    const lane = this.lanes[Math.floor((event.clientY - area.top) / LANE)] ?? [];
    return { time, perSecond, track: lane.find((one) => time >= one.start - 0.25 && time <= one.end + 0.25) };
  }

  draw({ evidence, length, shown, person, colours }) {
    const width = this.canvas.parentElement.clientWidth;
    this.reserve(this.lanes.length);
    const height = this.canvas.clientHeight;
    const brush = prepare(this.canvas, width, height);
    const scale = this.scale(width, length);
    const place = { brush, scale, width, evidence, person, colours };
    drawShots(brush, evidence.shots, scale, height - AXIS, colours);
    this.lanes.forEach((lane, row) => lane.forEach((track) => this.drawTrack(track, row * LANE, place)));
    drawAxis(brush, length, scale, height, colours);
    drawPlayhead(brush, scale.left + shown * scale.perSecond, height - AXIS, colours);
    this.tell(length, shown);
  }

  drawTrack(track, top, { brush, scale, width, evidence, person, colours }) {
    const x = (time) => scale.left + time * scale.perSecond;
    brush.fillStyle = colours.surface;
    brush.fillRect(x(track.start), top + 4, Math.max(2, x(track.end) - x(track.start)), LANE - 8);
    drawScores(brush, track, x, top, evidence, colours);
    brush.fillStyle = track.id === person ? colours.accent : colours.text;
    brush.font = `600 12px ${colours.font}`;
    const start = this.wordy ? 8 : Math.max(2, x(track.start) - 14);
    brush.fillText(track.id, start, top + LANE / 2 + 4);
    if (!this.wordy) return;
    brush.fillStyle = colours[BAND_COLOURS[track.band]].text;
    brush.font = `500 12px ${colours.font}`;
    brush.fillText(track.words, width - WORDS + 8, top + LANE / 2 + 4, WORDS - 10);
  }

  // For those who can't see it.
  tell(length, shown) {
    this.canvas.setAttribute("aria-valuemax", length.toFixed(3));
    this.canvas.setAttribute("aria-valuenow", shown.toFixed(3));
    this.canvas.setAttribute("aria-valuetext", clock(shown));
  }
}
