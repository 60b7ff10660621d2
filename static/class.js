// The class page: events come in by one line, and each noun of the page takes what concerns it.
import { Box } from "./class-box.js";
import { Company } from "./class-company.js";
import { Controls } from "./class-controls.js";
import { Instructor } from "./class-instructor.js";
import { Room, doing, lineOf } from "./class-room.js";
import { Sources } from "./class-sources.js";
import { Stage } from "./class-stage.js";
import { listen } from "./class-stream.js";
import { Talk } from "./class-talk.js";
import { Voices } from "./class-voice.js";
import { Wait } from "./class-wait.js";

const root = document.querySelector("[data-class]");
const address = `/classes/${root.dataset.class}`;
const replayed = Number(root.dataset.seq);
const names = new Map([...root.querySelectorAll(".cast li")].map((one) => [one.dataset.voice, one.dataset.name]));
const called = (voice) => (voice === "teacher" && company.speaker) || names.get(voice) || "Somebody";

const room = new Room(Number(root.dataset.pages), root.dataset.person);
const stage = new Stage(root);
const sources = new Sources(root, stage);
const talk = new Talk(root, names, stage, (page, passages) => sources.open(page, passages));
const wait = new Wait(root.querySelector(".doing"));
const voices = new Voices(root.querySelector(".voices"));
const box = new Box(root, `${address}/say`);
const controls = new Controls(root, address, { write: () => box.focus(), voices: () => voices.toggle() });
const company = new Company(root, address);
const panel = root.querySelector(".instructor") ? new Instructor(root, address, { get: (id) => company.people.get(id) }) : null;
const announcer = root.querySelector(".announcer");
const banner = root.querySelector(".model-gone");
const link = root.querySelector(".link");

talk.people = room.people;

function take(event) {
  const live = event.seq > replayed;
  room.take(event);
  company.take(event, live);
  HEARD[event.kind]?.(event, live);
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
  "turn.started": (event, live) => { talk.begin(event, live); },
  "turn.said": (event, live) => { finish(event, live); },
  "turn.withdrawn": (event) => talk.withdraw(event),
  "class.paused": () => voices.hold(),
  "class.resumed": () => voices.goOn(),
  "class.ended": (event, live) => { end(event, live); },
};

function finish(event, live) {
  const turn = talk.said(event, live);
  if (!live) return;
  announcer.textContent = `${called(event.voice)}${event.body.asks ? " asks" : ""}: ${event.body.text}`;
  voices.say(event.voice, event.body.text);
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
  controls.show(room);
  box.invite(room.ask ? called(room.ask) : "");
  banner.hidden = !room.modelGone;
  root.dataset.status = room.status;
  if (room.turn) stage.ring(room.turn.voice, room.turn.begun ? "speaking" : "thinking");
  else stage.ring(heard, "speaking");
}

function end(event, live) {
  line.close();
  link.hidden = true;
  box.close();
  const card = root.querySelector(".end-card");
  const minutes = room.started ? Math.max(1, Math.round((Date.parse(event.at) - Date.parse(room.started)) / 60000)) : 0;
  card.querySelector(".end-pages").textContent = `${room.reached.size} of ${room.pages}`;
  card.querySelector(".end-questions").textContent = room.questions;
  card.querySelector(".end-minutes").textContent = minutes;
  card.hidden = false;
  if (live) card.querySelector("a, button").focus();
}

function linked(state, sentence = "") {
  link.hidden = state === "open";
  link.dataset.state = state;
  link.textContent = state === "lost" ? "Reconnecting … the class is kept" : sentence;
}

const line = listen(`${address}/events`, { event: take, delta: hear, here: (ids) => company.here(ids), link: linked });
stage.show(Number(root.dataset.page));
refresh();
