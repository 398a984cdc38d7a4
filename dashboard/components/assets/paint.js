// What the player draws, and the sums behind it. Joined with player.js into one script.

const BAND_COLOURS = { signs: "red", inconclusive: "orange", no_signs: "blue", too_poor: "gray", no_face: "gray" };
const ZONE_COLOURS = { high: "red", between: "orange", low: "blue", none: "gray" };
const LANE = 34; // px: height of one line of the timeline
const GUTTER = 26; // px: room for the letter of the person
const AXIS = 20; // px: room for the times below
const WORDS = 118; // px: room for the words to the right, where each person has a line
const MOST_LANES_WITH_WORDS = 6;

// Tracks that never meet share a line: a clip of many shots has many tracks.
function packLanes(tracks) {
  const lanes = [];
  const roomy = tracks.length <= MOST_LANES_WITH_WORDS;
  for (const track of tracks) {
    const free = roomy ? undefined : lanes.find((lane) => lane.at(-1).end < track.start);
    if (free) free.push(track);
    else lanes.push([track]);
  }
  return lanes;
}

// The face of a track at a time: as scored, or drawn between two scored frames (marked as such).
function faceAt(track, time, slack, gap) {
  const after = track.frames.findIndex((frame) => frame.time > time + slack);
  const before = track.frames[(after === -1 ? track.frames.length : after) - 1];
  if (!before) return null;
  if (Math.abs(before.time - time) <= slack) return { track, box: before.box, score: before.score, exact: true };
  const next = after === -1 ? null : track.frames[after];
  if (!next || next.time - before.time > gap) return null;
  const share = (time - before.time) / (next.time - before.time);
  return { track, box: before.box.map((value, i) => value + share * (next.box[i] - value)), score: null, exact: false };
}

function nearest(moments, time) {
  return moments.reduce((best, one) => (!best || Math.abs(one.time - time) < Math.abs(best.time - time) ? one : best), null);
}

function zone(score, { signs, no_signs }) {
  if (score === null || signs === null) return "none";
  return score >= signs ? "high" : score < no_signs ? "low" : "between";
}

function clock(time) {
  const whole = Math.max(0, Math.round(time * 1000));
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  const hours = whole >= 3600000 ? `${Math.floor(whole / 3600000)}:` : "";
  return `${hours}${two((whole / 60000) % 60)}:${two((whole / 1000) % 60)}.${String(whole % 1000).padStart(3, "0")}`;
}

// Drawing

function readColours(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const family = (name) => ({ mark: value(`${name}-color`), soft: value(`${name}-background-color`), text: value(`${name}-text-color`) });
  return {
    red: family("red"), orange: family("orange"), blue: family("blue"), gray: family("gray"),
    text: value("text-color"), accent: value("link-color"), border: value("border-color"),
    surface: value("secondary-background-color"), ground: value("background-color"), font: value("font") || "sans-serif",
  };
}

function prepare(canvas, width, height) {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const brush = canvas.getContext("2d");
  brush.setTransform(density, 0, 0, density, 0, 0);
  return brush;
}

function drawBox(brush, { x, y, w, h }, face, colours, chosen) {
  const { mark, soft, text } = colours[BAND_COLOURS[face.track.band]];
  brush.setLineDash(face.exact ? [] : [5, 4]);
  brush.lineWidth = chosen ? 5 : 4;
  brush.strokeStyle = "rgb(0 0 0 / 55%)";
  brush.strokeRect(x, y, w, h);
  brush.lineWidth = chosen ? 3 : 2;
  brush.strokeStyle = mark;
  brush.strokeRect(x, y, w, h);
  brush.setLineDash([]);
  brush.font = `600 13px ${colours.font}`;
  const label = face.track.id;
  const wide = brush.measureText(label).width + 12;
  brush.fillStyle = soft;
  brush.fillRect(x - 1, Math.max(0, y - 20), wide, 20);
  brush.fillStyle = text;
  brush.fillText(label, x + 5, Math.max(0, y - 20) + 15);
}

function drawScores(brush, track, x, top, evidence, colours) {
  const height = LANE - 8;
  const frames = track.frames;
  frames.forEach((frame, i) => {
    const until = frames[i + 1] && frames[i + 1].time - frame.time <= evidence.gap ? frames[i + 1].time : frame.time + evidence.gap / 2;
    const left = x(frame.time);
    const wide = Math.max(1.5, x(Math.min(until, track.end)) - left);
    const colour = colours[ZONE_COLOURS[zone(frame.score, evidence.thresholds)]];
    const tall = frame.score === null ? 3 : Math.max(2, frame.score * height);
    brush.fillStyle = colour.soft;
    brush.fillRect(left, top + 4, wide + 0.5, height);
    brush.fillStyle = colour.mark;
    brush.fillRect(left, top + 4 + height - tall, Math.max(1, wide - 0.5), tall);
  });
}

function drawShots(brush, shots, scale, bottom, colours) {
  brush.strokeStyle = colours.gray.mark;
  brush.setLineDash([2, 3]);
  for (const time of shots.filter((start) => start > 0)) {
    const x = Math.round(scale.left + time * scale.perSecond) + 0.5;
    line(brush, x, 0, x, bottom);
  }
  brush.setLineDash([]);
}

function drawAxis(brush, length, scale, height, colours) {
  const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200];
  const step = steps.find((one) => one * scale.perSecond >= 64) ?? 3600;
  brush.fillStyle = colours.gray.text;
  brush.font = `400 11px ${colours.font}`;
  for (let time = 0; time <= length + 1e-6; time += step) {
    const text = clock(time).slice(0, step < 1 ? -2 : -4);
    brush.fillText(text, scale.left + time * scale.perSecond, height - 5);
  }
}

function drawPlayhead(brush, x, bottom, colours) {
  brush.strokeStyle = colours.ground;
  brush.lineWidth = 4;
  line(brush, x, 0, x, bottom);
  brush.strokeStyle = colours.text;
  brush.lineWidth = 1.5;
  line(brush, x, 0, x, bottom);
}

function line(brush, x1, y1, x2, y2) {
  brush.beginPath();
  brush.moveTo(x1, y1);
  brush.lineTo(x2, y2);
  brush.stroke();
}
