// Where a step points, as a frame on the page's picture while one is at the step, and drawn anew there by the pointer.

import { lesson } from "./lesson-page.js";
import { draw, outline, pictureIn } from "./region.js";

const SIDES = ["left", "top", "width", "height"];
const formAt = (target) => target.closest?.(".step, [data-new-form]")?.querySelector("[data-where]")?.form;
const pictureOf = (form) => form?.closest(".leaf")?.querySelector(".picture");
const sharesOf = (values) => Object.fromEntries(SIDES.map((side, place) => [side, parseFloat(values[place]) / 100]));
let aimed = null;

// In shares of the picture; null where the words' place is not known, or a side is no number.
function regionOf(form) {
  const where = form.querySelector("[data-where]");
  const sides = SIDES.map((side) => form.elements[side].value.replace(",", "."));
  const region = sharesOf(where.value === "region" ? sides : (where.selectedOptions[0].dataset.region ?? "").split(" "));
  return SIDES.every((side) => region[side] >= 0) ? region : null;
}

function put(form, region = regionOf(form)) {
  const picture = pictureOf(form);
  const at = pictureIn(picture?.querySelector("img"));
  let light = picture?.querySelector(".light");
  if (!region || !at) return light?.remove();
  if (!light) {
    light = document.createElement("div");
    light.className = "light";
    picture.append(light);
  }
  outline(light, region, at);
}

function clear() {
  for (const light of lesson.querySelectorAll(".picture .light")) light.remove();
  for (const picture of lesson.querySelectorAll(".picture.drawing")) picture.classList.remove("drawing");
}

function aim(form) {
  aimed = form?.isConnected ? form : null;
  clear();
  if (!aimed) return;
  put(aimed);
  pictureOf(aimed)?.classList.add("drawing");
}

// The sides are filled in as if they had been typed, so that they are saved, told and undone alike.
// Both ends are rounded, not the lengths: a frame that ends where the picture does goes no tenth beyond it.
function fill(form, { left, top, width, height }) {
  const where = form.querySelector("[data-where]");
  const [x, y, right, bottom] = [left, top, left + width, top + height].map((share) => Math.round(1000 * share));
  where.value = "region";
  for (const [place, value] of [x, y, right - x, bottom - y].entries()) {
    form.elements[SIDES[place]].disabled = false;
    form.elements[SIDES[place]].value = String(value / 10);
  }
  where.dispatchEvent(new Event("input", { bubbles: true }));
  where.dispatchEvent(new Event("change", { bubbles: true }));
}

lesson?.addEventListener("focusin", ({ target }) => aim(formAt(target)));
lesson?.addEventListener("input", ({ target }) => { if (formAt(target)) put(formAt(target)); });
lesson?.addEventListener("pointerover", ({ target }) => {
  const form = formAt(target);
  if (form && form !== aimed && pictureOf(form) !== pictureOf(aimed)) put(form);
});
lesson?.addEventListener("pointerout", ({ target }) => { if (formAt(target)) aim(aimed); });
lesson?.addEventListener("pointerdown", (event) => {
  const picture = event.target.closest(".picture.drawing");
  const at = pictureIn(picture?.querySelector("img"));
  if (!at || event.button) return;
  const form = aimed;
  draw(event, picture, at, {
    moved: (region) => put(form, region),
    done: (region) => { if (region) fill(form, region); else put(form); },
  });
});
const putAgain = () => { if (aimed) put(aimed); };
addEventListener("resize", putAgain);
lesson?.addEventListener("load", putAgain, true); // a picture came in
