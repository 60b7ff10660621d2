// The class's one line to the server: events with a number, words on their way, and the state of the line itself.

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
 * "open", "lost", "refused". The browser reconnects by itself and says the last number it has; when it gives up (the
 * server answered with an error), a new line is opened after a growing wait. Returns {close}.
 */
export function listen(address, on) {
  let last = 0;
  let wait = 1000;
  let line = null;
  let timer = 0;
  let over = false;

  function open() {
    clearTimeout(timer);
    line?.close();
    if (over) return;
    line = new EventSource(`${address}?after=${last}`);
    line.addEventListener("open", () => { wait = 1000; on.link("open"); });
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

  function stumble() {
    if (over) return;
    on.link("lost");
    if (line.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
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
