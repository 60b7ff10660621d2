// What an instructor does in a class: speak to everybody, whisper to the agents, take over, and see what gives concern.
import { post, sends, takeAway } from "./class-post.js";

const CONCERNS = { distress: "in distress", abuse: "abusive words" };

/** The instructor's panel. `people` gives names by id: {get(id) -> {name}}. */
export class Instructor {
  constructor(root, address, people) {
    this.root = root;
    this.address = address;
    this.people = people;
    this.own = root.dataset.person;
    this.place = root.querySelector(".instructor");
    this.button = this.place.querySelector("[data-floor]");
    this.trouble = this.place.querySelector(".instructor-trouble");
    this.button.addEventListener("click", () => this.floor());
    for (const form of this.place.querySelectorAll(".instructor-box")) this.listen(form);
    this.holder = null;
    this.place.open = !matchMedia("(max-width: 56.24rem)").matches;
    this.show();
  }

  listen(form) {
    const input = form.querySelector("textarea");
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(form.dataset.to, input); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") input.blur();
      if (!sends(event)) return;
      event.preventDefault();
      this.send(form.dataset.to, input);
    });
  }

  /** Words that were not taken stay in their box, and so do those that are written while others are under way. */
  async send(to, input) {
    const sent = input.value;
    if (!sent.trim() || this.sending) return;
    this.sending = true;
    input.focus();
    const answer = await post(`${this.address}/${to}`, { text: sent.trim() });
    this.sending = false;
    if (answer.ok) takeAway(input, sent);
    this.tell(answer);
  }

  async floor() {
    this.tell(await post(`${this.address}/floor`, { floor: this.button.dataset.floor }));
  }

  tell(answer) {
    this.trouble.hidden = answer.ok;
    this.trouble.textContent = answer.sentence;
  }

  take(event) {
    const { kind, person_id: person, body, at } = event;
    if (kind === "floor.taken") this.holder = { id: person, name: body.name };
    if (kind === "floor.released") this.holder = null;
    if (kind === "concern.raised") this.concern(this.people.get(person)?.name ?? "A student", body, at);
    if (kind === "instructor.whispered") this.note(".whisper-list", [`${time(at)} `, body.text]);
    if (kind === "class.ended") this.place.hidden = true;
    this.show();
  }

  concern(name, body, at) {
    const list = this.note(".concern-list", [strong(`${name}, ${CONCERNS[body.cause] ?? body.cause}, ${time(at)}: `), body.text]);
    this.place.querySelector(".concern-count").textContent = list.children.length;
    list.closest("details").open = true;
    this.place.open = true;
  }

  note(where, parts) {
    const list = this.place.querySelector(where);
    const item = document.createElement("li");
    item.append(...parts);
    list.append(item);
    list.closest("details").hidden = false;
    return list;
  }

  show() {
    const mine = this.holder?.id === this.own;
    this.button.dataset.floor = mine ? "release" : "take";
    this.button.textContent = mine ? "Give back" : "Take over";
    this.button.classList.toggle("plain", !mine);
    this.button.disabled = Boolean(this.holder) && !mine;
    this.place.querySelector(".instructor-floor").textContent = mine
      ? "You have taken over: the agents wait."
      : this.holder ? `${this.holder.name} has taken over.` : "The agents teach; you may speak at any time.";
  }
}

function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function strong(words) {
  const made = document.createElement("b");
  made.textContent = words;
  return made;
}
