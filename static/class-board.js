// The board under the slide and the spotlight on it; for an instructor in the class also the way to use them.
import { post, takeAway } from "./class-post.js";
import { draw, outline, pictureIn } from "./region.js";

const SOON_MS = 40;

/** The board of the page that is shown. What stands on it comes as HTML from the server, made safe there. */
export class Board {
  constructor(root, stage, address) {
    this.root = root;
    this.stage = stage;
    this.address = address;
    this.panel = root.querySelector(".board");
    this.place = this.panel.querySelector(".board-items");
    this.frame = root.querySelector(".frame");
    this.written = new Map();
    this.items = new Map();
    this.page = 0;
    this.region = null;
    this.light = document.createElement("div");
    this.light.className = "spotlight";
    this.light.role = "img";
    this.light.hidden = true;
    this.frame.append(this.light);
    if (matchMedia("(max-width: 56.24rem)").matches) this.panel.open = false;
    new ResizeObserver(() => this.point()).observe(this.frame);
    stage.picture.addEventListener("load", () => this.point());
    const desk = root.querySelector(".board-desk");
    if (desk) this.equip(desk);
  }

  take(event, live) {
    const { body } = event;
    if (event.kind === "page.shown") { this.page = body.page; this.dark(); }
    else if (event.kind === "page.spotlit") this.lit(body);
    else if (event.kind === "turn.started" && this.passing) this.dark(); // whoever pointed has finished
    else if (event.kind === "board.written") {
      this.written.set(body.page, [...(this.written.get(body.page) ?? []), event.seq]);
      if (live && event.person_id) this.panel.open = true;
    } else return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => { this.show(); this.point(); }, SOON_MS);
  }

  /** Somebody points. An agent's pointing that goes with its turn (`passing`) ends with it. */
  lit({ region, text, cause }) {
    this.region = region;
    this.passing = cause === "turn";
    this.light.ariaLabel = text ? `Pointed at: ${text}` : "Pointed at on the page";
  }

  dark() {
    this.region = null;
    this.passing = false;
  }

  /** Put up what was written on this page, in order; each item is fetched once. What stands there already is not moved
   *  under who reads it. */
  async show() {
    const page = this.page;
    const wanted = this.written.get(page) ?? [];
    const items = await Promise.all(wanted.map((seq) => this.item(seq)));
    if (page !== this.page) return;
    const found = items.filter(Boolean);
    if (found.length === this.place.children.length && found.every((one) => one.parentNode === this.place)) return;
    this.place.replaceChildren(...found);
    this.panel.hidden = !this.place.children.length;
    this.place.scrollTop = this.place.scrollHeight;
  }

  async item(seq) {
    if (!this.items.has(seq)) {
      const found = await fetchItem(`${this.address}/board/${seq}`);
      if (found) this.items.set(seq, found);
    }
    return this.items.get(seq);
  }

  point() {
    const at = pictureIn(this.stage.picture);
    this.light.hidden = !this.region || !at;
    if (!this.light.hidden) outline(this.light, this.region, at);
  }

  equip(desk) {
    const form = desk.querySelector("form");
    const trouble = desk.querySelector(".wrong");
    const tell = ({ sentence }) => { trouble.textContent = sentence; trouble.hidden = !sentence; };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (this.sending) return;
      this.sending = true;
      const { kind, text, language } = Object.fromEntries(new FormData(form));
      const sent = await post(form.action, { kind, text, language });
      this.sending = false;
      if (sent.ok) takeAway(form.elements.text, text);
      tell(sent);
    });
    this.pointer = desk.querySelector("[data-point=on]");
    this.pointer.addEventListener("click", () => this.arm(!this.frame.classList.contains("pointing")));
    desk.querySelector("[data-point=off]").addEventListener("click", async () => tell(await this.send(null)));
    this.frame.addEventListener("pointerdown", (event) => this.drag(event, tell));
  }

  arm(on) {
    this.frame.classList.toggle("pointing", on);
    this.pointer.ariaPressed = String(on);
  }

  send(region) {
    const sent = Object.entries(region ?? {}).map(([name, value]) => [name, value.toFixed(4)]);
    return post(`${this.address}/spotlight`, Object.fromEntries(sent));
  }

  /** Draw a box on the slide; letting go points there. */
  drag(event, tell) {
    const at = pictureIn(this.stage.picture);
    if (!this.frame.classList.contains("pointing") || !at) return;
    draw(event, this.frame, at, {
      moved: (region) => { this.light.hidden = false; outline(this.light, region, at); },
      done: async (region) => {
        this.arm(false);
        if (region) tell(await this.send(region));
        this.point();
      },
    });
  }
}

/** What stands at an address as a board item, null where it cannot be had. */
export async function fetchItem(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return null;
    const item = document.createElement("div");
    item.className = "board-item";
    item.append(...parse(await answer.text()));
    return item;
  } catch {
    return null;
  }
}

/** The nodes of a fragment that the server made; parsed in a document of its own, where nothing runs. */
export function parse(html) {
  const nodes = [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
  return nodes.map((node) => document.adoptNode(node));
}
