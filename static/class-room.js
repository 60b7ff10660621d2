// What the page needs to know of the class, folded from its events, and the words for what is going on.

import { letters } from "./class-words.js";

const ACTIVITY_WORDS = { off: "are quiet", low: "speak up rarely", normal: "speak up now and then", lively: "are lively" };
const MODE_WORDS = { continuous: "The class flows on by itself", interactive: "The class waits after each point" };
const HOLD_MS = 60_000;
const HAND_MS = 60_000;
// The server's: nobody was there while nothing happened for so long.
const AWAY_MS = 20 * 60_000;
const STAFF = ["teacher", "tutor"];
// The server's too: words at a question of the bank that go with it; others still want their own answer.
const ATTEMPTS = ["answer", "statement", "thanks"];
// The server's: what is said for these causes leaves an open question as it is.
const LEAVES_OPEN = ["invitation", "greeting", "calm"];
// The server's: a question heard to this share can be answered, one heard to less is put again.
const SAID_ENOUGH = 0.7;

/** A small fold of the log: enough to enable buttons and to say what is being waited for. `own` is this person's id.
 *
 *  `attended` are the milliseconds of the class, without those in which nobody was there.
 *  `people` are all who were ever named, `members` who are in the class now. `gate` and `ofItem` tell of the open
 *  question that it holds the class, and that it goes on about one of the bank. `pending`, by number, are words that
 *  wait: {person, gate, ofItem, attempt}, the first two of the question they replied to, which an answer may open again. */
export class Room {
  constructor(pages, own = "") {
    Object.assign(this, {
      status: "running", page: 0, pages, own, activity: "normal", mode: "continuous", speed: 1, lead: "teacher",
      turn: null, ask: null, put: null, gate: false, ofItem: false, item: 0, answered: false, hand: null, hands: [], held: "", floor: null, atPoint: false, people: new Map(),
      members: new Set(), pending: new Map(), modelGone: false, closing: false, seq: 0, questions: 0, attended: 0, last: NaN, because: "",
    });
    this.reached = new Set();
  }

  take(event) {
    this.seq = event.seq;
    const at = Date.parse(event.at);
    const passed = at - this.last;
    if (passed > 0 && passed < AWAY_MS) this.attended += passed;
    this.last = at;
    RULES[event.kind]?.(this, event.body, event);
  }

  /** Whether the class stands and waits for the student after a point. */
  get waits() {
    const busy = this.visible || this.pending.size || this.ask || this.hand || this.held || this.floor || this.closing;
    return this.mode === "interactive" && this.atPoint && this.status === "running" && !busy;
  }

  /** Whether a question is open that the student may answer, while a line is still read out to them or not. One that
   *  was put just now is first read to its end. */
  asks(isReading) {
    return this.ask && !(isReading && this.put);
  }

  /** The open turn, unless it is only prepared: such a one is not there before its first words. */
  get visible() {
    return this.turn && (this.turn.begun || this.turn.cause !== "prepared") ? this.turn : null;
  }

  nameOf(person) {
    return person === this.own ? "You" : this.people.get(person) || "Somebody";
  }
}

/** The class went on: who was given the floor and said nothing has no hand up any more. */
function movedOn(room) {
  if (room.hand?.invited) nextHand(room);
  room.atPoint = false;
}

/** The hand that is up first is down; the one raised after it comes to its place. */
function nextHand(room) {
  room.hand = room.hands.shift() ?? null;
}

function handDown(room, person) {
  room.hands = room.hands.filter((one) => one.person !== person);
  if (room.hand && [null, person].includes(room.hand.person ?? null)) nextHand(room);
}

function handUp(room, person, at) {
  const over = room.hand?.invited && Date.parse(at) - Date.parse(room.hand.since) > HAND_MS;
  if (room.hand && (over || !room.hand.person)) nextHand(room);
  const raised = { person, since: at, invited: false };
  if (!room.hand) room.hand = raised;
  else if (![room.hand, ...room.hands].some((one) => one.person === person)) room.hands.push(raised);
}

