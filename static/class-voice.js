// Voices: the browser's own speech, with each agent's pick, pitch and rate, silent until somebody switches it on.

const MOST_WAITING = 3;
const FASTEST = 2.5;

/** Speaks finished utterances in turn. `button` switches it on; `manners` maps a voice to {pick, pitch, rate}. */
export class Voices {
  constructor(button, manners) {
    this.speech = window.speechSynthesis;
    this.manners = manners;
    this.on = false;
    this.waiting = 0;
    this.speed = 1;
    this.now = null;
    this.changed = () => {};
    this.button = button;
    if (!this.speech) { button.hidden = true; return; }
    button.addEventListener("click", () => this.toggle());
    addEventListener("pagehide", () => this.speech.cancel());
  }

  toggle() {
    if (!this.speech) return;
    this.on = !this.on;
    this.button.ariaPressed = String(this.on);
    if (!this.on) this.hush();
  }

  /** Say one utterance after those that wait; when the class has run ahead, the oldest are let go. */
  say(voice, text, seq) {
    const manner = this.manners.get(voice);
    if (!this.on || !manner) return;
    if (this.waiting >= MOST_WAITING) this.hush();
    // Marks become spaces, so that a place in what is spoken is the same place in the words.
    const words = new SpeechSynthesisUtterance(text.replace(/[*`_#]/g, " "));
    words.voice = this.choose(manner.pick);
    words.lang = words.voice?.lang ?? "en";
    words.pitch = manner.pitch;
    words.rate = Math.min(FASTEST, manner.rate * this.speed);
    words.onboundary = (event) => { this.now = { seq, at: event.charIndex }; };
    words.onend = words.onerror = () => {
      this.waiting = Math.max(0, this.waiting - 1);
      if (this.now?.seq === seq) this.now = null;
      this.changed();
    };
    this.waiting += 1;
    this.speech.speak(words);
  }

  choose(pick) {
    const english = this.speech.getVoices().filter((voice) => voice.lang.startsWith("en"));
    return english.length ? english[pick % english.length] : null;
  }

  /** Stop speaking and forget what waits. */
  hush() {
    this.waiting = 0;
    this.now = null;
    this.speech?.cancel();
  }

  hold() { this.speech?.pause(); }
  goOn() { this.speech?.resume(); }
}
