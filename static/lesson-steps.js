// The steps of a page: words are saved when one leaves a field, steps are added, moved (Alt+arrow, buttons, drag) and
// removed. What is done to one page goes to the server one thing after another, each with the page's revision.

import { dirty, fetchPart, kept, leafOf, lesson, post, renew, say, steps, tell, url, whereabouts, UNREACHED } from "./lesson-page.js";

const CONFLICT = 409;
const lines = new Map();
let whenDone = () => {};
export const onDone = (listener) => { whenDone = listener; };

const numberOf = (element) => Number(element.closest(".leaf").dataset.number);

function inTurn(number, job) {
  const next = (lines.get(number) ?? Promise.resolve()).then(job);
  lines.set(number, next.catch(() => {}));
  return next;
}

const send = (number, path, given) => post(path, [...given, ["revision", leafOf(number).dataset.revision]]);

// Of a change that leaves all steps where they are. After another the page has to be put in anew first: words that are
// written on the old one meanwhile would go to the step that has come to their place.
async function sendInPlace(number, path, given) {
  const reply = await send(number, path, given);
  if (reply.ok) leafOf(number).dataset.revision = reply.body.revision;
  return reply;
}

// Somebody else was faster: their words come in, and what was typed here, in any step, stands above them until it is
// used or left.
async function behind(number, sentence) {
  const before = leafOf(number);
  const isHere = before.contains(document.activeElement) || document.activeElement === document.body;
  const leaf = await renew(number, isHere ? { at: "0" } : undefined, true) ?? before;
  const box = leaf.querySelector("[data-behind]");
  if (!box) return;
  const words = box.querySelector("textarea");
  const typed = [...before.querySelectorAll("form[data-edit]")].filter(dirty).map((form) => new FormData(form).get("text"));
  words.value = [...new Set([words.value, ...typed])].filter(Boolean).join("\n\n");
  words.rows = Math.min(words.value.split("\n").length + 1, 12);
  box.querySelector("[data-behind-words]").textContent = sentence;
  box.querySelector("[data-behind-typed]").hidden = !words.value;
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

function leaveBehind(button) {
  const leaf = button.closest(".leaf");
  const box = leaf.querySelector("[data-behind]");
  box.hidden = true;
  box.querySelector("textarea").value = "";
  leaf.querySelector("h2").focus();
}

const values = (form) => [...new FormData(form)].filter(([name]) => name !== "revision");

async function saveNow(form) {
  const number = numberOf(form);
  if (!form.isConnected || !dirty(form)) return true;
  const given = values(form);
  tell(form, "", "Saving …");
  const { ok, status, body } = await sendInPlace(number, form.action, given);
  if (!ok && status === CONFLICT) {
    await behind(number, body.error);
    return false;
  }
  if (!ok) {
    tell(form, body.error ?? UNREACHED);
    return false;
  }
  kept(form, new Map(given));
  tell(form, "", dirty(form) ? "Not saved yet" : "Saved");
  await renewWords(number);
  whenDone();
  return true;
}

export const save = (form) => inTurn(numberOf(form), () => saveNow(form));

// After a save the fields stay as they are, with the caret in them; what is said about the page is renewed.
async function renewWords(number) {
  const fresh = await fetchPart(`${url}/pages/${number}`, ".leaf");
  const leaf = leafOf(number);
  if (!fresh || !leaf) return;
  leaf.querySelector(".leaf-head").replaceWith(fresh.querySelector(".leaf-head"));
  if (!fresh.querySelector(":scope > .stack > .notice.warn")) leaf.querySelector(":scope > .stack > .notice.warn")?.remove();
  for (const now of leaf.querySelectorAll("[data-checked]")) {
    const then = fresh.querySelector(`[data-checked="${now.dataset.checked}"]`);
    if (then) now.replaceWith(then);
  }
}

async function saveAll(leaf) {
  for (const form of leaf.querySelectorAll("form[data-edit]")) if (!await saveNow(form)) return false;
  return true;
}

export const saveEverything = async () => {
  for (const leaf of lesson.querySelectorAll(".leaf[data-number]")) {
    if (dirty(leaf) && !await inTurn(Number(leaf.dataset.number), () => saveAll(leaf))) return false;
  }
  return true;
};

// A step that is no longer there when its turn comes has been moved or removed by what was pressed before: its place is
// another's now.
function act(step, path, given, focus, words) {
  const number = numberOf(step);
  const stayed = whereabouts();
  return inTurn(number, async () => {
    if (!step.isConnected || !await saveAll(leafOf(number))) return;
    const { ok, status, body } = await send(number, path, given);
    if (!ok) {
      if (status === CONFLICT) await behind(number, body.error);
      else say(body.error ?? UNREACHED);
      return;
    }
    const fresh = await renew(number, stayed() ? { ...focus, at: String(body.at || focus.at || 0) } : undefined);
    say(words(body.at, steps(fresh ?? leafOf(number)).length));
    whenDone();
  });
}

export function move(step, to, focus = {}) {
  const last = steps(step.closest(".leaf")).length;
  const at = Number(step.dataset.at);
  const wanted = Math.min(Math.max(to, 1), last);
  const over = step.querySelector(`[data-over][data-act="${to < 1 ? "up" : "down"}"]`);
  if (wanted !== to && over) return moveOver(step, over, focus);
  if (wanted === at) return say(at === 1 ? "This is the first step." : "This is the last step.");
  const name = step.querySelector(".step-kind").textContent;
  return act(step, step.querySelector("[data-arrange]").action, [["to", wanted]], focus,
    (place, count) => `${name} moved to place ${place} of ${count}.`);
}

// Two pages are changed: the lines of both are waited for, the upper page's first, so that no two wait for each other.
function moveOver(step, button, focus) {
  const [number, to] = [numberOf(step), Number(button.dataset.over)];
  const name = step.querySelector(".step-kind").textContent;
  const path = button.formAction.split("?")[0];
  const stayed = whereabouts();
  const job = async () => {
    if (!step.isConnected) return;
    for (const one of [number, to]) if (!await saveAll(leafOf(one))) return;
    const { ok, status, body } = await send(number, `${path}?to_revision=${leafOf(to).dataset.revision}`, [["to", to]]);
    if (!ok && status === CONFLICT) {
      await renew(to);
      return behind(number, body.error);
    }
    if (!ok) return tell(step.querySelector("form[data-edit]"), body.error ?? UNREACHED);
    const isHere = stayed();
    await renew(number);
    const fresh = await renew(to, isHere ? { ...focus, at: String(body.at) } : undefined);
    if (isHere) fresh?.querySelector(`.step[data-at="${body.at}"]`)?.scrollIntoView({ block: "nearest" });
    say(`${name} moved to page ${to}, place ${body.at} of ${fresh ? steps(fresh).length : body.at}.`);
    whenDone();
  };
  return inTurn(Math.min(number, to), () => inTurn(Math.max(number, to), job));
}

function remove(step, button) {
  const name = step.querySelector(".step-kind").textContent;
  return act(step, button.formAction, [], { at: step.dataset.at, act: "remove" }, () => `${name} removed. Undo brings it back.`);
}

// ------------------------------------------------------------------------------------------------------ a new step

// Another kind of step takes over the words of a form that is open.
async function openNew(link) {
  const number = numberOf(link);
  leafOf(number).querySelector("details.add").open = false;
  const stayed = whereabouts();
  const form = await fetchPart(link.href, "[data-new-form]");
  const leaf = leafOf(number);
  if (!form || !leaf) return;
  const [before, words] = [leaf.querySelector("[data-new-form]"), form.querySelector("textarea")];
  if (words) words.value = before?.querySelector("textarea")?.value || words.value;
  before?.remove();
  leaf.querySelector(".steps").after(form);
  sides(form);
  if (stayed()) form.querySelector("textarea, select").focus();
}

function closeNew(form) {
  const leaf = form.closest(".leaf");
  form.remove();
  leaf.querySelector("details.add summary").focus();
}

function addNew(form) {
  const number = numberOf(form);
  const stayed = whereabouts();
  return inTurn(number, async () => {
    if (!form.isConnected || !await saveAll(leafOf(number))) return;
    const given = values(form).filter(([name]) => name !== "at");
    const { ok, status, body } = await sendInPlace(number, form.action, [...given, ["at", steps(leafOf(number)).length + 1]]);
    if (!ok && status === CONFLICT) return behind(number, body.error);
    if (!ok) return tell(form, body.error ?? UNREACHED);
    const isHere = stayed();
    form.remove();
    const fresh = await renew(number, isHere ? { at: String(body.at) } : undefined);
    say(`Step added at place ${body.at} of ${fresh ? steps(fresh).length : body.at}.`);
    whenDone();
  });
}

function sides(root) {
  for (const choice of root.querySelectorAll("[data-where]")) {
    const box = choice.closest("form").querySelector("[data-sides]");
    box.hidden = choice.value !== "region";
    for (const field of box.querySelectorAll("input")) field.disabled = box.hidden;
  }
}

// ------------------------------------------------------------------------------------------------------------ drag

let dragged = null;
let place = null;
const below = (step, y) => y > step.getBoundingClientRect().top + step.offsetHeight / 2;

function unmark() {
  for (const one of lesson.querySelectorAll(".drop-before, .drop-after")) one.classList.remove("drop-before", "drop-after");
  place = null;
}

function markAt({ clientX, clientY }) {
  unmark();
  const step = document.elementFromPoint(clientX, clientY)?.closest(".step");
  if (!step || step.parentElement !== dragged.parentElement || step === dragged) return;
  const after = below(step, clientY);
  step.classList.add(after ? "drop-after" : "drop-before");
  const from = Number(dragged.dataset.at);
  const before = Number(step.dataset.at) + (after ? 1 : 0);
  place = before > from ? before - 1 : before;
}

function letGo(does) {
  if (!dragged) return;
  const [step, to] = [dragged, place];
  unmark();
  step.classList.remove("dragged");
  dragged = null;
  if (does && to) move(step, to);
}

lesson?.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".grip");
  if (!grip || event.button) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  dragged = grip.closest(".step");
  dragged.classList.add("dragged");
});
lesson?.addEventListener("pointermove", (event) => { if (dragged) markAt(event); });
lesson?.addEventListener("pointerup", () => letGo(true));
lesson?.addEventListener("pointercancel", () => letGo(false));

