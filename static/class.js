// The class page: events come in by one line, and each noun of the page takes what concerns it.
import { Board } from "./class-board.js";
import { Box } from "./class-box.js";
import { Company } from "./class-company.js";
import { Controls } from "./class-controls.js";
import { Instructor } from "./class-instructor.js";
import { OwnBoard } from "./class-own-board.js";
import { Quiz } from "./class-quiz.js";
import { Room, doing, lineOf } from "./class-room.js";
import { Signals } from "./class-signals.js";
import { Sources } from "./class-sources.js";
import { Stage } from "./class-stage.js";
import { listen } from "./class-stream.js";
import { Talk } from "./class-talk.js";
import { Voices } from "./class-voice.js";
import { Wait } from "./class-wait.js";
import { setSpeed } from "./class-words.js";

const root = document.querySelector("[data-class]");
const address = `/classes/${root.dataset.class}`;
const replayed = Number(root.dataset.seq);
const seats = [...root.querySelectorAll(".cast li")];
const names = new Map(seats.map((one) => [one.dataset.voice, one.dataset.name]));
const manners = new Map(seats.filter((one) => one.dataset.rate).map(({ dataset }) => [
  dataset.voice, { pick: Number(dataset.pick), pitch: Number(dataset.pitch), rate: Number(dataset.rate) },
]));
const called = (voice) => (voice === "teacher" && company.speaker) || names.get(voice) || "Somebody";

const room = new Room(Number(root.dataset.pages), root.dataset.person);
const stage = new Stage(root);
const sources = new Sources(root, stage);
const talk = new Talk(root, names, stage, (page, passages) => sources.open(page, passages));
const signals = new Signals(root, address, talk);
const quiz = new Quiz(root, address, talk);
const wait = new Wait(root.querySelector(".doing"));
const voices = new Voices(root.querySelector(".voices"), manners, root.dataset.language);
const box = new Box(root, `${address}/say`, breakIn);
const ownPanel = root.querySelector(".own-board");
const ownBoard = ownPanel ? new OwnBoard(ownPanel, address, (words) => box.wish(words)) : null;
const controls = new Controls(root, address, {
  write: () => box.focus(), board: () => ownBoard?.open(), voices: () => voices.toggle(), breakIn,
});
const company = new Company(root, address);
const panel = root.querySelector(".instructor") ? new Instructor(root, address, { get: (id) => company.people.get(id) }) : null;
const board = new Board(root, stage, address);
const announcer = root.querySelector(".announcer");
// Beside it: without motion it is one's turn in the moment in which a line is there, and both are to be heard.
const turnTold = root.querySelector(".turn-told");
const banner = root.querySelector(".model-gone");
const link = root.querySelector(".link");

talk.people = room.people;
voices.changed = refresh;

/** Where somebody who breaks in now cuts the line that is being read out, as fields to send: where the voice is, if one
 *  reads it aloud and tells, else where the words are. Nothing more is uncovered or said from here on. Where others
 *  listen too, nothing is cut. */
function breakIn() {
  if (root.dataset.shared === "yes") return {};
  const found = (voices.now && talk.unspoken(voices.now)) ?? talk.unheard();
  voices.hush();
  if (!found) return {};
  talk.speaking.hold();
  return { cut: String(found.cut), heard: String(found.heard) };
}

function take(event) {
  const live = event.seq > replayed;
  room.take(event);
  company.take(event, live, [room.hand, ...room.hands].flatMap((one) => one?.person ?? []));
  board.take(event, live);
  ownBoard?.take(event);
  HEARD[event.kind]?.(event, live);
  quiz.take(event);
  panel?.take(event);
  const line = lineOf(event, stage.title(event.body.page), room.nameOf(event.person_id));
  if (line) talk.line(line, event.kind.replace(".", "-"), live);
  if (event.seq === replayed) talk.caughtUp();
  if (event.seq >= replayed) refresh();
}

