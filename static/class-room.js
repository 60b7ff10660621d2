// What the page needs to know of the class, folded from its events, and the words for what is going on.

const ACTIVITY_WORDS = { off: "are quiet", low: "speak up rarely", normal: "speak up now and then", lively: "are lively" };

/** A small fold of the log: enough to enable buttons and to say what is being waited for. */
export class Room {
  constructor(pages, own = "") {
    Object.assign(this, {
      status: "running", page: 0, pages, own, people: new Map(), floor: null, activity: "normal", turn: null, ask: null,
      pending: new Map(), modelGone: false, closing: false, seq: 0, questions: 0, started: null, because: "",
    });
    this.reached = new Set();
  }

  take(event) {
    this.seq = event.seq;
    RULES[event.kind]?.(this, event.body, event);
  }

  nameOf(person) {
    return person === this.own ? "You" : this.people.get(person) || "Somebody";
  }
}

const RULES = {
  "class.started": (room, body, event) => {
    room.started = event.at;
    room.pages = body.pages || room.pages;
    room.activity = body.activity ?? room.activity;
    if (event.person_id) room.people.set(event.person_id, body.name);
  },
  "page.shown": (room, body) => { room.page = body.page; room.reached.add(body.page); room.ask = null; room.closing = false; },
  "student.said": (room, body, event) => { room.pending.set(event.seq, body.text); room.questions += event.person_id === room.own; room.ask = null; },
  "turn.started": (room, body, event) => { room.turn = { ...body, voice: event.voice, begun: false }; },
  "turn.said": (room, body, event) => {
    room.turn = null;
    room.pending.delete(body.answers);
    room.closing ||= body.cause === "closing";
    room.ask = body.asks && (event.voice === "teacher" || event.voice === "tutor") ? event.voice : null;
    if (body.model) room.modelGone = false;
  },
  "turn.withdrawn": (room) => { room.turn = null; },
  notice: (room, body) => {
    if (body.cause === "model-gone") room.modelGone = true;
    if (body.cause === "model-back") room.modelGone = false;
    if (body.cause === "unanswered") room.pending.delete(body.answers);
  },
  "class.paused": (room) => { room.status = "paused"; },
  "class.resumed": (room) => { room.status = "running"; },
  "class.continued": (room) => { room.ask = null; },
  "activity.set": (room, body) => { room.activity = body.activity ?? room.activity; },
  "person.joined": (room, body, event) => { room.people.set(event.person_id, body.name); },
  "floor.taken": (room, body, event) => { room.floor = { person: event.person_id, name: body.name || "Your instructor" }; },
  "floor.released": (room) => { room.floor = null; },
  "class.ended": (room, body) => { room.status = "ended"; room.turn = null; room.because = body.cause; },
};

/** What the class is doing, as {text, counting, tone}. `called` names a voice, `speaking` is the one still heard. */
export function doing(room, called, speaking) {
  if (room.status === "ended") return { text: "The class is over.", tone: "quiet" };
  if (room.turn) return ofTurn(room, called(room.turn.voice));
  if (speaking) return { text: `${called(speaking)} is speaking`, tone: "quiet" };
  if (room.floor) return { text: `${room.floor.name} has the floor`, tone: "quiet" };
  if (room.pending.size && !room.modelGone) return { text: "Your question is with the class", counting: true };
  if (room.status === "paused") return { text: "Paused. You can still ask.", tone: "quiet" };
  if (room.ask) return { text: `${called(room.ask)} waits for your answer`, counting: true, tone: "ask" };
  if (room.closing) return { text: "That was the last page. Ask away, or end the class.", tone: "quiet" };
  if (!room.page) return { text: "The class is coming together", counting: true };
  return { text: "Time to read; the class goes on by itself.", tone: "quiet" };
}

function ofTurn(room, name) {
  const page = room.turn.page || room.page;
  if (room.turn.begun) return { text: `${name} is speaking`, tone: "quiet" };
  if (room.turn.answers) return { text: `${name} is looking at page ${page} for an answer`, counting: true };
  if (room.turn.voice === "teacher") return { text: `${name} is getting ready to speak`, counting: true };
  return { text: `${name} is thinking about page ${page}`, counting: true };
}

/** The line a happening leaves in the conversation, or "" for none. `who` did it, as the page calls them. */
export function lineOf(event, title, who = "Somebody") {
  const { body } = event;
  if (event.kind === "page.shown") {
    const how = { back: "Back to page", forward: "On to page" }[body.cause] ?? "Page";
    return `${how} ${body.page}: ${title}`;
  }
  if (event.kind === "activity.set") return `Classmates ${ACTIVITY_WORDS[body.activity] ?? "changed"} from here on`;
  if (event.kind === "notice") return body.text;
  if (event.kind === "person.joined") return `${who} joined`;
  if (event.kind === "person.left") return `${who} left`;
  if (event.kind === "floor.taken") return `${body.name || "Your instructor"} takes the floor`;
  if (event.kind === "floor.released") return "The lesson goes on";
  return { "class.paused": "Paused", "class.resumed": "The class goes on", "class.ended": "The class ended" }[event.kind] ?? "";
}
