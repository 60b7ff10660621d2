// Words that appear at a reading pace, however unevenly they arrive.

const CHARACTERS_A_SECOND = 42;
const LETTERS_OF_A_SIGN = 3;
// Thai, kana, Han: no spaces stand between their words, and a sign takes as long as some letters.
const SIGN = /[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;
const SIGNS = new RegExp(SIGN, "g");
const MOST_BEHIND_SECONDS = 4;
const LATE_MS = 1500;
const HOLD_MS = 2500;
const CUT = " ...";
const still = matchMedia("(prefers-reduced-motion: reduce)");

let speed = 1;

/** How fast words are uncovered from now on, 1 as usual. */
export function setSpeed(wanted) {
  speed = wanted || 1;
}

/** How many letters a stretch of text has; the server counts them so, not in halves of a pair. */
export function letters(text) {
  return [...text].length;
}

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
    const now = [...this.text];
    if (this.final || at > now.length) return;
    this.text = now.slice(0, at).join("") + text + now.slice(at + letters(text)).join("");
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
    this.halt();
    this.at = this.text.length;
    this.paint();
    this.settle();
  }

  halt() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.latest);
    this.frame = 0;
  }

  /** Somebody breaks in: no further word for now. Unless they are cut meanwhile, the words go on by themselves. */
  hold() {
    this.halt();
    this.latest = setTimeout(() => this.go(), HOLD_MS);
  }

  /** How many letters can be seen, or -1 when all can. */
  heard() {
    const end = wordEnd(this.text, Math.floor(this.at));
    return this.at < this.text.length ? letters(this.text.slice(0, end)) : -1;
  }

  /** Cut short after so many letters: what was not heard is gone, here and in every view. */
  cut(heard) {
    this.text = [...this.text].slice(0, heard).join("").trimEnd() + CUT;
    this.text = this.text.trimStart();
    this.final = true;
    this.all();
  }

  go() {
    this.rate = speed * Math.max(charactersASecond(this.text), (this.text.length - this.at) / MOST_BEHIND_SECONDS);
    if (still.matches || document.hidden) return this.all();
    this.paint();
    // A tab that is covered gets no frames: the words must be there all the same.
    clearTimeout(this.latest);
    this.latest = setTimeout(() => this.all(), LATE_MS + (1000 * (this.text.length - this.at)) / this.rate);
    if (this.frame) return undefined;
    let before = performance.now();
    const step = (now) => {
      const passed = Math.min(Math.max(now - before, 0), 250); // a frame may have begun before this was asked for
      this.at = Math.min(this.text.length, this.at + (this.rate * passed) / 1000);
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
  let end = at;
  while (end > 0 && text[end] !== " " && !SIGN.test(text[end - 1])) end -= 1;
  return end;
}

function charactersASecond(text) {
  const signs = text.match(SIGNS)?.length ?? 0;
  return CHARACTERS_A_SECOND / (1 + ((LETTERS_OF_A_SIGN - 1) * signs) / Math.max(1, text.length));
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
