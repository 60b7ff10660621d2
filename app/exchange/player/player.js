// Plays a lesson: a page at a time, a line at a time. Arrows, space, Home and End work; the place is kept in the address.

const leaves = [...document.querySelectorAll(".leaf")];
const nav = document.querySelector("nav");
const back = nav.querySelector("[data-back]");
const next = nav.querySelector("[data-next]");
const where = nav.querySelector("[data-where]");
let page = 0;
let line = 0;

function lines(at) {
  return [...leaves[at].querySelectorAll(".line")];
}

function show() {
  leaves.forEach((leaf, at) => { leaf.hidden = at !== page; });
  lines(page).forEach((one, at) => { one.hidden = at > line; });
  point(leaves[page], lines(page)[line]);
  where.textContent = `Page ${page + 1} of ${leaves.length}`;
  back.disabled = page === 0 && line === 0;
  next.disabled = page === leaves.length - 1 && line >= lines(page).length - 1;
  history.replaceState(null, "", `#${page + 1}`);
}

// What is pointed at while a line is said: four shares of the picture.
function point(leaf, now) {
  const spot = leaf.querySelector(".spot");
  if (!spot) return;
  const place = (now?.dataset.region ?? "").split(" ").filter(Boolean).map(Number);
  spot.hidden = place.length !== 4;
  ["left", "top", "width", "height"].forEach((side, at) => { spot.style[side] = `${100 * (place[at] ?? 0)}%`; });
}

function go(step) {
  if (step > 0) {
    if (line < lines(page).length - 1) line += 1;
    else if (page < leaves.length - 1) [page, line] = [page + 1, 0];
  } else if (line > 0) line -= 1;
  else if (page > 0) {
    page -= 1;
    line = Math.max(0, lines(page).length - 1);
  }
  show();
}

function jump(at) {
  page = Math.min(Math.max(at, 0), leaves.length - 1);
  line = 0;
  show();
}

next.addEventListener("click", () => go(1));
back.addEventListener("click", () => go(-1));
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const onButton = event.target instanceof HTMLButtonElement;
  if (event.key === "ArrowRight" || event.key === "PageDown" || (event.key === " " && !onButton)) go(1);
  else if (event.key === "ArrowLeft" || event.key === "PageUp") go(-1);
  else if (event.key === "Home") jump(0);
  else if (event.key === "End") jump(leaves.length - 1);
  else return;
  event.preventDefault();
});

if (leaves.length) {
  nav.hidden = false;
  jump(Number.parseInt(location.hash.slice(1), 10) - 1 || 0);
}
