// The writing of a lesson, followed by its event log: the bar and the steps as they go, the whole panel when a run
// begins or ends. A line that cannot be held is replaced by asking every few seconds.

const STATES = {
  waiting: ["Waiting", ""], called: ["Waiting", ""], working: ["Under way", "busy"], done: ["Done", "good"],
  failed: ["Failed", "bad"], cancelled: ["Called off", "warn"],
};
const ASK_SECONDS = 3;
let panel = document.querySelector("#run");
let after = Number(panel?.dataset.after ?? 0);
let asking = null;

function showStep(step) {
  const line = panel.querySelector(`[data-step="${step.id}"]`);
  if (!line) return;
  const [words, tone] = step.hits && !step.cost.calls && step.state === "done" ? ["From the cache", "good"] : STATES[step.state];
  const badge = line.querySelector("[data-badge]");
  badge.textContent = words;
  badge.className = `badge ${tone}`;
  line.querySelector("[data-problem]").textContent = step.problem;
}

function doing(step) {
  return step?.state === "working" ? `${step.what}` : "Writing";
}

function showProgress(run, step) {
  const box = panel.querySelector("#run-progress");
  if (!box) return;
  box.querySelector("[data-words]").textContent = doing(step);
  box.querySelector("[data-count]").textContent = `${run.over} of ${run.total}`;
  Object.assign(box.querySelector("progress"), { max: Math.max(run.total, 1), value: run.over });
}

async function renew() {
  const reply = await fetch(panel.dataset.url, { headers: { Accept: "text/html" } }).catch(() => null);
  const html = reply?.ok ? await reply.text().catch(() => null) : null;
  if (html === null) return reply?.ok ? 0 : reply?.status ?? 0;
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("#run");
  if (!fresh) return 401;
  const isOpen = panel.querySelector("details")?.open;
  const had = panel.contains(document.activeElement);
  if (isOpen && fresh.querySelector("details")) fresh.querySelector("details").open = true;
  panel.replaceWith(fresh);
  panel = fresh;
  after = Math.max(after, Number(panel.dataset.after));
  if (had) panel.querySelector("button, summary")?.focus({ preventScroll: true });
  return 200;
}

function hear(message) {
  after = Number(message.lastEventId);
  const { run, step } = JSON.parse(message.data);
  const isSame = run.id === panel.dataset.run && run.state === panel.dataset.state;
  if (isSame && step) showStep(step);
  if (isSame) showProgress(run, step);
  if (!isSame || step?.state === "failed") renew();
  if (step?.state !== "working") document.dispatchEvent(new Event("lesson-moved"));
}

// Whoever may no longer see the lesson is not asked for.
async function keepAsking() {
  const status = await renew();
  document.dispatchEvent(new Event("lesson-moved"));
  if (![401, 404].includes(status)) asking = setTimeout(keepAsking, 1000 * ASK_SECONDS);
}

function follow() {
  const line = new EventSource(`${panel.dataset.url}/events?after=${after}`);
  line.addEventListener("run", hear);
  line.addEventListener("open", () => { clearTimeout(asking); asking = null; });
  line.addEventListener("refused", () => { line.close(); keepAsking(); });
  line.addEventListener("error", () => {
    if (asking === null && line.readyState === EventSource.CLOSED) keepAsking();
  });
  addEventListener("pagehide", () => line.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// A deck that is read has no log yet: when it is done, the panel says what writing takes.
async function waitForDeck() {
  if (!panel.querySelector("[data-reading]")) return;
  const status = await renew();
  if (![401, 404].includes(status)) setTimeout(waitForDeck, 500 * ASK_SECONDS);
}

if (panel) {
  follow();
  document.addEventListener("rewrite-settled", renew);
  setTimeout(waitForDeck, 500 * ASK_SECONDS);
}
