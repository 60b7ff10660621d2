// Voices: the browser's own speech, one voice and pitch per role, silent until somebody switches it on.

const MANNERS = {
  teacher: { pick: 0, pitch: 1.05, rate: 1 },
  tutor: { pick: 1, pitch: 0.85, rate: 1.02 },
  thinker: { pick: 2, pitch: 0.95, rate: 0.94 },
  curious: { pick: 3, pitch: 1.3, rate: 1.08 },
  clown: { pick: 4, pitch: 1.15, rate: 1.15 },
};
const MOST_WAITING = 3;

/** Speaks finished utterances in turn. `button` shows and switches the state; without speech it is put away. */
export class Voices {
  constructor(button) {
    this.speech = window.speechSynthesis;
    this.on = false;
    this.waiting = 0;
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
  say(voice, text) {
    if (!this.on || !MANNERS[voice]) return;
    if (this.waiting >= MOST_WAITING) this.hush();
    const manner = MANNERS[voice];
    const words = new SpeechSynthesisUtterance(text.replace(/[*`_#]/g, ""));
    words.voice = this.choose(manner.pick);
    words.lang = words.voice?.lang ?? "en";
    words.pitch = manner.pitch;
    words.rate = manner.rate;
    words.onend = words.onerror = () => { this.waiting = Math.max(0, this.waiting - 1); };
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
    this.speech?.cancel();
  }

  hold() { this.speech?.pause(); }
  goOn() { this.speech?.resume(); }
}
