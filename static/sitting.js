// A test being taken: each answer is saved as it is given, kept in the browser until the server has it, and sent again
// with the same key when the line was lost, so that it is saved once. Without this script the form saves as a whole.

const SAVE_MS = 700;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
const SOON_SECONDS = 60;
const AWAY = "Not saved yet: no connection. Kept here, and sent again by itself.";

const form = document.querySelector("#sitting");
const place = `sitting:${form.dataset.sitting}`;
const whole = form.querySelector("[data-whole]");
const clock = form.querySelector("[data-clock]");
const handIn = form.querySelector("button[value=submit].button:not(.plain)");
const address = `${form.getAttribute("action")}/answers`;
const ends = "seconds" in form.dataset ? performance.now() + 1000 * Number(form.dataset.seconds) : null;
let over = false;

function read() {
  try { return JSON.parse(localStorage.getItem(place)) ?? {}; } catch { return {}; }
}

/** Answers the server has not confirmed, by question. A browser that keeps nothing still sends them. */
function keep() {
  const kept = Object.fromEntries(questions.filter((one) => one.pending).map((one) => [one.version, one.pending]));
  try {
    if (Object.keys(kept).length) localStorage.setItem(place, JSON.stringify(kept));
    else localStorage.removeItem(place);
  } catch { /* private windows may refuse */ }
}

class Question {
  constructor(box) {
    this.box = box;
    this.version = box.dataset.version;
    this.revision = form.elements[`revision-${this.version}`];
    this.state = box.querySelector("[data-state]");
    this.told = box.querySelector("[data-told]");
    this.pending = null;
    this.dirty = false;
    this.sending = false;
    this.wait = FIRST_WAIT_MS;
    this.timer = 0;
    box.addEventListener("input", () => this.changed());
  }

  get fields() {
    return [...this.box.querySelectorAll(".answer :is(input, select, textarea)")];
  }

  values() {
    const used = this.fields.filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked);
    return used.map((field) => [field.name, field.value]);
  }

  get isEmpty() {
    return !this.values().some(([, value]) => value.trim());
  }

  fill(values) {
    for (const field of this.fields) {
      const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = own.includes(field.value);
      else field.value = own[0] ?? "";
    }
  }

  say(words, trouble = false) {
    this.state.textContent = words;
    this.state.toggleAttribute("data-trouble", trouble);
    look();
  }

  changed() {
    if (over) return;
    ask(false);
    this.dirty = true;
    this.say("");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_MS);
  }

  /** Take what is in the fields as one save with a key of its own; one at a time, so that revisions follow each other. */
  save() {
    clearTimeout(this.timer);
    if (this.dirty && !this.pending) {
      this.pending = { key: crypto.randomUUID?.() ?? randomId(), revision: this.revision.value, values: this.values() };
      this.dirty = false;
      keep();
    }
    return this.send();
  }

  async send() {
    if (!this.pending || this.sending) return;
    this.sending = true;
    this.say("Saving …");
    const reply = await post(this.version, this.pending);
    this.sending = false;
    if (!reply || reply.status >= 500 || reply.status === 429) return this.later();
    this.wait = FIRST_WAIT_MS;
    if (reply.ok) this.settle(reply.body);
    else this.refused(reply);
    if (this.dirty) await this.save();
  }

  later() {
    this.say(AWAY, true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
  }

  settle(body) {
    const mine = this.dirty ? this.values() : this.pending.values; // also what was written while it was under way
    this.pending = null;
    this.revision.value = body.revision;
    keep();
    if (["saved", "answered"].includes(body.outcome)) {
      this.told.hidden = true;
      return this.say(this.dirty ? "" : "Saved");
    }
    if (body.outcome === "withdrawn") {
      this.tell(body.sentence);
      return this.say("Kept");
    }
    this.tell(body.sentence, mine);
    if (body.response) this.fill(this.asValues(body.response));
    this.dirty = false;
    if (["late", "over"].includes(body.outcome)) end();
    return this.say(body.outcome === "stale" ? "Saved in the other tab" : "");
  }

  refused({ status, body }) {
    if (status === 401) {
      this.say("You have been signed out. Sign in again in another tab; this is kept and sent then.", true);
      this.timer = setTimeout(() => this.send(), LONGEST_WAIT_MS);
      return;
    }
    this.pending = null;
    keep();
    this.say(body?.error ?? `Not saved (${status}). Reload the page.`, true);
  }

  /** A sentence from the server; words that are not saved are kept in sight, to be copied. */
  tell(sentence, values = []) {
    this.told.classList.add("told-notice");
    this.told.textContent = sentence;
    const words = values.filter(([name]) => name.startsWith("text-")).map(([, value]) => value).join("\n").trim();
    if (words) {
      const lost = document.createElement("span");
      lost.className = "lost-words";
      lost.textContent = words;
      this.told.append(lost);
    }
    this.told.hidden = false;
  }

  /** An answer from the server as fields. */
  asValues({ chosen, text, pairs }) {
    const name = this.version;
    if (this.box.dataset.kind === "order") return chosen.map((id, at) => [`place-${name}-${id}`, String(at + 1)]);
    if (this.box.dataset.kind === "match") return Object.entries(pairs).map(([left, right]) => [`pair-${name}-${left}`, right]);
    return text ? [[`text-${name}`, text]] : chosen.map((id) => [`chosen-${name}`, id]);
  }
}

