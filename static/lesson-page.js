// What the editor's scripts share: asking the server, the pages as they stand here, and putting a fresh one in place.

export const lesson = document.querySelector("#lesson");
export const url = lesson?.dataset.url;
const csrf = document.querySelector("meta[name=csrf]").content;
const live = lesson?.querySelector("[data-live]");
const SIGNED_OUT = "You have been signed out. Copy words that are not saved yet, sign in, and open this page again.";
export const UNREACHED = "The server does not answer. Your words are still here; try again in a moment.";

export const leaves = () => [...lesson.querySelectorAll(".leaf[data-number]")];
export const leafOf = (number) => lesson.querySelector(`#page-${number}`);
// Words of steps that are there; a new step and an instruction have not become anything yet, and stay where they are.
const within = (root, what) => [...root.querySelectorAll(root.matches("form") ? what : what.replaceAll(/(^|, )/g, "$1form[data-edit] "))];
const fields = (root) => within(root, "textarea, input:not([type=hidden])");
const choices = (root) => within(root, "option");
export const dirty = (root) => fields(root).some((field) => field.value !== field.defaultValue)
  || choices(root).some((choice) => choice.selected !== choice.defaultSelected);
export const steps = (leaf) => [...leaf.querySelectorAll(".step")];

export function kept(form, sent) {
  for (const field of fields(form)) field.defaultValue = sent.get(field.name) ?? field.value;
  for (const choice of choices(form)) choice.defaultSelected = choice.selected;
}

export async function ask(path, options = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf, ...options.headers };
  try {
    const reply = await fetch(path, { ...options, headers });
    if (reply.status === 401) return { ok: false, status: 401, body: { error: SIGNED_OUT } };
    if (headers.Accept === "text/html") return { ok: reply.ok, status: reply.status, body: await reply.text() };
    return { ok: reply.ok, status: reply.status, body: await reply.json() };
  } catch {
    return { ok: false, status: 0, body: { error: UNREACHED } };
  }
}

export const post = (path, body) => ask(path, { method: "POST", body: new URLSearchParams(body) });

export async function fetchPart(path, selector) {
  const { ok, body } = await ask(path, { headers: { Accept: "text/html" } });
  return ok ? new DOMParser().parseFromString(body, "text/html").querySelector(selector) : null;
}

export function say(sentence) {
  live.textContent = "";
  setTimeout(() => { live.textContent = sentence; }, 30);
}

// Where the keyboard is within a page, so that it is there again when the page was put in anew.
function place(leaf) {
  const here = document.activeElement;
  if (!leaf.contains(here)) return null;
  return { at: here.closest(".step")?.dataset.at, act: here.dataset.act, name: here.name, id: here.id };
}

export function focusOn(leaf, { at, act, name, id } = {}) {
  const step = at && leaf.querySelector(`.step[data-at="${at}"]`);
  const wanted = (act && step?.querySelector(`[data-act="${act}"]:not([disabled])`))
    || (name && step?.querySelector(`[name="${name}"]:not([type=hidden])`))
    || (id && document.getElementById(id))
    || step?.querySelector("textarea, select")
    || leaf.querySelector("h2");
  wanted?.focus({ preventScroll: true });
}

function keepAsking(asked, fresh) {
  const there = asked.value && fresh.querySelector(`#${asked.id}`);
  if (!there) return;
  there.value = asked.value;
  there.closest("details").open = true;
}

// Tells later whether the keyboard is still where it is now, or nowhere: who went elsewhere meanwhile is left there.
export function whereabouts() {
  const then = document.activeElement;
  return () => [then, document.body].includes(document.activeElement);
}

// A page as the server has it now. An open form of a new step, words that could not be saved, and the picture that is
// loaded go over to it.
export async function renew(number, focus, force = false) {
  const fresh = await fetchPart(`${url}/pages/${number}`, ".leaf");
  const leaf = leafOf(number);
  if (!fresh || !leaf || (dirty(leaf) && !force)) return null;
  const wanted = focus ?? place(leaf);
  const old = leaf.querySelector("img.slide");
  const picture = fresh.querySelector("img.slide");
  if (old && picture && old.src === picture.src) picture.replaceWith(old);
  const open = leaf.querySelector("[data-new-form]");
  if (open) (fresh.querySelector(".steps") ?? fresh.querySelector("[data-behind]")).after(open);
  const behind = leaf.querySelector("[data-behind]:not([hidden])");
  if (behind?.querySelector("textarea").value) fresh.querySelector("[data-behind]").replaceWith(behind);
  for (const asked of leaf.querySelectorAll(".ask [name=instruction]")) keepAsking(asked, fresh);
  leaf.replaceWith(fresh);
  if (wanted) focusOn(fresh, wanted);
  lesson.dispatchEvent(new CustomEvent("renewed", { detail: { number } }));
  return fresh;
}

export function tell(form, sentence, words = "") {
  const trouble = form.querySelector("[data-trouble]");
  if (trouble) {
    trouble.textContent = sentence;
    trouble.hidden = !sentence;
  }
  const state = form.querySelector("[data-state]");
  if (state) state.textContent = trouble ? words : sentence || words;
}