function invited(room, at) {
  if (room.hands.length && room.hand?.invited) nextHand(room);
  if (room.hand) Object.assign(room.hand, { invited: true, since: at });
}

function came(room, person, name) {
  room.people.set(person, name);
  room.members.add(person);
}

/** Words that wait for an answer, with what they keep of the question they reply to. */
function waiting({ person_id: person, body }, usual, { ask = null, gate = false, ofItem = false }) {
  return { person, replies: Boolean(ask), gate, ofItem, attempt: ATTEMPTS.includes(body.intent ?? usual) };
}

/** Whether a line leaves the open question open, as the server has it: it answers words that replied to nothing, or is
 *  an instructor's remark; one with a gate stays beside whatever is answered or asked. */
function isBeside(room, body, replied) {
  const isPut = Number.isInteger(body.action) || body.item || ["gate", "closing"].includes(body.cause);
  const isRemark = replied ? room.gate || !replied.replies : body.cause === "instructor";
  return Boolean(room.ask) && !isPut && isRemark && (room.gate || !body.asks);
}

/** The gate went on, and told what was right: attempts at its question are answered by that. */
function beyondItem(room) {
  for (const [seq, one] of room.pending) {
    if (one.ofItem && one.attempt) room.pending.delete(seq);
    else one.ofItem = false;
  }
}