const HEARD = {
  "page.shown": (event, live) => {
    stage.show(event.body.page);
    if (live && event.body.cause !== "script") voices.hush();
  },
  "student.said": (event, live) => talk.asked(event, live),
  "item.answered": (event, live) => { if (event.person_id === room.own) talk.asked(event, live); },
  "turn.started": (event, live) => { talk.begin(event, live); },
  "turn.said": (event, live) => { finish(event, live); },
  "turn.retold": (event, live) => signals.retold(event, live),
  "turn.withdrawn": (event) => talk.withdraw(event),
  "page.spotlit": ({ body }, live) => {
    if (live && body.region && body.text) announcer.textContent += ` Pointed at on the page: “${body.text}”.`;
  },
  "turn.cut": (event, live) => {
    talk.cut(event.body.answers, event.body.heard);
    if (live) voices.hush();
  },
  "speed.set": () => {
    setSpeed(room.speed);
    voices.speed = room.speed;
  },
  "class.paused": () => voices.hold(),
  "class.resumed": () => voices.goOn(),
  "class.ended": (event, live) => { end(event, live); },
};

function finish(event, live) {
  const turn = talk.said(event, live);
  signals.add(turn.item, event);
  if (!live) return;
  announcer.textContent = `${called(event.voice)}${event.body.asks ? " asks" : ""}: ${event.body.text}`;
  voices.say(event.voice, event.body.text, event.seq);
  turn.finished.then(refresh);
}

function hear(delta) {
  const turn = talk.delta(delta);
  if (!turn || !room.turn || room.turn.begun) return;
  room.turn.begun = true;
  refresh();
}

function refresh() {
  const heard = talk.heard();
  const now = doing(room, called, heard);
  wait.say(now.text, now);
  controls.show(room, Boolean(heard || room.visible?.begun || voices.waiting));
  box.invite(room.asks(Boolean(heard)) ? called(room.ask) : "", room.gate, Boolean(room.item) && !room.answered);
  banner.hidden = !room.modelGone;
  root.dataset.status = room.status;
  const waits = room.waits && !heard ? "yes" : "no";
  if (waits === "no") turnTold.textContent = "";
  else if (root.dataset.waits === "no") turnTold.textContent = now.text;
  root.dataset.waits = waits;
  if (room.visible) stage.ring(room.turn.voice, room.turn.begun ? "speaking" : "thinking");
  else stage.ring(heard, "speaking");
}

function end(event, live) {
  const writes = document.activeElement?.matches("input, textarea, select") && !box.form.contains(document.activeElement);
  line.close();
  talk.close();
  link.hidden = true;
  const card = root.querySelector(".end-card");
  const unsent = card.querySelector(".end-unsent");
  const wrote = box.close((words) => {
    unsent.hidden = !words;
    unsent.querySelector("q").textContent = words;
  });
  const minutes = Math.max(1, Math.round(room.attended / 60000));
  card.querySelector(".end-pages").textContent = `${room.reached.size} of ${room.pages}`;
  card.querySelector(".end-questions").textContent = room.questions;
  card.querySelector(".end-minutes").textContent = minutes;
  card.hidden = false;
  if (live && !writes) card.querySelector(wrote ? "h2" : "a, button").focus(); // who was writing presses keys still
}

function linked(state, sentence = "") {
  link.hidden = state === "open";
  link.dataset.state = state;
  if (state !== "signed-out") link.textContent = state === "lost" ? "Reconnecting … the class is kept" : sentence;
  else if (!link.querySelector("a")) link.replaceChildren("You have been signed out; the class and your words are kept. ", signIn());
}

/** The way in again, which leads back here. */
function signIn() {
  const way = document.createElement("a");
  way.href = `/sign-in?next=${encodeURIComponent(address)}`;
  way.textContent = "Sign in again";
  return way;
}

const line = listen(`${address}/events`, { event: take, delta: hear, here: (ids) => company.here(ids), link: linked });
stage.show(Number(root.dataset.page));
refresh();
