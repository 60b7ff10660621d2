// The lesson editor: pages come in as they are written, words are saved in place, and the bar says what is missing.
// Asks for the lesson once a second while something is being written; pages with unsaved words are never replaced.

import { ask, dirty, leafOf, leaves, lesson, post, renew, say, tell, url, whereabouts, UNREACHED } from "./lesson-page.js";
import { onDone, saveEverything } from "./lesson-steps.js";

const bar = lesson?.querySelector(".approve");
const writing = lesson?.querySelector("#writing");
const strip = lesson?.querySelector(".strip ol");
const started = new Map();
const GONE = [401, 404];
const seconds = (since) => Math.round((performance.now() - since) / 1000);

function missing(view) {
  const unsaved = leaves().filter(dirty).map((leaf) => leaf.dataset.number);
  if (unsaved.length) return `Save page ${unsaved.join(", ")} first: there are words that are not kept yet.`;
  if (!view.total) return "The deck is being read; its pages appear here one by one.";
  if (view.material_status !== "ready") return `The deck is still being read: ${view.total} pages so far.`;
  if (view.written < view.total) return `${view.written} of ${view.total} pages are written. You can approve when all are.`;
  if (!view.approvable) return `Students attend version ${view.version}. Nothing has changed since you approved it.`;
  const plain = view.pages.filter((page) => page.fallback && !page.edited).map((page) => page.number);
  if (plain.length) return `All ${view.total} pages are ready. Made from the page itself, so look twice: ${plain.join(", ")}.`;
  return `All ${view.total} pages are ready. Read them once more, then approve.`;
}

function showApproval(view) {
  const words = bar.querySelector("[data-approve-words]");
  const sentence = missing(view);
  if (words.textContent !== sentence) words.textContent = sentence;
  bar.querySelector("[data-approve]").disabled = !view.approvable || leaves().some(dirty);
}

function showCount(done, total) {
  writing.querySelector("[data-count]").textContent = total ? `${done} of ${total}` : "";
  writing.querySelector("progress").max = Math.max(total, 1);
  writing.querySelector("progress").value = done;
}

async function showReading() {
  const { ok, body: deck } = await ask(lesson.dataset.deck);
  if (ok) showCount(deck.pages_read, deck.page_count);
}

function doing(view, now) {
  if (now) return `Writing page ${now.number}, ${seconds(started.get(now.number))} s`;
  if (!view.total) return "Reading the deck";
  if (document.querySelector("[data-run-go]")) return "Not being written at the moment";
  return view.written === view.total ? "All pages are written" : "Waiting for the writer";
}

// The bar stays where it is when all is written, so that nothing jumps; a page loaded later comes without it.
function showWriting(view) {
  const done = view.total > 0 && view.written === view.total && view.material_status !== "reading";
  const now = view.pages.find((page) => page.status === "writing");
  if (now && !started.has(now.number)) started.set(now.number, performance.now());
  const words = doing(view, now);
  if (!view.total) showReading();
  writing.querySelector("[data-words]").textContent = words;
  if (!view.total) return true;
  showCount(view.written, view.total);
  return !done;
}

function placeFor(page) {
  for (const ghost of lesson.querySelectorAll(".ghost")) ghost.remove();
  const leaf = document.createElement("li");
  leaf.className = "leaf";
  leaf.id = `page-${page.number}`;
  leaf.dataset.number = page.number;
  const after = leaves().find((other) => Number(other.dataset.number) > page.number);
  lesson.querySelector(".leaves").insertBefore(leaf, after ?? null);
  listPage(page);
  return leaf;
}

function listPage(page) {
  if (strip.querySelector(`[data-to="${page.number}"]`)) return;
  const line = document.createElement("li");
  const link = document.createElement("a");
  const words = document.createElement("span");
  const number = document.createElement("b");
  Object.assign(link, { href: `#page-${page.number}` });
  link.dataset.to = page.number;
  number.textContent = page.number;
  words.className = "strip-words";
  words.append(number, ` ${page.title || `Page ${page.number}`}`);
  link.append(words);
  line.append(link);
  strip.append(line);
}

async function showPages(view) {
  let changed = false;
  for (const page of view.pages) {
    const leaf = leafOf(page.number) ?? placeFor(page);
    const same = leaf.dataset.status === page.status && leaf.dataset.revision === String(page.revision)
      && (leaf.dataset.rewriting ?? "") === page.rewriting;
    if (same || dirty(leaf)) continue;
    changed = true;
    await renew(page.number);
  }
  if (changed) showHistory();
  watchPages();
}

// ---------------------------------------------------------------------------------------------------- undo and redo

async function showHistory() {
  const { ok, body } = await ask(`${url}/history.json`);
  if (!ok) return;
  for (const [name, nothing] of [["undo", "Nothing to undo"], ["redo", "Nothing to make again"]]) {
    const button = bar.querySelector(`[data-${name}]`);
    button.disabled = !body[name];
    button.title = body[name]?.words ?? nothing;
  }
}

async function goBack(button) {
  if (!await saveEverything()) return;
  const { ok, body } = await post(button.getAttribute("formaction") ?? button.form.action, []);
  if (!ok) return say(body.error ?? UNREACHED);
  for (const number of body.pages) await renew(number);
  const had = document.activeElement === button || document.activeElement === document.body;
  await showHistory();
  if (had && button.disabled) bar.querySelector("[data-history] button:not([disabled])")?.focus();
  leafOf(body.pages[0])?.scrollIntoView({ block: "nearest" });
  say(`${button.hasAttribute("data-undo") ? "Undone" : "Made again"}: ${body.words}`);
  refresh();
}

