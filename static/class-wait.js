// Waiting, in words: what is being done, and for how long.

/** A line that says what the class is doing; `since` (milliseconds, performance clock) counts the seconds. */
export class Wait {
  constructor(place) {
    this.text = place.querySelector(".doing-text");
    this.time = place.querySelector(".doing-time");
    this.place = place;
    this.since = 0;
    setInterval(() => this.tick(), 250);
  }

  /** Say what is being done. With `counting`, seconds run from now; the same words go on counting. */
  say(text, { counting = false, tone = "" } = {}) {
    this.place.dataset.tone = tone;
    if (this.text.textContent !== text || this.counting !== counting) this.since = performance.now();
    this.text.textContent = text;
    this.counting = counting;
    this.tick();
  }

  tick() {
    const seconds = Math.floor((performance.now() - this.since) / 1000);
    const words = this.counting && seconds >= 1 ? ` … ${seconds} s` : "";
    if (this.time.textContent !== words) this.time.textContent = words;
  }
}
