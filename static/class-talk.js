// The conversation: one entry per utterance, in the order of the log.
import { Words, letters } from "./class-words.js";

const STAFF = new Set(["teacher", "tutor"]);
const KEPT_OPEN = 200;
const NEAR = 80;
const narrow = matchMedia("(max-width: 56.24rem)");
const CAUSES = { nudge: "lends a hand", greeting: "welcomes you back", invitation: "gives the floor", interrupted: "" };
const VERDICTS = { right: ["✓", "right"], partly: ["◐", "partly right"], wrong: ["↻", "not yet"], unclear: ["…", "say more"] };
const CLARIFY = "6-ask-for-clarification";

/** The log of what is said. `names` maps a voice to its name; `look(page, sources)` opens a source. */
export class Talk {
  constructor(root, names, stage, look) {
    this.root = root;
    this.list = root.querySelector(".talk-list");
    this.log = root.querySelector(".talk-log");
    this.pill = root.querySelector(".talk-pill");
    this.earlier = root.querySelector(".talk-earlier");
    this.entry = root.querySelector("#said-entry");
    this.names = names;
    this.people = new Map();
    this.lines = new Map();
    this.stage = stage;
    this.look = look;
    this.turns = new Map();
    this.folded = 0;
    this.following = true;
    this.top = 0;
    this.watch();
  }

  /** On a wide screen the log scrolls by itself, on a narrow one with the whole page. */
  get scroller() {
    return narrow.matches ? document.scrollingElement : this.log;
  }

  watch() {
    const scrolled = () => {
      const { scrollHeight, scrollTop, clientHeight } = this.scroller;
      const near = scrollHeight - scrollTop - clientHeight < NEAR;
      if (near) this.pill.hidden = true;
      // Only going up means leaving the end: room that grows below is no wish of the reader's.
      if (near || scrollTop < this.top) this.following = near;
      this.top = scrollTop;
    };
    this.log.addEventListener("scroll", scrolled, { passive: true });
    addEventListener("scroll", scrolled, { passive: true });
    this.pill.addEventListener("click", () => this.toEnd());
    this.earlier.addEventListener("click", () => this.unfold());
    const grown = new ResizeObserver(() => this.keepUp());
    for (const part of [this.log, this.list, document.body]) grown.observe(part);
  }

  toEnd() {
    this.following = true;
    this.pill.hidden = true;
    this.keepUp();
  }

