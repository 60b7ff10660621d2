// A class replayed line by line: keys, buttons and a slider; without this script the page is the whole transcript.

const replay = document.querySelector(".replay");
const bar = document.querySelector(".replay-bar");
const lines = [...replay.querySelectorAll(".replay-lines > li[id]")];
const slider = bar.querySelector("input");
const clock = bar.querySelector("output");
const live = document.querySelector(".replay-live");

function go(to, quietly = false) {
  const at = Math.max(0, Math.min(lines.length - 1, to));
  replay.classList.add("stepping");
  lines.forEach((line, index) => {
    line.classList.toggle("later", index > at);
    line.classList.toggle("now", index === at);
  });
  slider.value = at;
  clock.textContent = lines[at].dataset.clock;
  slider.setAttribute("aria-valuetext", `${lines[at].dataset.clock}, ${at + 1} of ${lines.length}`);
  if (quietly) return;
  lines[at].scrollIntoView({ block: "center" });
  live.textContent = lines[at].textContent.replace(/\s+/g, " ").trim();
}

function whole() {
  replay.classList.remove("stepping");
  for (const line of lines) line.classList.remove("later", "now");
}

const KEYS = { ArrowRight: 1, ArrowLeft: -1, j: 1, k: -1 };

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target === slider) return;
  if (event.key in KEYS) go(replay.classList.contains("stepping") ? Number(slider.value) + KEYS[event.key] : Number(slider.value));
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(lines.length - 1);
  else if (event.key === "Escape") return whole();
  else return;
  event.preventDefault();
}

if (lines.length) {
  bar.hidden = false;
  document.querySelector(".replay-hint").hidden = false;
  slider.max = lines.length - 1;
  const linked = lines.findIndex((line) => `#${line.id}` === location.hash);
  if (linked >= 0) go(linked);
  slider.addEventListener("input", () => go(Number(slider.value)));
  bar.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]")?.dataset.step;
    if (step === "all") whole();
    else if (step) go(Number(slider.value) + Number(step));
  });
  document.addEventListener("keydown", onKey);
}