function randomId() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  return bytes.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function post(version, { key, revision, values }) {
  const body = new URLSearchParams([["csrf", form.elements.csrf.value], ["version", version], ["key", key], ["revision", revision], ...values]);
  try {
    const signal = AbortSignal.timeout?.(15_000);
    const reply = await fetch(address, { method: "POST", body, signal, headers: { Accept: "application/json" } });
    return { ok: reply.ok, status: reply.status, body: await reply.json().catch(() => null) };
  } catch {
    return null;
  }
}

/** The line at the foot: whether all is saved. */
function look() {
  if (over || asked) return;
  const open = questions.filter((one) => one.pending || one.dirty);
  const away = open.some((one) => one.state.hasAttribute("data-trouble"));
  whole.toggleAttribute("data-trouble", away);
  const words = away ? `${open.length} not saved yet: no connection. You can go on; it is sent by itself.` : open.length ? "Saving …" : "All answers are saved.";
  if (whole.textContent !== words) whole.textContent = words;
}

function end() {
  over = true;
  whole.textContent = "This test has ended.";
  for (const one of questions) for (const field of one.fields) field.disabled = true;
  for (const button of form.querySelectorAll("button")) button.hidden = true;
  const link = document.createElement("a");
  link.className = "button";
  link.href = `${form.getAttribute("action")}/result`;
  link.textContent = "To the result";
  form.querySelector(".sitting-bar").append(link);
}

/** Everything that waits is sent; true when all of it arrived. */
async function flush() {
  await Promise.all(questions.map((one) => one.save()));
  return questions.every((one) => !one.pending && !one.dirty && !one.sending);
}

const HAND_IN = handIn.textContent;
let asked = false;

/** Before a test with gaps is handed in it is asked once; any change takes the question back. */
function ask(now) {
  if (asked === now) return;
  asked = now;
  handIn.textContent = now ? "Hand in all the same" : HAND_IN;
  whole.toggleAttribute("data-trouble", now);
}

/** The numbers of questions without an answer, in words; empty if there is none. */
function gaps() {
  const empty = questions.flatMap((one, at) => (one.isEmpty ? [String(at + 1)] : []));
  const last = empty.pop();
  if (!last) return "";
  return empty.length ? `Questions ${empty.join(", ")} and ${last} have no answer yet.` : `Question ${last} has no answer yet.`;
}

let leaving = false;
async function submit(button) {
  ask(false);
  handIn.disabled = true;
  const arrived = await flush();
  handIn.disabled = false;
  if (over) return;
  if (!arrived) {
    whole.textContent = "Some answers have not arrived, so nothing is handed in yet. They are kept here; try again when you are connected.";
    return;
  }
  leaving = true;
  setTimeout(() => form.requestSubmit(button)); // a form does not submit while its own submit event is still under way
}

form.addEventListener("submit", (event) => {
  if (leaving) return;
  event.preventDefault();
  if (event.submitter?.value !== "submit") return flush();
  const missing = asked ? "" : gaps();
  if (!missing) return submit(handIn);
  ask(true);
  whole.textContent = `${missing} You can still answer, or hand in all the same.`;
});
addEventListener("online", () => { for (const one of questions) one.send(); });
addEventListener("beforeunload", (event) => { if (!leaving && !over && questions.some((one) => one.pending || one.dirty)) event.preventDefault(); });
document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });

function tick() {
  const left = Math.max(0, (ends - performance.now()) / 1000);
  const minutes = Math.floor(left / 60);
  clock.textContent = `${minutes}:${String(Math.floor(left % 60)).padStart(2, "0")}`;
  clock.classList.toggle("soon", left < SOON_SECONDS);
  if (left > 0) return setTimeout(tick, 500);
  return over ? null : submit(handIn);
}

const questions = [...form.querySelectorAll("[data-version]")].map((box) => new Question(box));
for (const [version, pending] of Object.entries(read())) {
  const one = questions.find((other) => other.version === version);
  if (one) {
    one.pending = pending;
    one.fill(pending.values);
    one.send();
  }
}
form.querySelector("[data-save]").hidden = true;
if (ends !== null) tick();
look();