// -------------------------------------------------------------------------------------------------------- listening

lesson?.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-edit]")) {
    event.preventDefault();
    save(form);
  } else if (form.matches("[data-new-form]")) {
    event.preventDefault();
    addNew(form);
  } else if (form.matches("[data-arrange]")) {
    event.preventDefault();
    const [step, button] = [form.closest(".step"), event.submitter];
    if (button.dataset.act === "remove") remove(step, button);
    else move(step, Number(step.dataset.at) + (button.dataset.act === "up" ? -1 : 1), { act: button.dataset.act });
  }
});
lesson?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-new]");
  if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openNew(link);
  }
  if (event.target.matches("[data-behind-done]")) leaveBehind(event.target);
  if (event.target.closest("[data-cancel]") && event.target.closest(".leaf")) {
    event.preventDefault();
    closeNew(event.target.closest("[data-new-form]"));
  }
});
lesson?.addEventListener("change", (event) => {
  if (event.target.matches("[data-where]")) sides(event.target.closest("form"));
  const form = event.target.closest("form[data-edit]");
  // Words are sent even where there are none, or too many: what is wrong with them is the server's to say.
  if (form && (form.checkValidity() || event.target.name === "text")) save(form);
});
lesson?.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-edit]");
  if (form) tell(form, "", dirty(form) ? "Not saved yet" : "");
});
lesson?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest("form[data-edit], form[data-new-form]")?.requestSubmit();
  if (event.key === "Escape") letGo(false);
  if (event.key === "Escape" && event.target.closest("[data-new-form]")) closeNew(event.target.closest("[data-new-form]"));
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const step = event.target.closest(".step");
  if (!by || !event.altKey || !step) return;
  event.preventDefault();
  move(step, Number(step.dataset.at) + by, { act: event.target.dataset.act, name: event.target.name });
});
lesson?.addEventListener("renewed", (event) => sides(leafOf(event.detail.number)));
if (lesson) sides(lesson);
