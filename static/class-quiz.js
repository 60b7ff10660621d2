// A question of the bank that the class puts at a gate: its form in the conversation, until it is answered or closed.
import { parse } from "./class-board.js";
import { post } from "./class-post.js";

const SOON_MS = 60;

/** Shows the form under the line that asks. `talk` knows the entries by their number. */
export class Quiz {
  constructor(root, address, talk) {
    this.own = root.dataset.person;
    this.address = `${address}/items`;
    this.talk = talk;
    this.seq = 0;
    this.form = null;
    this.given = false;
  }

  take(event) {
    const { kind, body } = event;
    if (kind === "turn.said" && body.item) this.put(event.seq);
    else if (kind === "item.answered" && event.person_id === this.own && body.answers === this.seq) this.close("Your answer is in.");
    else if (kind === "item.over" && body.answers === this.seq) this.close("This question is closed.");
    else if (kind === "page.shown" || kind === "class.ended") this.close("This question is closed.");
  }

  put(seq) {
    this.close("This question is closed.");
    this.seq = seq;
    this.given = false;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.show(seq), SOON_MS);
  }

  /** Nothing can be answered any more; what was chosen stays to be seen. */
  close(words) {
    this.seq = 0;
    if (!this.form) return;
    this.tell(words);
    this.keepKeys(this.form);
    this.form.querySelector("fieldset").disabled = true;
    this.form.querySelector(".item-acts")?.remove();
    this.form = null;
  }

  /** A focus that stands in the form stays there, or keys of somebody who is writing still would steer the class. Who
   *  gave the answer here is done with it. */
  keepKeys(form) {
    form.classList.toggle("given", this.given);
    if (!form.contains(document.activeElement)) return;
    const told = form.querySelector(".item-told");
    told.tabIndex = -1;
    told.focus({ preventScroll: true });
  }

  async show(seq) {
    const item = this.talk.lines.get(seq)?.item;
    const ask = () => fragment(`${this.address}/${seq}`);
    const found = item && (await ask() ?? await ask()); // once more where the line was lost: else no answer can be given
    if (!found || seq !== this.seq || item.querySelector(".item-form")) return;
    item.querySelector(".said-words").after(found);
    this.form = found;
    found.addEventListener("submit", (event) => { event.preventDefault(); this.send(found, event.submitter); });
    this.talk.keepUp();
  }

  async send(form, button) {
    if (this.sending) return;
    this.sending = true;
    this.given = true; // the class may take it in before this is told
    const sent = await post(form.action, new FormData(form, button));
    this.sending = false;
    if (sent.ok) return;
    this.given = false;
    this.tell(sent.sentence, true);
  }

  tell(words, isTrouble = false) {
    const place = this.form?.querySelector(".item-told");
    if (!place) return;
    place.textContent = words;
    place.classList.toggle("wrong", isTrouble);
  }
}

async function fragment(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    return answer.ok ? parse(await answer.text()).find((node) => node.matches?.("form")) ?? null : null;
  } catch {
    return null;
  }
}
