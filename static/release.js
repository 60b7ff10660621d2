// A release while it is made: counts up, and loads the page again when it is over.

const making = document.querySelector("#making");
const bar = making.querySelector("progress");
const count = making.querySelector("[data-count]");
const stage = making.querySelector("[data-stage]");

async function look() {
  const reply = await fetch(making.dataset.url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply?.ok) {
    const release = await reply.json();
    if (!["waiting", "making"].includes(release.status)) return location.reload();
    bar.max = Math.max(release.tables, 1);
    bar.value = release.tables_done;
    count.textContent = `${release.tables_done} of ${release.tables}`;
    if (release.stage) stage.textContent = `${release.stage}: ${release.stage_rows.toLocaleString("en-GB")} rows`;
  }
  if ([401, 404].includes(reply?.status)) return location.reload(); // signed out, or not to be seen any more
  setTimeout(look, 1000);
}

look();