const RULES = {
  "class.started": (room, body, event) => {
    room.pages = body.pages || room.pages;
    room.activity = body.activity ?? room.activity;
    room.mode = body.mode ?? room.mode;
    room.lead = body.cast?.length && !body.cast.includes("teacher") ? "tutor" : "teacher";
    if (event.person_id) came(room, event.person_id, body.name);
  },
  "page.shown": (room, body) => {
    room.page = body.page;
    room.reached.add(body.page);
    room.ask = null;
    room.put = null;
    room.item = 0;
    room.closing = false;
    room.held = "";
    movedOn(room);
  },
  "student.said": (room, body, event) => {
    const wantsNothing = ["go-on", "hold-on"].includes(body.intent) || (body.intent === "thanks" && !room.ask);
    room.questions += event.person_id === room.own;
    room.held = body.intent === "hold-on" ? event.at : "";
    handDown(room, event.person_id);
    if (wantsNothing && body.intent !== "go-on") return;
    room.atPoint = false;
    const noAnswer = body.intent === "abuse" || (body.intent === "distress" && room.members.size > 1);
    if (!wantsNothing) room.pending.set(event.seq, waiting(event, "question", !noAnswer && room.ask ? room : {}));
    if (!(wantsNothing && room.gate) && !noAnswer) room.ask = null;
  },
  "turn.started": (room, body, event) => { room.turn = { ...body, voice: event.voice, begun: false }; },
  "turn.said": (room, body, event) => {
    const invites = body.cause === "invitation";
    const replied = room.pending.get(body.answers);
    const isWrong = replied && body.verdict && body.verdict !== "right" && !/solution/.test(body.move);
    const triesAgain = isWrong && !(room.ask && room.gate);
    const leavesOpen = LEAVES_OPEN.includes(body.cause) || (!triesAgain && isBeside(room, body, replied));
    const stillAsked = body.cause === "nudge" || triesAgain;
    const asked = room.ask;
    room.turn = null;
    if (!invites && !room.pending.delete(body.answers)) movedOn(room);
    if (invites) invited(room, event.at);
    room.closing ||= body.cause === "closing";
    const isStaff = STAFF.includes(event.voice);
    // What the class is to discuss has no answer that anybody waits to judge.
    if (!leavesOpen) room.ask = isStaff && body.cause !== "discuss" && (body.asks || stillAsked) ? event.voice : null;
    if (body.cause === "nudge") room.ask = asked ?? (room.item ? null : event.voice);
    room.put = room.ask && !stillAsked && !leavesOpen ? { seq: event.seq, length: letters(body.text) } : null;
    if (body.item || body.cause === "gate") beyondItem(room);
    if (body.item) Object.assign(room, { item: event.seq, answered: false });
    if (body.cause === "gate") room.item = 0;
    // Others may have been answered since: what is tried again is the question that these words replied to.
    if (triesAgain) Object.assign(room, { gate: replied.gate, ofItem: replied.ofItem });
    else if (!leavesOpen && !stillAsked) Object.assign(room, { gate: Boolean(body.asks && body.gate), ofItem: false });
    room.atPoint = event.voice === room.lead && Number.isInteger(body.action);
    if (body.model) room.modelGone = false;
  },
  "item.answered": (room, body, event) => {
    const alone = body.cause === "alone";
    if (event.person_id === room.own || alone) Object.assign(room, { answered: true, item: alone ? 0 : room.item });
    if (alone) handDown(room, event.person_id);
    if (alone && body.verdict && body.verdict !== "right") {
      room.pending.set(event.seq, waiting(event, "answer", { ofItem: true }));
    }
  },
  "item.over": (room) => { room.item = 0; },
  "gate.passed": () => {},
  "turn.withdrawn": (room, body) => {
    room.turn = null;
    const stopped = body.cause === "interrupted" && !room.floor && room.hand;
    // Who stops the answer to their own words does not want it begun again.
    if (stopped && room.pending.get(body.answers)?.person === stopped.person) room.pending.delete(body.answers);
  },
  "turn.cut": (room, body) => {
    if (room.put?.seq === body.answers && body.heard < SAID_ENOUGH * room.put.length) room.ask = null;
  },
  notice: (room, body) => {
    if (body.cause === "model-gone") room.modelGone = true;
    if (body.cause === "model-back") room.modelGone = false;
    if (body.cause === "unanswered") room.pending.delete(body.answers);
  },
  "class.paused": (room) => { room.status = "paused"; },
  "class.resumed": (room) => { room.status = "running"; },
  "class.continued": (room) => { if (!room.gate) room.ask = null; room.held = ""; room.atPoint = false; },
  "activity.set": (room, body) => { room.activity = body.activity ?? room.activity; },
  "mode.set": (room, body) => { room.mode = body.mode ?? room.mode; },
  "speed.set": (room, body) => { room.speed = body.speed || room.speed; },
  "hand.raised": (room, body, event) => {
    if (body.name && event.person_id) room.people.set(event.person_id, body.name);
    if (body.cause === "up") handUp(room, event.person_id, event.at);
    else handDown(room, event.person_id);
  },
  "student.returned": () => {},
  "person.joined": (room, body, event) => came(room, event.person_id, body.name),
  "person.left": (room, body, event) => {
    room.members.delete(event.person_id);
    handDown(room, event.person_id);
  },
  "instructor.whispered": () => {},
  "floor.taken": (room, body, event) => { room.floor = { person: event.person_id, name: body.name || "Your instructor" }; },
  "floor.released": (room) => { room.floor = null; },
  "board.written": () => {},
  "own-board.written": () => {},
  "own-board.rubbed": () => {},
  "page.spotlit": () => {},
  "economy.set": () => {},
  "concern.raised": () => {},
  "class.ended": (room, body) => { room.status = "ended"; room.turn = null; room.because = body.cause; },
};

