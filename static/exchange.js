// A transfer while it is under way: counts up, and loads the page again when it is over. And a button for all boxes.

const card = document.querySelector("#transfer");
const all = document.querySelector("[data-all]");

async function look() {
  const reply = await fetch(card.dataset.url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply?.ok) {
    const line = await reply.json();
    if (!["waiting", "working"].includes(line.status)) return location.reload();
    const bar = card.querySelector("progress");
    bar.max = Math.max(line.total, 1);
    bar.value = line.done;
    card.querySelector("[data-words]").textContent = line.stage || "Waiting for a worker";
    card.querySelector("[data-count]").textContent = line.total ? `${line.done} of ${line.total}` : "";
  }
  setTimeout(look, 800);
}

if (card) look();

if (all) {
  const boxes = [...document.querySelectorAll("input[name=chosen]")];
  all.hidden = false;
  all.addEventListener("click", () => {
    const some = boxes.some((box) => box.checked);
    for (const box of boxes) box.checked = !some;
    all.textContent = some ? "Choose all" : "Choose none";
  });
}
