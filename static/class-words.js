// Words that appear at a reading pace, however unevenly they arrive.

const CHARACTERS_A_SECOND = 42;
const MOST_BEHIND_SECONDS = 4;
const LATE_MS = 1500;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** A place where words are shown: what is said already, and, invisible but laid out, what has arrived beyond it. */
function makeView(place) {
  const shown = document.createTextNode("");
  const ahead = document.createElement("span");
  ahead.className = "ahead";
  ahead.ariaHidden = "true";
  place.replaceChildren(shown, ahead);
  return { place, shown, ahead };
}

/**
 * The words of one turn. They are kept whole in `text` and uncovered word by word in every view, so that a line breaks
 * where it will stay broken. `moved` is called after each step, for whoever keeps the end in sight.
 */
export class Words {
  constructor(places, moved = () => {}) {
    this.views = places.map(makeView);
    this.moved = moved;
    this.text = "";
    this.at = 0;
    this.rate = CHARACTERS_A_SECOND;
    this.final = false;
    this.frame = 0;
    this.finished = new Promise((resolve) => { this.resolve = resolve; });
  }

  /** Put `text` at an offset; what was there already is simply written again. */
  extend(at, text) {
    if (this.final || at > this.text.length) return;
    this.text = this.text.slice(0, at) + text + this.text.slice(at + text.length);
    this.go();
  }

  /** The whole text, as it stands in the log. With `at_once` nothing is played. */
  finish(text, atOnce) {
    this.final = true;
    if (!text.startsWith(this.text.slice(0, Math.floor(this.at)))) this.at = commonLength(text, this.text);
    this.text = text;
    if (atOnce) this.all();
    else this.go();
  }

  /** Uncover everything that is there. */
  all() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.latest);
    this.frame = 0;
    this.at = this.text.length;
    this.paint();
    this.settle();
  }

  go() {
    this.rate = Math.max(CHARACTERS_A_SECOND, (this.text.length - this.at) / MOST_BEHIND_SECONDS);
    if (still.matches || document.hidden) return this.all();
    this.paint();
    // A tab that is covered gets no frames: the words must be there all the same.
    clearTimeout(this.latest);
    this.latest = setTimeout(() => this.all(), LATE_MS + (1000 * (this.text.length - this.at)) / this.rate);
    if (this.frame) return undefined;
    let before = performance.now();
    const step = (now) => {
      this.at = Math.min(this.text.length, this.at + (this.rate * Math.min(now - before, 250)) / 1000);
      before = now;
      this.paint();
      this.frame = this.at < this.text.length ? requestAnimationFrame(step) : 0;
      if (!this.frame) this.settle();
    };
    this.frame = requestAnimationFrame(step);
    return undefined;
  }

  paint() {
    const end = wordEnd(this.text, Math.floor(this.at));
    if (end === this.painted && this.text.length === this.paintedLength) return;
    this.painted = end;
    this.paintedLength = this.text.length;
    for (const view of this.views) {
      view.shown.data = this.text.slice(0, end);
      view.ahead.textContent = this.text.slice(end);
    }
    this.moved();
  }

  settle() {
    clearTimeout(this.latest);
    if (!this.final) return;
    for (const view of this.views) dress(view.place, this.text);
    this.moved();
    this.resolve();
  }

  /** Stop showing these words in a place that somebody else speaks in now. */
  leave(place) {
    this.views = this.views.filter((view) => view.place !== place);
  }
}

function commonLength(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function wordEnd(text, at) {
  if (at >= text.length) return text.length;
  const space = text.lastIndexOf(" ", at);
  return space < 0 ? 0 : space;
}

const MARKS = /(\*\*[^*\n]+\*\*|`[^`\n]+`)/;

/** The final words, with the two marks that models cannot help using: **strong** and `code`. */
export function dress(place, text) {
  place.replaceChildren(...text.split(MARKS).filter(Boolean).map((part) => {
    if (!MARKS.test(part)) return part;
    const strong = part.startsWith("**");
    const piece = document.createElement(strong ? "strong" : "code");
    piece.textContent = strong ? part.slice(2, -2) : part.slice(1, -1);
    return piece;
  }));
}