// ------------------------------------------------------------------------------------------------- the strip of pages

const seen = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const number = Number(entry.target.dataset.number);
    if (entry.isIntersecting) seen.add(number);
    else seen.delete(number);
  }
  const current = Math.min(...seen);
  for (const link of strip.querySelectorAll("a")) {
    const is = Number(link.dataset.to) === current;
    if (is === (link.getAttribute("aria-current") === "true")) continue;
    if (is) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (is) showLink(link);
  }
}, { rootMargin: "-30% 0px -55% 0px" });

function showLink(link) {
  const [box, inside] = [strip.parentElement.getBoundingClientRect(), link.getBoundingClientRect()];
  strip.parentElement.scrollBy(inside.left - box.left - 40, inside.top - box.top - 60);
}

function watchPages() {
  watcher.disconnect();
  seen.clear();
  for (const leaf of leaves()) watcher.observe(leaf);
}

// Who is signed out, or may no longer see the lesson, is told so; asking every few seconds would change nothing.
function stop(sentence) {
  bar.querySelector("[data-approve-words]").textContent = sentence;
  bar.querySelector("[data-approve]").disabled = true;
}

async function look() {
  next = null;
  const { ok, status, body: view } = await ask(`${url}.json`);
  if (GONE.includes(status)) return stop(view.error);
  if (!ok) { next = setTimeout(look, 3000); return; }
  const shrunk = view.pages.length < leaves().length;
  const failed = view.material_status === "failed" && lesson.dataset.material !== "failed";
  if (shrunk || failed) return location.reload();
  await showPages(view);
  latest = view;
  showApproval(view);
  const rewriting = view.pages.some((page) => page.rewriting.includes("waiting"));
  next = setTimeout(look, showWriting(view) || rewriting ? 1000 : 5000);
}

async function rewrite(form) {
  const number = Number(form.closest(".leaf").dataset.number);
  const stayed = whereabouts();
  if (!await saveEverything()) return;
  const { ok, body } = await post(form.action, []);
  if (!ok) return tell(form, body.error ?? UNREACHED);
  started.delete(number);
  bar.querySelector("[data-approve]").disabled = true;
  await renew(number, stayed() ? { at: "0" } : undefined);
  refresh();
}

// What the event log tells is looked at soon; asking each second is for when it says nothing.
let next = null;
document.addEventListener("lesson-moved", () => {
  if (next === null) return;
  clearTimeout(next);
  next = setTimeout(look, 150);
});

// ------------------------------------------------------------------------------------------------------- rewriting

async function askAuthor(form) {
  const number = Number(form.closest(".leaf").dataset.number);
  const stayed = whereabouts();
  const given = [...new FormData(form)];
  if (!await saveEverything()) return;
  const { ok, body } = await post(form.action, given);
  if (!ok) return tell(form, body.error ?? UNREACHED);
  if (form.isConnected) form.reset();
  else leafOf(number).querySelector(`#${form.elements.instruction.id}`).value = "";
  await renew(number, stayed() ? { at: "0" } : undefined);
  say("The author writes. Nothing changes before you have looked.");
  document.dispatchEvent(new Event("lesson-moved"));
}

const SETTLED = { accept: "The new words are in. Undo brings back those of before.", refuse: "The words stay as they were.", off: "Called off." };

async function settle(form, button) {
  const number = Number(form.closest(".leaf").dataset.number);
  const stayed = whereabouts();
  const path = button.getAttribute("formaction") ?? form.action;
  if (!await saveEverything()) return;
  const { ok, body } = await post(path, []);
  if (!ok) {
    tell(form, body.error ?? UNREACHED);
    return say(body.error ?? UNREACHED);
  }
  await renew(number, stayed() ? { at: "0" } : undefined);
  say(SETTLED[path.split("/").pop()]);
  document.dispatchEvent(new Event("rewrite-settled"));
  showHistory();
  refresh();
}

let latest = null;
let timer = null;
function refresh() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const { ok, body } = await ask(`${url}.json`);
    if (ok) { latest = body; showApproval(body); showWriting(body); }
  }, 100);
}

lesson?.addEventListener("submit", (event) => {
  if (event.target.matches("[data-again]")) {
    event.preventDefault();
    rewrite(event.target);
  } else if (event.target.matches("[data-rewrite-ask]")) {
    event.preventDefault();
    askAuthor(event.target);
  } else if (event.target.matches("[data-settle]")) {
    event.preventDefault();
    settle(event.target, event.submitter);
  } else if (event.target.matches("[data-history]")) {
    event.preventDefault();
    goBack(event.submitter);
  }
});
lesson?.addEventListener("input", () => { if (latest) showApproval(latest); });
document.addEventListener("keydown", (event) => {
  if (!bar || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  if (event.target.closest("textarea, input, select")) return;
  event.preventDefault();
  goBack(bar.querySelector(event.shiftKey ? "[data-redo]" : "[data-undo]"));
});
const begun = () => [...lesson.querySelectorAll("[data-new-form] textarea")].some((field) => field.value);
addEventListener("beforeunload", (event) => { if (lesson && (leaves().some(dirty) || begun())) event.preventDefault(); });

if (bar) {
  onDone(() => { showHistory(); refresh(); });
  watchPages();
  look();
}
