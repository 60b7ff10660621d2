// The controls under the stage and at the text box, their keys, and the dialogs.
import { post } from "./class-post.js";

const KEYS = {
  " ": "pause", k: "pause", c: "continue", ArrowLeft: "back", ArrowRight: "forward",
  h: "hand", s: "interrupt", m: "mode", "/": "write", b: "board", v: "voices", "?": "keys",
};

/** Buttons and keys that steer the class. `act` maps write, board and voices to functions of the page; its breakIn() says
 *  where a stop cuts the line that is being read out. */
export class Controls {
  constructor(root, address, act) {
    this.root = root;
    this.address = address;
    this.act = act;
    this.buttons = new Map([...root.querySelectorAll("[data-verb]")].map((button) => [button.dataset.verb, button]));
    this.trouble = root.querySelector(".control-trouble");
    this.modes = [...root.querySelectorAll("[data-mode]")];
    this.endDialog = root.querySelector(".end-dialog");
    this.keysDialog = root.querySelector(".keys-dialog");
    for (const [verb, button] of this.buttons) button.addEventListener("click", () => this.press(verb));
    for (const button of this.modes) button.addEventListener("click", () => this.set("mode", button.dataset.mode));
    this.lists = ["activity", "speed"].map((name) => root.querySelector(`select[name=${name}]`));
    for (const list of this.lists) list.addEventListener("change", () => this.choose(list));
    this.openDialogs();
    document.addEventListener("keydown", (event) => this.key(event));
    this.settle(root.querySelector(".controls"));
  }

  openDialogs() {
    for (const close of this.root.querySelectorAll("[data-close]")) {
      close.addEventListener("click", () => close.closest("dialog").close());
    }
    for (const dialog of this.root.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    }
    this.keysOn = this.root.querySelector(".keys-on");
    this.keysOn.checked = localStorage.getItem("class-keys") !== "off";
    this.keysOn.addEventListener("change", () => localStorage.setItem("class-keys", this.keysOn.checked ? "on" : "off"));
  }

  /** Under the stage where there is room; on a narrow screen beside the text box, within a thumb's reach, and what is
   *  used less in the menu. */
  settle(bar) {
    const narrow = matchMedia("(max-width: 56.24rem)");
    const more = bar.querySelector(".more");
    const sheet = more.querySelector(".more-sheet");
    const less = [...bar.querySelectorAll("[data-less]")];
    const before = less.filter((one) => one.dataset.less === "before");
    const after = less.filter((one) => one.dataset.less === "after");
    const place = () => {
      if (narrow.matches) this.root.querySelector(".doing").before(bar);
      else this.root.querySelector(".stage").append(bar);
      if (narrow.matches) { sheet.prepend(...before); sheet.append(...after); return; }
      more.before(...before);
      more.after(...after);
    };
    narrow.addEventListener("change", place);
    place();
  }

  key(event) {
    const typing = event.target.closest("input, textarea, select, [contenteditable], .item-form:not(.given)");
    const pressing = event.key === " " && event.target.closest("button, a, summary, .talk-log");
    const chord = event.ctrlKey || event.metaKey || event.altKey;
    const name = KEYS[event.key];
    if (!name || typing || pressing || chord || this.ended || !this.keysOn.checked || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.press(name);
  }

  press(name) {
    if (name === "keys") return this.keysDialog.showModal();
    if (name === "end") return this.endDialog.showModal();
    if (name === "end-now") { this.endDialog.close(); return this.send("end"); }
    if (name in this.act) return this.act[name]();
    if (this.ended || this.buttons.get(name)?.disabled || this.buttons.get(name)?.hidden) return undefined;
    if (name === "mode") return this.set("mode", this.mode === "interactive" ? "continuous" : "interactive");
    if (name === "interrupt") return this.send(name, this.act.breakIn());
    if (name === "pause") return this.send(this.paused ? "resume" : "pause");
    return this.send(name);
  }

  async send(verb, more = {}) {
    this.tell(await post(`${this.address}/control`, { verb, ...more }));
  }

  async set(name, value) {
    const answer = await post(`${this.address}/${name}`, { [name]: value });
    this.tell(answer);
    return answer.ok;
  }

  async choose(list) {
    if (!(await this.set(list.name, list.value))) list.value = list.dataset.chosen;
  }

  tell(answer) {
    this.trouble.hidden = answer.ok;
    this.trouble.textContent = answer.sentence;
  }

  /** Show the class as it stands: `room` is the page's fold; `speaking` says whether somebody is heard. */
  show(room, speaking) {
    this.paused = room.status === "paused";
    this.ended = room.status === "ended";
    this.mode = room.mode;
    this.showSteering(room, speaking);
    this.showHand(room);
    for (const button of this.modes) {
      button.ariaPressed = String(button.dataset.mode === room.mode);
      button.disabled = this.ended;
    }
    for (const list of this.lists) {
      list.disabled = this.ended;
      list.dataset.chosen = String(room[list.name]);
      if (document.activeElement !== list) list.value = list.dataset.chosen;
    }
  }

  showSteering(room, speaking) {
    const pause = this.buttons.get("pause");
    const waits = room.waits && !speaking;
    pause.querySelector(".label").textContent = this.paused ? "Resume" : "Pause";
    pause.classList.toggle("standing", this.paused);
    pause.classList.toggle("plain", waits);
    this.buttons.get("continue").classList.toggle("plain", !waits);
    this.buttons.get("continue").classList.toggle("next", waits);
    this.buttons.get("back").disabled = this.ended || room.page <= 1;
    this.buttons.get("forward").disabled = this.ended || room.page >= room.pages;
    this.buttons.get("continue").disabled = this.ended || this.paused || Boolean(room.ask && room.gate);
    for (const verb of ["pause", "end"]) this.buttons.get(verb).disabled = this.ended;
    this.buttons.get("interrupt").hidden = this.ended || !speaking;
  }

  showHand(room) {
    const hand = this.buttons.get("hand");
    const own = [room.hand, ...room.hands].some((one) => one?.person === room.own);
    hand.disabled = this.ended;
    hand.ariaPressed = String(own);
    hand.title = own ? "Lower your hand (h)" : room.hand ? "Raise your hand, after the others (h)" : "Raise your hand (h)";
    hand.ariaLabel = own ? "Lower your hand" : "Raise your hand";
  }
}
