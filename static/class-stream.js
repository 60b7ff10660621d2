// The class's one line to the server: events with a number, words on their way, and the state of the line itself.
import { signedOut } from "./class-post.js";

const LONGEST_WAIT = 15_000;
/** What an event says where it says nothing: the server leaves that out. */
const SILENT = {
  "text": "", "page": 0, "turn": null, "action": null, "answers": null, "asks": false, "cause": "", "sources": [],
  "fallback": false, "model": "", "call_id": null, "activity": null, "pages": 0, "mode": null, "speed": 0, "cast": [],
  "intent": null, "named": null, "chosen": "", "verdict": null, "move": null, "heard": 0, "level": 0, "gate": false, "prompts": "",
  "name": "", "board": null, "region": null, "offers": false, "weak": [], "personal": 0,
  "gates": [], "item": null
};

/**
 * Listen to a class. `on` has event(document), delta(document), here(ids), link(state, sentence) with state one of
 * "open", "lost", "refused", "signed-out". The browser reconnects by itself and says the last number it has; when it
 * gives up (the server answered with an error), a new line is opened after a growing wait: also of who was signed out, as
 * they may sign in in another tab. Returns {close}.
 */
export function listen(address, on) {
  let last = 0;
  let wait = 1000;
  let line = null;
  let timer = 0;
  let over = false;
  let state = "open";

  function tell(now) {
    if (!over) on.link(state = now);
  }

  function open() {
    clearTimeout(timer);
    line?.close();
    if (over) return;
    line = new EventSource(`${address}?after=${last}`);
    line.addEventListener("open", () => { wait = 1000; tell("open"); });
    line.addEventListener("event", (message) => takeEvent(JSON.parse(message.data)));
    line.addEventListener("delta", (message) => on.delta(JSON.parse(message.data)));
    line.addEventListener("here", (message) => on.here(JSON.parse(message.data)));
    line.addEventListener("refused", (message) => { close(); on.link("refused", message.data); });
    line.addEventListener("error", stumble);
  }

  function takeEvent(event) {
    if (event.seq <= last) return;
    last = event.seq;
    on.event({ voice: null, person_id: null, ...event, body: { ...SILENT, ...event.body } });
  }

  async function stumble() {
    if (over) return;
    const stumbled = line;
    if (state !== "signed-out") tell("lost");
    if (stumbled.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
    const isOut = await signedOut();
    if (line === stumbled) tell(isOut ? "signed-out" : "lost");
  }

  function close() {
    over = true;
    clearTimeout(timer);
    line.close();
  }

  addEventListener("online", () => open());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
  return { close };
}
