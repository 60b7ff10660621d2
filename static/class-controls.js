// The controls under the stage, their keys, and the dialogs.
import { post } from "./class-post.js";

const KEYS = {
  " ": "pause", k: "pause", c: "continue", ArrowLeft: "back", ArrowRight: "forward",
  "/": "write", v: "voices", "?": "keys",
};

/** Buttons and keys that steer the class. `act` maps write and voices to functions of the page. */
export class Controls {
  constructor(root, address, act) {
    this.root = root;
    this.address = address;
    this.act = act;
    this.buttons = new Map([...root.querySelectorAll("[data-verb]")].map((button) => [button.dataset.verb, button]));
    this.trouble = root.querySelector(".control-trouble");
    this.activity = root.querySelector(".activity select");
    this.endDialog = root.querySelector(".end-dialog");
    this.keysDialog = root.querySelector(".keys-dialog");
    for (const [verb, button] of this.buttons) button.addEventListener("click", () => this.press(verb));
    this.activity.addEventListener("change", () => this.choose());
    for (const close of root.querySelectorAll("[data-close]")) {
      close.addEventListener("click", () => close.closest("dialog").close());
    }
    for (const dialog of root.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    }
    document.addEventListener("keydown", (event) => this.key(event));
    this.keysOn = root.querySelector(".keys-on");
    this.keysOn.checked = localStorage.getItem("class-keys") !== "off";
    this.keysOn.addEventListener("change", () => localStorage.setItem("class-keys", this.keysOn.checked ? "on" : "off"));
    this.settle(root.querySelector(".controls"));
  }

  /** Under the stage where there is room; on a narrow screen beside the text box, within a thumb's reach. */
  settle(bar) {
    const narrow = matchMedia("(max-width: 56.24rem)");
    const place = () => (narrow.matches
      ? this.root.querySelector(".doing").before(bar) : this.root.querySelector(".stage").append(bar));
    narrow.addEventListener("change", place);
    place();
  }

  key(event) {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const pressing = event.key === " " && event.target.closest("button, a, summary, .talk-log");
    const chord = event.ctrlKey || event.metaKey || event.altKey;
    const name = KEYS[event.key];
    if (!name || typing || pressing || chord || !this.keysOn.checked || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.press(name);
  }

  press(name) {
    if (name === "keys") return this.keysDialog.showModal();
    if (name === "end") return this.endDialog.showModal();
    if (name === "end-now") { this.endDialog.close(); return this.send("end"); }
    if (name in this.act) return this.act[name]();
    if (this.ended || this.buttons.get(name)?.disabled) return undefined;
    if (name === "pause") return this.send(this.paused ? "resume" : "pause");
    return this.send(name);
  }

  async send(verb) {
    this.tell(await post(`${this.address}/control`, { verb }));
  }

  async choose() {
    const answer = await post(`${this.address}/activity`, { activity: this.activity.value });
    if (!answer.ok) this.activity.value = this.chosen ?? this.activity.value;
    this.tell(answer);
  }

  tell(answer) {
    this.trouble.hidden = answer.ok;
    this.trouble.textContent = answer.sentence;
  }

  /** Show the class as it stands: `room` has status, page, pages, activity. */
  show(room) {
    this.paused = room.status === "paused";
    this.ended = room.status === "ended";
    const pause = this.buttons.get("pause");
    pause.querySelector(".label").textContent = this.paused ? "Resume" : "Pause";
    pause.classList.toggle("standing", this.paused);
    this.buttons.get("back").disabled = this.ended || room.page <= 1;
    this.buttons.get("forward").disabled = this.ended || room.page >= room.pages;
    this.buttons.get("continue").disabled = this.ended || this.paused;
    for (const verb of ["pause", "end"]) this.buttons.get(verb).disabled = this.ended;
    this.activity.disabled = this.ended;
    if (room.activity && document.activeElement !== this.activity) this.activity.value = room.activity;
    this.chosen = room.activity;
  }
}
