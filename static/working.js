// Work that goes on elsewhere: counts up while it does, and loads the page again when it is over.

const work = document.querySelector("[data-working]");
const bar = work.querySelector("progress");
const count = work.querySelector("[data-count]");

async function look() {
  const reply = document.hidden ? null : await fetch(work.dataset.working, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply?.ok) {
    const { done, total, busy } = await reply.json();
    bar.max = Math.max(total, 1);
    bar.value = done;
    count.textContent = `${done} of ${total}`;
    if (!busy) return location.reload();
  }
  if ([401, 404].includes(reply?.status)) return location.reload(); // signed out, or not to be seen any more
  setTimeout(look, 2000);
}

look();
