// What a person says of a line: a thumb with a reason, the same in other words, and which of the two helps more.
import { post } from "./class-post.js";

const REASONS = {
  up: ["clear", "made me think", "good example"],
  down: ["wrong", "not clear", "gave the answer away", "not what I asked", "too long"],
};
const THUMB = "M7 11v9H4v-9zM7 12l4-8a2 2 0 012 2v4h5a2 2 0 012 2.300l-1.200 6A2 2 0 0116.900 20H7";
const PLACES = ["The upper one helps more", "The lower one helps more"];
const ALIKE = "Both alike";
const LONGEST = 500;

/** The thumb, as a drawing that those who hear the page are not told of: its button has a label. */
function drawing() {
  const make = (name, values) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    return made;
  };
  const frame = make("svg", { viewBox: "0 0 24 24", width: 16, height: 16, "aria-hidden": "true" });
  frame.append(
    make("path", { d: THUMB, fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linejoin": "round" }),
  );
  return frame;
}

/** Quiet buttons under what agents say. `talk` knows the lines; nothing is kept in the page that the server has not. */
export class Signals {
  constructor(root, address, talk) {
    this.root = root;
    this.address = address;
    this.talk = talk;
    this.lines = new Map();
    this.known = new Map();
    if (root.dataset.preview !== "yes") this.read();
  }

  /** The reader's own words of before. */
  async read() {
    try {
      const answer = await fetch(`${this.address}/signals.json`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      for (const one of (await answer.json()).signals) {
        this.known.set(`${one.kind}/${one.seq}`, one);
        this.show(one);
      }
    } catch { /* the buttons then show nothing pressed, and a new word replaces the old one */ }
  }

  show({ kind, seq, value }) {
    const body = this.lines.get(seq)?.parentElement; // other words stand beside the bar
    const name = kind === "thumb" ? "thumb" : "choice";
    for (const button of body?.querySelectorAll(`[data-${name}]`) ?? []) {
      button.setAttribute("aria-pressed", String(button.dataset[name] === value));
    }
  }

  /** Buttons under a finished line of an agent's. */
  add(item, event) {
    if (event.person_id || event.body.cause === "interrupted" || this.root.dataset.preview === "yes") return;
    const bar = document.createElement("div");
    bar.className = "said-signals";
    bar.append(this.thumb(event.seq, "up", "Helpful"), this.thumb(event.seq, "down", "Not helpful"));
    if (event.body.model && !event.body.fallback) bar.append(this.otherwise(event.seq));
    bar.append(said("signal-trouble wrong", "alert"));
    item.querySelector(".said-body").append(bar);
    this.lines.set(event.seq, bar);
    for (const kind of ["thumb", "choice"]) {
      const before = this.known.get(`${kind}/${event.seq}`);
      if (before) this.show(before);
    }
  }

  thumb(seq, value, label) {
    const button = quiet("", label);
    button.dataset.thumb = value;
    button.setAttribute("aria-pressed", "false");
    button.append(drawing());
    button.addEventListener("click", () => this.press(seq, value, button));
    return button;
  }

  async press(seq, value, button) {
    const wanted = button.getAttribute("aria-pressed") === "true" ? "none" : value;
    if (!await this.send(seq, "thumb", { value: wanted })) return;
    const bar = this.lines.get(seq);
    bar.querySelector(".signal-why")?.remove();
    if (wanted === "none") return;
    const why = this.why(seq, value);
    bar.append(why);
    why.scrollIntoView({ block: "nearest" });
  }

  /** Why: one of a short list, or own words. Leaving it is fine. */
  why(seq, value) {
    const form = document.createElement("form");
    form.className = "signal-why";
    form.setAttribute("aria-label", "Why?");
    for (const reason of REASONS[value]) {
      const chip = quiet(reason, reason);
      chip.setAttribute("aria-pressed", "false");
      chip.addEventListener("click", async () => {
        if (!await this.send(seq, "thumb", { value, reason, words: words.value })) return;
        for (const one of form.querySelectorAll("button[aria-pressed]")) one.setAttribute("aria-pressed", String(one === chip));
        form.dataset.reason = reason;
      });
      form.append(chip);
    }
    const words = document.createElement("input");
    Object.assign(words, { className: "input small", type: "text", maxLength: LONGEST, placeholder: "Or in your words" });
    words.setAttribute("aria-label", "Why, in your words");
    const keep = quiet("Send", "Send");
    keep.type = "submit";
    form.append(words, keep);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await this.send(seq, "thumb", { value, reason: form.dataset.reason ?? "", words: words.value })) this.thank(form);
    });
    return form;
  }

  thank(form) {
    const bar = form.parentElement;
    const stayed = form.contains(document.activeElement);
    form.remove();
    const thanks = said("signal-thanks faint", "status");
    bar.append(thanks);
    thanks.textContent = "Thank you.";
    if (stayed) bar.querySelector("[data-thumb][aria-pressed=true]")?.focus();
  }

  otherwise(seq) {
    const button = quiet("In other words", "Say it differently");
    button.classList.add("signal-otherwise");
    button.addEventListener("click", async () => {
      if (this.root.dataset.status === "ended") return this.say(seq, "This class is over, so nobody can say it differently now.");
      button.disabled = true;
      button.textContent = "Looking for other words …";
      if (await this.send(seq, "otherwise", {})) return undefined;
      return this.ready(button);
    });
    return button;
  }

  ready(button) {
    button.disabled = false;
    button.textContent = "In other words";
  }

  /** A line was told in other words: both stand below it, with the question which helps more. Which stands above is left
      to chance, as what stands above is chosen more often; a line's two ways keep their places when the page is read again. */
  retold(event, live) {
    const { answers, text } = event.body;
    const bar = this.lines.get(answers);
    if (!bar) return;
    const button = bar.querySelector(".signal-otherwise");
    if (!text) {
      if (button) button.textContent = "No other words were found that rest on the page";
      if (button) button.disabled = true;
      return;
    }
    button?.remove();
    const place = document.createElement("div");
    place.className = "said-retold";
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", "In other words");
    const lead = said("faint", "");
    lead.textContent = "The same in two ways. Which helps more?";
    const ways = document.createElement("ol");
    ways.className = "said-ways";
    const first = bar.parentElement.querySelector(".said-words")?.textContent ?? "";
    const order = drawn(`${this.address}/${answers}`) ? ["second", "first"] : ["first", "second"];
    const row = document.createElement("p");
    row.className = "signal-choices";
    order.forEach((value, at) => {
      const way = document.createElement("li");
      way.textContent = value === "first" ? first : text;
      ways.append(way);
      row.append(this.choice(answers, value, PLACES[at], order[0]));
    });
    row.append(this.choice(answers, "alike", ALIKE, order[0]));
    place.append(lead, ways, row);
    bar.before(place);
    const before = this.known.get(`choice/${answers}`);
    if (before) mark(row, before.value);
    if (live) this.talk.keepUp();
  }

  choice(seq, value, label, upper) {
    const button = quiet(label, label);
    button.dataset.choice = value;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", async () => {
      if (await this.send(seq, "choice", { value, upper })) mark(button.parentElement, value);
    });
    return button;
  }

  async send(seq, verb, fields) {
    this.say(seq, "");
    const answer = await post(`${this.address}/lines/${seq}/${verb}`, fields);
    if (!answer.ok) this.say(seq, answer.sentence);
    else if (verb !== "otherwise") {
      const word = { kind: verb, seq, value: fields.value };
      this.known.set(`${verb}/${seq}`, word);
      this.show(word);
    }
    return answer.ok;
  }

  say(seq, sentence) {
    const trouble = this.lines.get(seq)?.querySelector(".signal-trouble");
    if (trouble) trouble.textContent = sentence;
  }
}

/** A coin that falls the same for the same words (FNV-1a). */
function drawn(words) {
  let hash = 0x811c9dc5;
  for (const letter of words) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) & 1) === 1;
}

function mark(row, value) {
  for (const one of row.children) one.setAttribute("aria-pressed", String(one.dataset.choice === value));
}

function quiet(text, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "signal";
  button.textContent = text;
  button.title = label;
  if (label !== text) button.setAttribute("aria-label", label);
  return button;
}

function said(name, role) {
  const place = document.createElement("p");
  place.className = name;
  if (role) place.setAttribute("role", role);
  return place;
}
