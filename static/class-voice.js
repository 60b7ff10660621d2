// Voices: the browser's own speech, with each agent's pick, pitch and rate, silent until somebody switches it on.

const MOST_WAITING = 3;
const FASTEST = 2.5;

const NAMED = {
  "√": "the square root of", "±": "plus or minus", "−": "minus", "×": "times", "·": "times", "⋅": "times",
  "÷": "divided by", "≤": "is at most", "≥": "is at least", "≠": "is not", "≈": "is about", "∝": "is proportional to",
  "→": "to", "⇒": "so", "∈": "in", "∉": "not in", "∪": "union", "∩": "intersection", "∣": "given", "∂": "d",
  "∞": "infinity", "∀": "for all", "∃": "there is", "^": "to the power", "/": "over",
};
const WHOLE = { "∑": "the sum", "∏": "the product", "∫": "the integral" };
const GREEK = ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau "
  + "upsilon phi chi psi omega").split(" ");
const HIGH = "²³¹\u2070-\u207fʰ-ʸˡ-ˣᵀᵃ-ᵛᶜᶠᶻ";
const LOW = "\u2080-\u209cᵢ-ᵪⱼ";
const SIGN = new RegExp([
  `(?<sum>[∑∏∫])(?<from>[${LOW}]*)(?<to>[${HIGH}]*)`, `(?<high>[${HIGH}]+)`, `(?<low>[${LOW}]+)`,
  `(?<=[)\\d${HIGH}${LOW}])\\/(?=[\\p{L}\\d(√])`, `\\/(?=[(√\\d])`, "[√±−×·⋅÷≤≥≠≈∝→⇒∈∉∪∩∣∂∞∀∃^]",
  "(?<greek>(?<!\\p{Script=Greek})[α-ωΑ-Ω](?!\\p{Script=Greek}))", "(?<mark>[*`_#])",
].join("|"), "gu");

function named({ 0: sign, groups }) {
  const flat = (words) => words.normalize("NFKC").replace(/−/g, " minus ");
  if (groups.mark) return " ";
  if (groups.greek) return ` ${GREEK[sign.toLowerCase().charCodeAt(0) - 945]} `;
  if (groups.high) return { "²": " squared ", "³": " cubed " }[sign] ?? ` to the power ${flat(sign)} `;
  if (groups.low) return ` ${flat(sign)} `;
  if (!groups.sum) return ` ${NAMED[sign]} `;
  const end = (name, words) => (words ? ` ${name} ${flat(words)}` : "");
  return ` ${WHOLE[groups.sum]}${end("from", groups.from)}${end("to", groups.to)} of `;
}

/** A line as a voice says it: the signs of formulas in words, marks of writing as spaces. `placeOf` tells where in the
 *  line a place in what is spoken is. */
export function aloud(text) {
  const pieces = [];
  let spoken = "";
  let at = 0;
  const add = (words, place, moves) => {
    pieces.push({ start: spoken.length, place, moves });
    spoken += words;
  };
  for (const found of text.matchAll(SIGN)) {
    add(text.slice(at, found.index), at, true);
    add(named(found), found.index, false);
    at = found.index + found[0].length;
  }
  add(text.slice(at), at, true);
  const placeOf = (here) => {
    const piece = pieces.findLast(({ start }) => start <= here);
    return piece.place + (piece.moves ? here - piece.start : 0);
  };
  return { spoken, placeOf };
}

/**
 * Speaks finished utterances in turn, with voices of the class's language. `button` switches it on; `manners` maps a
 * voice to {pick, pitch, rate}.
 */
export class Voices {
  constructor(button, manners, language) {
    this.speech = window.speechSynthesis;
    this.language = language;
    this.manners = manners;
    this.on = false;
    this.held = false;
    this.lines = new Set();
    this.speed = 1;
    this.now = null;
    this.changed = () => {};
    this.button = button;
    if (!this.speech) { button.hidden = true; return; }
    button.addEventListener("click", () => this.toggle());
    addEventListener("pagehide", () => this.hush());
  }

  /** How many utterances are not spoken to their end. */
  get waiting() {
    return this.lines.size;
  }

  toggle() {
    if (!this.speech) return;
    this.on = !this.on;
    this.button.ariaPressed = String(this.on);
    if (!this.on) this.hush();
  }

  /** Say one utterance after those that wait; when the class has run ahead, the oldest are let go. What is said while
   *  the class is paused is an answer, and is heard; the line that was held gives way to it. */
  say(voice, text, seq) {
    const manner = this.manners.get(voice);
    if (!this.on || !manner) return;
    if (this.held || this.waiting >= MOST_WAITING) this.hush();
    const { spoken, placeOf } = aloud(text);
    const words = new SpeechSynthesisUtterance(spoken);
    words.voice = this.choose(manner.pick);
    words.lang = words.voice?.lang ?? this.language;
    words.pitch = manner.pitch;
    words.rate = Math.min(FASTEST, manner.rate * this.speed);
    words.onboundary = (event) => { this.now = { seq, at: placeOf(event.charIndex) }; };
    words.onend = words.onerror = () => {
      this.lines.delete(words);
      if (this.now?.seq === seq) this.now = null;
      this.changed();
    };
    this.lines.add(words);
    this.speech.speak(words);
  }

  choose(pick) {
    const own = this.speech.getVoices().filter((voice) => voice.lang.startsWith(this.language));
    return own.length ? own[pick % own.length] : null;
  }

  /** Stop speaking and forget what waits. A browser that was told to pause stays so, also with nothing left to say. */
  hush() {
    this.lines.clear();
    this.now = null;
    this.speech?.cancel();
    this.goOn();
  }

  hold() {
    this.held = true;
    this.speech?.pause();
  }

  goOn() {
    this.held = false;
    this.speech?.resume();
  }
}