/** What the class is doing, as {text, counting, tone}. `called` names a voice, `speaking` is the one still heard. */
export function doing(room, called, speaking) {
  if (room.status === "ended") return { text: "The class is over.", tone: "quiet" };
  if (room.visible) return ofTurn(room, called(room.turn.voice));
  if (speaking) return { text: `${called(speaking)} is speaking`, tone: "quiet" };
  if (room.floor) return { text: `${room.floor.name} has the floor`, tone: "quiet" };
  if (room.pending.size && !room.modelGone) return ofQuestions(room);
  if (room.status === "paused") return { text: "Paused. You can still ask.", tone: "quiet" };
  if (room.hand) return ofHand(room);
  if (room.held && Date.now() - Date.parse(room.held) < HOLD_MS) {
    return { text: "One moment: the class waits", counting: true, tone: "ask" };
  }
  if (room.ask) return { text: `${called(room.ask)} waits for your answer`, counting: true, tone: "ask" };
  if (room.item) return ofItem(room);
  if (room.closing) return { text: "That was the last page. Ask away, or end the class.", tone: "quiet" };
  if (room.waits) return { text: "Your turn: ask, answer, or continue", tone: "ask" };
  if (!room.page) return { text: "The class is coming together", counting: true };
  return { text: "Time to read; the class goes on by itself.", tone: "quiet" };
}

function ofQuestions(room) {
  const askers = [...room.pending.values()].map((one) => one.person);
  const whose = askers.includes(room.own) || !askers[0] ? "Your" : `${room.nameOf(askers[0])}’s`;
  return { text: `${whose} question is with the class`, counting: true };
}

function ofHand(room) {
  const own = room.hand.person === room.own;
  if (room.hand.invited) {
    const waits = room.hands.some((one) => one.person === room.own) ? "; your hand is up, and you come after" : "";
    return own ? { text: "You have the floor: write what you like", tone: "ask" }
      : { text: `${room.nameOf(room.hand.person)} has the floor${waits}`, tone: "quiet" };
  }
  const place = room.hands.findIndex((one) => one.person === room.own) + 2;
  if (place > 1) return { text: `Your hand is up; you are number ${place}`, counting: true };
  return { text: own ? "Your hand is up; you are next" : `${room.nameOf(room.hand.person)} raised a hand`, counting: true };
}

function ofItem(room) {
  if (!room.members.has(room.own)) return { text: "The class is at a gate: a question is open", tone: "quiet" };
  if (room.answered) return { text: "Your answer is in; the others are still thinking", counting: true };
  return { text: "A question for you: answer it in the conversation", tone: "ask" };
}

function ofTurn(room, name) {
  const page = room.turn.page || room.page;
  if (room.turn.begun) return { text: `${name} is speaking`, tone: "quiet" };
  if (room.turn.answers) return { text: `${name} is looking at page ${page} for an answer`, counting: true };
  if (room.turn.voice === room.lead) return { text: `${name} is getting ready to speak`, counting: true };
  return { text: `${name} is thinking about page ${page}`, counting: true };
}

const LINES = {
  "page.shown": (body, title) => {
    const how = { back: "Back to page", forward: "On to page" }[body.cause] ?? "Page";
    return `${how} ${body.page}: ${title}`;
  },
  "activity.set": (body) => `Classmates ${ACTIVITY_WORDS[body.activity] ?? "changed"} from here on`,
  "mode.set": (body) => MODE_WORDS[body.mode] ?? "The class goes on differently",
  "speed.set": (body) => `At ${body.speed} × from here on`,
  "hand.raised": (body, title, who) => `${who} ${body.cause === "up" ? "raised" : "lowered"} ${who === "You" ? "your" : "a"} hand`,
  "student.returned": (body, title, who) => `${who} came back`,
  "person.joined": (body, title, who) => `${who} joined`,
  "person.left": (body, title, who) => `${who} left`,
  "floor.taken": (body) => `${body.name || "Your instructor"} takes the floor`,
  "floor.released": () => "The lesson goes on",
  notice: (body) => body.text,
  "class.paused": () => "Paused",
  "class.resumed": () => "The class goes on",
  "class.ended": () => "The class ended",
};

/** The line a happening leaves in the conversation, or "" for none. `who` did it, as the page calls them. */
export function lineOf(event, title, who = "Somebody") {
  return LINES[event.kind]?.(event.body, title, who) ?? "";
}
