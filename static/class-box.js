// The text box: what the student says, kept until the class has it.
import { post } from "./class-post.js";

const SHOW_COUNT_FROM = 0.8;

/** Enter sends, Shift+Enter makes a line; words that were not taken stay, also over a reload. */
export class Box {
  constructor(root, address) {
    this.form = root.querySelector(".say");
    this.input = this.form.querySelector("textarea");
    this.count = this.form.querySelector(".say-count");
    this.trouble = this.form.querySelector(".say-trouble");
    this.hint = this.form.querySelector(".say-hint");
    this.button = this.form.querySelector("button[type=submit]");
    this.limit = Number(this.form.dataset.limit);
    this.address = address;
    this.key = `said:${root.dataset.class}`;
    this.input.value = sessionStorage.getItem(this.key) ?? "";
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.changed();
  }

  changed() {
    const length = [...this.input.value.trim()].length;
    const over = length - this.limit;
    this.count.hidden = length < this.limit * SHOW_COUNT_FROM;
    this.count.textContent = over > 0
      ? `${over.toLocaleString("en")} too many` : `${length.toLocaleString("en")} of ${this.limit.toLocaleString("en")}`;
    this.count.classList.toggle("over", over > 0);
    this.trouble.hidden = true;
    this.name = null;
    try {
      sessionStorage.setItem(this.key, this.input.value);
    } catch { /* a full store only means that a reload forgets the draft */ }
  }

  pressed(event) {
    if (event.key === "Escape") this.input.blur();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text || this.sending) return;
    this.sending = true;
    this.form.ariaBusy = "true";
    this.name ??= `${Date.now()}-${Math.random()}`;
    const answer = await post(this.address, { text, key: this.name });
    this.sending = false;
    this.form.ariaBusy = "false";
    if (answer.ok) {
      this.input.value = "";
      this.name = null;
      this.changed();
    } else {
      this.trouble.textContent = answer.sentence;
      this.trouble.hidden = false;
    }
    if (!this.input.disabled) this.input.focus();
  }

  /** Somebody waits for the student's answer: say so at the box. */
  invite(who) {
    this.form.classList.toggle("invited", Boolean(who));
    this.hint.textContent = who ? `${who} asked you. Your answer goes here, or press Continue.` : this.hint.dataset.usual;
    this.input.placeholder = who ? "Your answer" : this.input.dataset.usual;
  }

  close() {
    this.input.disabled = true;
    this.button.disabled = true;
    this.form.hidden = true;
  }

  focus() { this.input.focus(); }
}
