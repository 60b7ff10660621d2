// The text box: what the student says, kept until the class has it.
import { post, sends, takeAway } from "./class-post.js";

const SHOW_COUNT_FROM = 0.8;
const GOES = "Your answer goes here, or press Continue.";
const FORM = "Answer the question above in its own form; here you can ask.";
const GATE = "The class goes on once your answer is right; ask for a hint at any time.";

/** Enter sends, Shift+Enter makes a line; words that were not taken stay, also over a reload. `breakIn` says where the
 *  words break into a line that is still being read out: {cut, heard}, or nothing. */
export class Box {
  constructor(root, address, breakIn) {
    this.breakIn = breakIn;
    this.wishes = root.querySelector(".wishes");
    this.form = root.querySelector(".say");
    this.input = this.form.querySelector("textarea");
    this.count = this.form.querySelector(".say-count");
    this.trouble = this.form.querySelector(".say-trouble");
    this.hint = this.form.querySelector(".say-hint");
    this.button = this.form.querySelector("button[type=submit]");
    this.limit = Number(this.form.dataset.limit);
    this.address = address;
    this.left = () => {};
    this.key = `said:${root.dataset.class}`;
    this.input.value = sessionStorage.getItem(this.key) ?? "";
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.wishes.addEventListener("click", ({ target }) => { if (target.dataset.words) this.wish(target.dataset.words); });
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
    this.wishes.classList.toggle("away", length > 0);
    this.name = null;
    try {
      sessionStorage.setItem(this.key, this.input.value);
    } catch { /* a full store only means that a reload forgets the draft */ }
  }

  pressed(event) {
    if (event.key === "Escape") this.input.blur();
    if (!sends(event)) return;
    event.preventDefault();
    this.send();
  }

  /** What is written on while the words are under way stays, and so does a focus that has gone elsewhere. */
  async send() {
    const sent = this.input.value;
    if (!sent.trim() || this.sending) return;
    this.name ??= newName();
    this.input.focus();
    const taken = await this.give(sent.trim(), this.name);
    if (taken) {
      takeAway(this.input, sent);
      this.changed();
    }
    this.left();
  }

  /** One of the things that are often wanted; what stands in the box stays there. */
  wish(words) {
    if (!this.sending) this.give(words, newName()).then(() => this.left());
  }

  /** Give words to the class; whether it took them. */
  async give(text, key) {
    this.sending = true;
    this.form.ariaBusy = "true";
    const answer = await post(this.address, { text, key, ...this.breakIn() });
    this.sending = false;
    this.form.ariaBusy = "false";
    this.trouble.hidden = answer.ok;
    this.trouble.textContent = answer.sentence;
    return answer.ok;
  }

  /** Somebody waits for the student's answer: say so at the box; also that a question of the bank has its own place. */
  invite(who, isGate = false, hasForm = false) {
    this.form.classList.toggle("invited", Boolean(who));
    const usual = hasForm ? FORM : this.hint.dataset.usual;
    this.hint.textContent = who ? `${who} asked you. ${isGate ? GATE : GOES}` : usual;
    for (const list of this.wishes.children) list.hidden = (list.dataset.when === "asked") !== Boolean(who);
    this.input.placeholder = who ? "Your answer" : this.input.dataset.usual;
  }

  /** The class takes nothing any more; `tell` hears what stays unsent, once words that are under way have arrived. */
  close(tell) {
    this.input.disabled = true;
    this.button.disabled = true;
    this.form.hidden = true;
    this.left = () => tell(this.input.value.trim());
    if (!this.sending) this.left();
    return Boolean(this.input.value.trim());
  }

  focus() { this.input.focus(); }
}

function newName() {
  return `${Date.now()}-${Math.random()}`;
}
