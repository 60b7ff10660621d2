// One's own notes: saved while one writes, shown as they look, and never silently over what another tab wrote.
import { parse } from "./class-board.js";

const SAVE_MS = 1200;
const LOOK_MS = 500;
const UNREACHED = "The server does not answer. Your words are still here; they are saved when it does.";

const form = document.querySelector(".own-notes");
const box = form.elements.text;
const state = form.querySelector(".notes-state");
const clash = form.querySelector(".notes-clash");
const look = document.querySelector(".notes-look");
let kept = box.value;
let saving = false;
let other = null;
let saveTimer = 0;
let lookTimer = 0;

const dirty = () => box.value !== kept;

async function send(address, keepalive = false) {
  try {
    const body = new URLSearchParams(new FormData(form));
    return await fetch(address, { method: "POST", body, keepalive, headers: { Accept: "application/json" } });
  } catch {
    return null;
  }
}

async function save(keepalive = false) {
  clearTimeout(saveTimer);
  if (saving || other || !dirty()) return;
  saving = true;
  state.textContent = "Saving …";
  const words = box.value;
  const answer = await send(form.action, keepalive);
  saving = false;
  await settle(answer, words);
}

async function settle(answer, words) {
  if (answer?.ok) {
    form.elements.revision.value = (await answer.json()).revision;
    kept = words;
    state.textContent = dirty() ? "" : "Saved";
    if (dirty()) later();
  } else if (answer?.status === 409) {
    await meet(await answer.json());
  } else {
    state.textContent = answer ? await sentenceOf(answer) : UNREACHED;
    if (!answer || answer.status >= 500) saveTimer = setTimeout(save, 5 * SAVE_MS);
  }
}

async function sentenceOf(answer) {
  if (answer.status === 401) return "You have been signed out. Sign in again in another tab, then save.";
  try {
    return (await answer.json()).error;
  } catch {
    return `That did not work (${answer.status}). Try again in a moment.`;
  }
}

/** Another tab saved first: both texts are shown, and whoever wrote them chooses. */
async function meet({ error }) {
  state.textContent = "Not saved";
  try {
    const answer = await fetch(form.dataset.json, { headers: { Accept: "application/json" } });
    other = (await answer.json()).own;
  } catch {
    state.textContent = UNREACHED;
    return;
  }
  clash.querySelector(".notes-clash-words").textContent = error;
  clash.querySelector(".notes-other").textContent = other.text;
  clash.hidden = false;
}

function choose(how) {
  if (how === "other") box.value = other.text;
  if (how === "both") box.value = `${other.text}\n\n${box.value}`;
  form.elements.revision.value = other.revision;
  kept = other.text;
  other = null;
  clash.hidden = true;
  state.textContent = dirty() ? "" : "Saved";
  changed();
  save();
  box.focus();
}

function later() {
  clearTimeout(saveTimer);
  saveTimer = setTimeout(save, SAVE_MS);
}

async function renew() {
  const answer = await send(form.dataset.preview);
  if (!answer?.ok) return;
  look.querySelector(".notes-preview").replaceChildren(...parse(await answer.text()));
  look.hidden = !box.value.trim();
}

function changed() {
  if (!other) state.textContent = "";
  later();
  clearTimeout(lookTimer);
  lookTimer = setTimeout(renew, LOOK_MS);
}

function insert({ insert: name, example }) {
  const at = box.selectionEnd;
  const before = box.value.slice(0, at);
  const gap = !before || before.endsWith("\n") ? "" : "\n";
  box.setRangeText(`${gap}\`\`\`${name}\n${example}\n\`\`\`\n`, at, at, "end");
  const start = at + gap.length + name.length + 4;
  box.focus();
  box.setSelectionRange(start, start + example.length);
  changed();
}

box.addEventListener("input", changed);
form.addEventListener("submit", (event) => { event.preventDefault(); if (!dirty()) state.textContent = "Saved"; save(); });
for (const button of form.querySelectorAll("[data-insert]")) button.addEventListener("click", () => insert(button.dataset));
for (const button of form.querySelectorAll("[data-clash]")) button.addEventListener("click", () => choose(button.dataset.clash));
form.querySelector(".notes-insert").hidden = false;
document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });
