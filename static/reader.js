// The reader while a deck is read: counts up, and loads the page again when there is more to see.

const reader = document.querySelector("#reader");
const bar = reader.querySelector("progress");
const count = reader.querySelector("[data-count]");

async function look() {
  const reply = await fetch(reader.dataset.url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply?.ok) {
    const material = await reply.json();
    if (bar) {
      bar.max = Math.max(material.page_count, 1);
      bar.value = material.pages_read;
      count.textContent = `${material.pages_read} of ${material.page_count}`;
    }
    if (material.status === "ready" || material.status === "failed") return location.reload();
  }
  if ([401, 404].includes(reply?.status)) return location.reload(); // signed out, or not to be seen any more
  setTimeout(look, 1000);
}

if (reader.dataset.busy === "yes") look();
