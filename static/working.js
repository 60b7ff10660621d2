// Work that goes on elsewhere: counts up while it does, and loads the page again when it is over, unless something was
// filled in there meanwhile.

import { hasUnsaved } from "./unsaved.js";

const work = document.querySelector("[data-working]");
const bar = work.querySelector("progress");
const count = work.querySelector("[data-count]");

function over() {
  if (!hasUnsaved()) return location.reload();
  const said = document.createElement("p");
  said.className = "notice";
  said.setAttribute("role", "status");
  said.textContent = "This is done. Save what you have filled in; then you see it here.";
  return work.replaceChildren(said);
}

async function look() {
  const reply = document.hidden ? null : await fetch(work.dataset.working, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply?.ok) {
    const { done, total, busy } = await reply.json();
    bar.max = Math.max(total, 1);
    bar.value = done;
    count.textContent = `${done} of ${total}`;
    if (!busy) return over();
  }
  if ([401, 404].includes(reply?.status)) return location.reload(); // signed out, or not to be seen any more
  setTimeout(look, 2000);
}

look();
