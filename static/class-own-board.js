// A student's own board: what they write for themselves beside the page, rub out, and may ask about.
import { fetchItem } from "./class-board.js";
import { post, takeAway } from "./class-post.js";

/** The own board of the page that is shown. `ask` says something to the class. */
export class OwnBoard {
  constructor(panel, address, ask) {
    this.panel = panel;
    this.address = address;
    this.place = panel.querySelector(".board-items");
    this.form = panel.querySelector("form");
    this.words = this.form.elements.text;
    this.trouble = this.form.querySelector(".wrong");
    this.asking = this.form.querySelector("[data-ask]");
    this.written = new Map();
    this.page = 0;
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.write(); });
    this.form.addEventListener("keydown", (event) => { if (event.key === "Escape") event.target.blur(); });
    this.asking.addEventListener("click", () => ask(this.asking.dataset.ask));
  }

  /** What others write for themselves comes without its words and is passed over. */
  take({ kind, seq, body }) {
    if (kind === "page.shown") this.page = body.page;
    else if (kind === "own-board.written" && body.board) this.written.set(seq, this.entry(seq, body));
    else if (kind === "own-board.rubbed" && body.answers) this.written.delete(body.answers);
    else return;
    this.show();
  }

  open() {
    this.panel.open = true;
    this.words.focus();
  }

  /** What is written on while something is under way stays. */
  async write() {
    const sent = this.words.value;
    if (this.sending) return;
    this.sending = true;
    const { kind, language } = Object.fromEntries(new FormData(this.form));
    const answer = await post(this.form.action, { kind, text: sent, language });
    this.sending = false;
    if (answer.ok) takeAway(this.words, sent);
    this.tell(answer);
  }

  tell({ sentence }) {
    this.trouble.textContent = sentence;
    this.trouble.hidden = !sentence;
  }

  entry(seq, { page, board }) {
    const node = document.createElement("div");
    node.className = "own-item";
    const rub = document.createElement("button");
    rub.type = "button";
    rub.className = "button plain small";
    rub.textContent = "Rub out";
    rub.addEventListener("click", () => this.rub(seq, board));
    node.append(rub);
    const entry = { page, node };
    fetchItem(`${this.address}/board/${seq}`).then((item) => {
      node.prepend(item ?? board.text);
      this.place.scrollTop = this.place.scrollHeight;
    });
    return entry;
  }

  /** Rubbed out by mistake: the words are back in the empty box, to be written again. */
  async rub(seq, board) {
    const answer = await post(`${this.address}/own-board/${seq}/rub-out`, {});
    this.tell(answer);
    if (!answer.ok || this.words.value) return;
    for (const name of ["kind", "text", "language"]) this.form.elements[name].value = board[name] ?? "";
  }

  show() {
    const here = [...this.written.values()].filter((one) => one.page === this.page).map((one) => one.node);
    for (const node of this.place.querySelectorAll(".own-item")) if (!here.includes(node)) this.drop(node);
    for (const node of here) if (node.parentNode !== this.place) this.place.append(node);
    this.place.hidden = this.asking.hidden = !here.length;
    this.panel.querySelector(".own-count").textContent = here.length ? ` (${here.length})` : "";
  }

  /** Take an item away; a focus that stood in it goes to the box. */
  drop(node) {
    const stood = node.contains(document.activeElement);
    node.remove();
    if (stood) this.words.focus();
  }
}
