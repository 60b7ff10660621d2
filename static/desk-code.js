// Coding by keyboard: a digit gives the code, u takes the last one back, arrows look around. Each step is fetched and
// put in place of the last, so that nothing flickers; without this script the same buttons load pages.

let busy = false;

async function step(address, options = {}) {
  busy = true;
  const reply = await fetch(address, { ...options, headers: { Accept: "text/html" } }).catch(() => null);
  const page = reply?.ok ? new DOMParser().parseFromString(await reply.text(), "text/html") : null;
  const next = page?.querySelector("#coding");
  busy = false;
  if (!next) return false;
  document.querySelector("#coding").replaceWith(document.adoptNode(next));
  history.replaceState(null, "", new URL(reply.url).pathname + new URL(reply.url).search);
  document.querySelector(".unit").tabIndex = -1;
  document.querySelector(".unit").focus({ preventScroll: true });
  return true;
}

async function send(form, button) {
  const told = new URLSearchParams(new FormData(form));
  if (button.name) told.append(button.name, button.value);
  button.setAttribute("aria-pressed", "true");
  if (!(await step(form.action, { method: "POST", body: told }))) location.reload();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest("#coding") || form.action.endsWith("/hand-in")) return;
  event.preventDefault();
  if (!busy) send(form, event.submitter ?? form.querySelector("button"));
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("#coding nav a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!busy && !(await step(link.href))) location.assign(link.href);
});

document.addEventListener("keydown", (event) => {
  if (busy || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
  const wanted = [...document.querySelectorAll("#coding [data-key]")].find((one) => one.dataset.key === event.key);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
});
