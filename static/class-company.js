// Who is in the class with you: names, who is here now, who raised a hand, and who leads.

/** The people of a class. `at` tells where their list can be read again; `root` is the class page's main element. */
export class Company {
  constructor(root, address) {
    this.root = root;
    this.at = `${address}/people.json`;
    this.shared = root.dataset.shared === "yes";
    this.own = root.dataset.person;
    this.leads = root.dataset.role === "instructor";
    this.place = root.querySelector(".company");
    this.list = this.place.querySelector(".company-list");
    this.people = new Map([...this.list.children].map((item) => [item.dataset.id, {
      name: item.dataset.name, instructor: item.dataset.instructor === "yes", here: item.dataset.here === "yes",
    }]));
    this.hands = [];
    this.caption = root.querySelector(".caption");
    this.speaker = "";
    this.show();
  }

  /** What an event says about people; `hands` are the ids of those whose hands are up after it, in order. */
  take(event, live, hands) {
    const { kind, person_id: person, body } = event;
    if (kind === "person.joined" && !this.people.has(person)) {
      this.people.set(person, { name: body.name, instructor: false, here: live });
    }
    if (kind === "person.left") this.people.delete(person);
    if (kind.startsWith("turn.") && body.cause !== "prepared") this.speaks(body);
    this.hands = hands;
    if (live) this.show();
  }

  /** The name of the instructor whose words are the last ones, "" when they are an agent's. */
  speaks(body) {
    this.speaker = body.cause === "instructor" ? body.name : "";
    this.caption.dataset.cause = this.speaker ? "instructor" : "";
  }

  /** The ids of all who have the class open. Somebody unknown among them is an instructor who has just come. */
  async here(ids) {
    if (ids.some((id) => !this.people.has(id))) await this.ask();
    for (const [id, one] of this.people) one.here = ids.includes(id);
    this.show();
  }

  async ask() {
    try {
      const answer = await fetch(this.at, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      this.people = new Map((await answer.json()).map((one) => [one.id, {
        name: one.name, instructor: one.is_instructor, here: one.is_here,
      }]));
    } catch { /* it is told again in a few seconds */ }
  }

  get instructors() {
    return [...this.people].filter(([id, one]) => one.instructor && one.here && id !== this.own).map(([, one]) => one.name);
  }

  show() {
    const names = this.instructors;
    this.root.dataset.led = this.shared && !this.leads && names.length ? "yes" : "no";
    this.watch(names);
    if (!this.shared) return;
    const students = [...this.people.values()].filter((one) => !one.instructor);
    const here = students.filter((one) => one.here).length;
    this.say(".company-count", students.length
      ? `${here} of ${students.length} ${students.length === 1 ? "student" : "students"} here`
      : "Nobody has joined yet; the class begins with the first student");
    const up = this.hands.filter((id) => this.people.has(id)).map((id) => this.called(id, this.people.get(id)));
    this.say(".company-hand", up.length > 1 ? `Hands are up: ${up.join(", then ")}` : up.length ? `${up[0]} raised a hand` : "");
    this.list.replaceChildren(...[...this.people].map(([id, one]) => this.item(id, one)));
    this.rule(names);
  }

  /** Students always see that an instructor looks on, and a watching instructor sees whose class it is. */
  watch(names) {
    if (this.leads && !this.shared) {
      const student = [...this.people.values()].find((one) => !one.instructor);
      this.say(".company-watch", student ? `You are watching ${student.name}${student.here ? "" : ", who is away"}` : "");
      return;
    }
    const verb = names.length > 1 ? ["lead", "are watching"] : ["leads", "is watching"];
    const words = names.length ? `${names.join(" and ")} ${verb[this.shared ? 0 : 1]} this class` : "";
    this.say(".company-watch", words);
  }

  rule(names) {
    this.say(".company-rule", names.length
      ? `While ${names[0]} is here, only an instructor pauses, turns pages and sets the pace. Ask and raise your hand as you like.`
      : "No instructor is here: everybody may pause, turn pages and set the pace. Only an instructor ends the class.");
    this.say(".control-led", names.length ? `${names[0]} leads: pausing, pages and pace are theirs. Ask at any time.` : "");
  }

  item(id, one) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = this.called(id, one);
    item.append(name, one.instructor ? badge("instructor") : "", this.hands.includes(id) ? badge("hand up", "warn") : "");
    item.classList.toggle("here", one.here || id === this.own);
    const note = document.createElement("span");
    note.className = "unseen";
    note.textContent = one.here ? ", here now" : ", away";
    name.append(note);
    return item;
  }

  called(id, one) {
    return id === this.own ? "You" : one.name;
  }

  say(where, words) {
    for (const place of this.root.querySelectorAll(where)) {
      if (place.textContent !== words) place.textContent = words;
      place.hidden = !words;
    }
  }
}

function badge(words, tone = "") {
  const made = document.createElement("span");
  made.className = `badge ${tone}`;
  made.textContent = words;
  return made;
}
