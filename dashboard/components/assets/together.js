// Players that stand on one page: keys go to the one that was touched last, and where they are locked in time, the
// others do what that one does.

const TOGETHER = "telltale-together";

class Together {
  constructor(player) {
    this.player = player;
    this.leads = true;
    this.offset = null; // s, from the time that the players share to that of this clip; null: it goes on its own
    this.hear = ({ detail }) => detail.from !== this && this.follow(detail);
    document.addEventListener(TOGETHER, this.hear);
  }

  // `first` has the keys until another one is touched.
  update({ offset, first }) {
    if (this.first !== first) Object.assign(this, { first, leads: first });
    this.offset = offset;
  }

  lead() {
    this.leads = true;
    this.send({});
  }

  // What this player does, for the others: it stands at a time of its clip, or plays from there.
  say(time, plays, rate) {
    if (this.leads && this.offset !== null) this.send({ time: time - this.offset, plays, rate });
  }

  send(what) {
    document.dispatchEvent(new CustomEvent(TOGETHER, { detail: { from: this, ...what } }));
  }

  follow({ time, plays, rate }) {
    this.leads = false;
    if (time !== undefined && this.offset !== null) this.player.follow(Math.max(0, time + this.offset), plays, rate);
  }

  stop() {
    document.removeEventListener(TOGETHER, this.hear);
  }
}
