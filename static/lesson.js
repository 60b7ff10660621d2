// The lesson editor: pages come in as they are written, words are saved in place, and the bar says what is missing.
// Asks for the lesson once a second while something is being written; pages with unsaved words are never replaced.

const lesson = document.querySelector("#lesson");
const url = lesson.dataset.url;
const csrf = document.querySelector("meta[name=csrf]").content;
const bar = lesson.querySelector(".approve");
const writing = lesson.querySelector("#writing");
const started = new Map();
const GONE = [401, 404];
const SIGNED_OUT = "You have been signed out. Copy words that are not saved yet, sign in, and open this page again.";
const UNREACHED = "The server does not answer. Your words are still here; try again in a moment.";

const leaves = () => [...lesson.querySelectorAll(".leaf[data-number]")];
const fields = (leaf) => [...leaf.querySelectorAll("textarea")];
const choices = (leaf) => [...leaf.querySelectorAll("option")];
const dirty = (leaf) => fields(leaf).some((field) => field.value !== field.defaultValue)
  || choices(leaf).some((choice) => choice.selected !== choice.defaultSelected);
const seconds = (since) => Math.round((performance.now() - since) / 1000);

async function ask(path, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  try {
    const reply = await fetch(path, { ...options, headers });
    if (reply.status === 401) return { ok: false, status: 401, body: { error: SIGNED_OUT } };
    if (headers.Accept === "text/html") return { ok: reply.ok, status: reply.status, body: await reply.text() };
    return { ok: reply.ok, status: reply.status, body: await reply.json() };
  } catch {
    return { ok: false, status: 0, body: { error: UNREACHED } };
  }
}

async function fetchLeaf(leaf) {
  const { ok, body } = await ask(`${url}/pages/${leaf.dataset.number}`, { headers: { Accept: "text/html" } });
  return ok ? new DOMParser().parseFromString(body, "text/html").querySelector(".leaf") : null;
}

// After a save the fields stay as they are, with the caret in them; what is said about the page is renewed.
async function renewHead(leaf) {
  const fresh = await fetchLeaf(leaf);
  if (!fresh) return;
  leaf.querySelector(".leaf-head").replaceWith(fresh.querySelector(".leaf-head"));
  if (!fresh.querySelector(".notice.warn")) leaf.querySelector(".notice.warn")?.remove();
}

async function replace(leaf) {
  const fresh = await fetchLeaf(leaf);
  if (!fresh || dirty(leaf)) return;
  const old = leaf.querySelector("img.slide");
  const picture = fresh.querySelector("img.slide");
  if (old && picture && old.src === picture.src) picture.replaceWith(old);
  const focused = leaf.contains(document.activeElement);
  leaf.replaceWith(fresh);
  if (focused) fresh.querySelector("textarea, button")?.focus({ preventScroll: true });
}

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
  bar.querySelector("button").disabled = !view.approvable || leaves().some(dirty);
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
  return leaf;
}

async function showPages(view) {
  for (const page of view.pages) {
    const leaf = lesson.querySelector(`#page-${page.number}`) ?? placeFor(page);
    const same = leaf.dataset.status === page.status && leaf.dataset.revision === String(page.revision);
    if (!same && !dirty(leaf)) await replace(leaf);
  }
}

// Who is signed out, or may no longer see the lesson, is told so; asking every few seconds would change nothing.
function stop(sentence) {
  bar.querySelector("[data-approve-words]").textContent = sentence;
  bar.querySelector("button").disabled = true;
}

async function look() {
  const { ok, status, body: view } = await ask(`${url}.json`);
  if (GONE.includes(status)) return stop(view.error);
  if (!ok) return setTimeout(look, 3000);
  const shrunk = view.pages.length < leaves().length;
  const failed = view.material_status === "failed" && lesson.dataset.material !== "failed";
  if (shrunk || failed) return location.reload();
  await showPages(view);
  latest = view;
  showApproval(view);
  return setTimeout(look, showWriting(view) ? 1000 : 5000);
}

function tell(form, sentence, words = "") {
  const trouble = form.querySelector("[data-trouble]");
  trouble.textContent = sentence;
  trouble.hidden = !sentence;
  form.querySelector("[data-state]").textContent = words;
}

async function save(form) {
  const leaf = form.closest(".leaf");
  const sent = fields(leaf).map((field) => field.value);
  tell(form, "", "Saving …");
  const { ok, body } = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (!ok) return tell(form, body.error ?? UNREACHED);
  form.elements.revision.value = body.revision;
  leaf.dataset.revision = body.revision;
  fields(leaf).forEach((field, index) => { field.defaultValue = sent[index]; });
  for (const choice of choices(leaf)) choice.defaultSelected = choice.selected;
  if (latest) showApproval(latest);
  const parts = body.actions.filter((action) => !["show", "spotlight", "board"].includes(action.kind)).length;
  if (parts === sent.length) {
    tell(form, "", "Saved");
    await renewHead(leaf);
  } else await replace(leaf);
  refresh();
}

async function rewrite(form, button) {
  const leaf = form.closest(".leaf");
  const { ok, body } = await ask(button.formAction, { method: "POST", headers: { "X-CSRF-Token": csrf } });
  if (!ok) return tell(form, body.error ?? UNREACHED);
  started.delete(Number(leaf.dataset.number));
  bar.querySelector("button").disabled = true;
  form.reset();
  await replace(leaf);
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

lesson.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-edit]");
  if (!form) return;
  event.preventDefault();
  if (event.submitter?.hasAttribute("data-rewrite")) rewrite(form, event.submitter);
  else save(form);
});
lesson.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-edit]");
  if (!form) return;
  tell(form, "", dirty(form.closest(".leaf")) ? "Not saved yet · Ctrl+Enter saves" : "");
  if (latest) showApproval(latest);
});
lesson.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest("form[data-edit]")?.requestSubmit();
});
addEventListener("beforeunload", (event) => { if (leaves().some(dirty)) event.preventDefault(); });

if (bar) look();
