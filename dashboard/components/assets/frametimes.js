// When each frame is shown. Frame rates vary, so a frame is found by its time and never by time × rate.

const ROUNDING = 2e-3; // s; time bases round

class FrameTimes {
  constructor(times, length, exact) {
    this.times = times; // s, ascending, the first one 0
    this.length = length; // s, to the end of the last frame
    this.exact = exact; // false: counted out from the average rate, until or for want of better
  }

  static counted(length, fps) {
    const count = Math.max(1, Math.round(length * fps));
    return new FrameTimes(Float64Array.from({ length: count }, (_, i) => i / fps), length, false);
  }

  static async read(url, length) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`frame times: ${answer.status}`);
    return new FrameTimes(new Float64Array(await answer.arrayBuffer()), length, true);
  }

  get last() {
    return this.times.length - 1;
  }

  // How far a scored face's time may lie from a frame's and still mean that frame, s.
  get slack() {
    return this.exact ? ROUNDING : (0.75 * this.length) / this.times.length;
  }

  // The frame that is on the screen at a time of the clip.
  at(time) {
    let low = 0;
    let high = this.last;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.times[middle] <= time + ROUNDING) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // The frame whose picture the browser says it shows: the one that is nearest.
  shown(mediaTime) {
    const before = this.at(mediaTime);
    const after = Math.min(before + 1, this.last);
    return this.times[after] - mediaTime < mediaTime - this.times[before] ? after : before;
  }

  // Where to send the browser: half-way to the next frame, for an edge belongs to two frames as soon as it is rounded.
  middle(frame) {
    const end = frame < this.last ? this.times[frame + 1] : Math.max(this.length, this.times[frame] + ROUNDING);
    return (this.times[frame] + end) / 2;
  }
}