  keepUp() {
    if (this.following) this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: "instant" });
  }

  add(item, live) {
    this.list.append(item);
    this.fold();
    if (!live) return item;
    if (!this.following) this.pill.hidden = false;
    this.keepUp();
    return item;
  }

  fold() {
    if (this.folded < 0) return;
    const open = this.list.children.length - this.folded;
    for (let extra = open - KEPT_OPEN; extra > 0; extra -= 1) {
      this.list.children[this.folded].hidden = true;
      this.folded += 1;
    }
    this.earlier.hidden = this.folded === 0;
    this.earlier.textContent = `Show ${this.folded} earlier`;
  }

  unfold() {
    const height = this.scroller.scrollHeight;
    for (const item of this.list.children) item.hidden = false;
    this.folded = -1;
    this.earlier.hidden = true;
    this.scroller.scrollTop += this.scroller.scrollHeight - height;
  }

  make(voice, name, at) {
    const item = this.entry.content.firstElementChild.cloneNode(true);
    item.dataset.voice = voice;
    item.querySelector(".face").src = this.root.dataset.faces.replace("{voice}", voice);
    item.querySelector(".said-name").textContent = name;
    const time = item.querySelector("time");
    time.dateTime = at;
    time.textContent = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return item;
  }

  /** Somebody takes the floor: an entry with their face, empty until words come. A turn that is only prepared has
   *  none before its first words, and may be dropped unseen. */
  begin(event, live) {
    const name = event.body.name || this.names.get(event.voice);
    const turn = { item: null, voice: event.voice, name, at: event.at, words: null };
    this.turns.set(event.body.turn, turn);
    if (event.body.cause !== "prepared") this.seat(turn, live);
    return turn;
  }

  seat(turn, live) {
    if (turn.item) return;
    turn.item = this.make(turn.voice, turn.name, turn.at);
    turn.item.classList.add("open");
    this.add(turn.item, live);
  }

  /** The log up to now is there: show its end. Until then nothing was measured, so that a long class opens fast. */
  caughtUp() {
    this.toEnd();
    this.stage.follow();
  }

  /** The first words of a turn take the caption as well; words still running elsewhere are finished first. */
  open(turn, live = true) {
    if (turn.words) return turn.words;
    const place = this.stage.place;
    if (this.speaking && this.speaking !== turn.words) { this.speaking.all(); this.speaking.leave(place); }
    this.seat(turn, live);
    turn.item.classList.add("begun");
    const moved = live ? () => { this.keepUp(); this.stage.follow(); } : undefined;
    turn.words = new Words([turn.item.querySelector(".said-words"), place], moved);
    this.speaking = turn.words;
    this.speaker = turn.voice;
    this.stage.speak(turn.voice, turn.name);
    return turn.words;
  }

  /** The voice whose words are still being uncovered, or "". */
  heard() {
    return this.speaking?.frame ? this.speaker : "";
  }

  /** Where the line that is still being uncovered would be cut now, as {cut, heard}; null when nothing is. */
  unheard() {
    const heard = this.speaking?.final ? this.speaking.heard() : -1;
    return heard < 0 ? null : { cut: this.speaking.seq, heard };
  }

  /** The same for a line that is read aloud, of which a voice has come to `at`. */
  unspoken({ seq, at }) {
    const words = this.lines.get(seq)?.words;
    return words && at < words.text.length ? { cut: seq, heard: letters(words.text.slice(0, at)) } : null;
  }

  /** Somebody broke in: the line ends where it was heard to, with a small sign. */
  cut(seq, heard) {
    const turn = this.lines.get(seq);
    if (!turn) return;
    turn.words.cut(heard);
    this.sign(turn.item);
    this.stage.follow();
  }

  sign(item) {
    item.classList.add("cut");
    item.querySelector(".said-cut").hidden = false;
    item.querySelector(".said-rests").hidden = false;
  }

  delta(document) {
    const turn = this.turns.get(document.turn);
    if (!turn || turn.closed) return null;
    this.open(turn).extend(document.at, document.text);
    return turn;
  }

  /** A turn is finished: its final words, what they rest on, and its marks. */
  said(event, live) {
    const turn = this.turns.get(event.body.turn) ?? this.begin(event, live);
    turn.closed = true;
    turn.finished = this.open(turn, live).finished;
    turn.words.seq = event.seq;
    this.lines.set(event.seq, turn);
    turn.item.classList.remove("open");
    turn.item.classList.toggle("asks", event.body.asks);
    const asks = turn.item.querySelector(".said-asks");
    if (!STAFF.has(event.voice)) asks.textContent = "asks";
    else if (event.body.cause === "discuss") asks.textContent = "opens a discussion";
    this.rests(turn.item, event);
    this.mark(turn.item, event.body);
    turn.item.classList.toggle("telling", live);
    turn.finished.then(() => turn.item.classList.remove("telling"));
    turn.words.finish(event.body.text, !live || event.body.cause === "interrupted");
    return turn;
  }

  /** Why somebody speaks, and how an answer was judged, in words beside the name. */
  mark(item, body) {
    if (body.cause === "interrupted") this.sign(item);
    item.querySelector(".said-why").textContent = CAUSES[body.cause] ?? "";
    if (body.cause) item.dataset.cause = body.cause;
    const verdict = body.verdict === "unclear" && body.move !== CLARIFY ? null : VERDICTS[body.verdict];
    if (!verdict) return;
    const place = item.querySelector(".said-verdict");
    place.dataset.verdict = body.verdict;
    place.querySelector("i").textContent = verdict[0];
    place.querySelector("b").textContent = verdict[1];
    place.hidden = false;
  }

  rests(item, event) {
    const place = item.querySelector(".said-rests");
    const { sources, fallback, model, personal } = event.body;
    item.querySelector(".said-mark").hidden = !fallback;
    item.querySelector(".said-model").textContent = model ? shortName(model) : "";
    item.querySelector(".said-model").hidden = !model || fallback;
    const pages = [...new Set(sources.map((source) => source.page))];
    // A greeting, a nudge or a hint quotes nothing: its chip leads to the page it was said on.
    if (!pages.length && event.body.page && event.body.cause !== "calm") pages.push(event.body.page);
    place.prepend(...pages.map((page) => this.chip(page, sources.filter((source) => source.page === page))));
    if (personal) place.append(this.personal(personal));
    place.hidden = !(pages.length || fallback || model || personal);
  }

  personal(version) {
    const note = document.createElement("span");
    note.className = "said-model";
    note.textContent = `personal version of version ${version}`;
    note.title = "The approved words, put in other words for your profile";
    return note;
  }

  chip(page, sources) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip";
    chip.textContent = `Page ${page}`;
    chip.title = sources.length ? `See what this rests on: page ${page}` : `Said about page ${page}: look at it`;
    chip.addEventListener("click", () => this.look(page, sources));
    return chip;
  }

  /** Half-said words are taken back: they fade, and their room closes. */
  withdraw(event) {
    const turn = this.turns.get(event.body.turn);
    if (!turn || turn.closed) return;
    turn.closed = true;
    if (!turn.item) return;
    if (turn.words) { turn.words.all(); turn.words.leave(this.stage.place); this.stage.place.textContent = ""; }
    turn.item.classList.add("withdrawn");
    const gone = () => turn.item.remove();
    turn.item.addEventListener("animationend", gone, { once: true });
    setTimeout(gone, 1200);
  }

  /** The class is over: who had begun and not finished says no more. */
  close() {
    for (const turn of this.turns.keys()) this.withdraw({ body: { turn } });
  }

  /** The student's own words, or those of somebody else in the room. */
  asked(event, live) {
    const own = event.person_id === this.root.dataset.person;
    const item = this.make("student", own ? "You" : this.people.get(event.person_id) || "Another student", event.at);
    item.classList.add("begun");
    item.classList.toggle("own", own);
    item.querySelector(".said-words").textContent = event.body.text;
    this.add(item, live);
    if (!own || !live) return;
    this.speaking?.all();
    this.toEnd();
  }

  /** A line of the class's own: a page turned, a pause, a notice. */
  line(text, kind, live) {
    const item = document.createElement("li");
    item.className = `talk-line ${kind}`;
    item.textContent = text;
    this.add(item, live);
  }
}

function shortName(model) {
  return model.split("/").pop().replace(/\.gguf$/i, "").replace(/[-_.](instruct|q\d)[\w.-]*$/i, "");
}
