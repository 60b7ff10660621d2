// A run while it trains: its curves are fetched anew every two seconds, and the page when it is over.

const part = document.querySelector("#now");

async function look() {
  const reply = document.hidden ? null : await fetch(part.dataset.url, { headers: { Accept: "text/html" } }).catch(() => null);
  if (reply?.ok && !reply.redirected) {
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-state]");
    if (!["waiting", "running"].includes(fresh.dataset.state)) return location.reload();
    const open = [...part.querySelectorAll("details[open]")].map((one) => one.closest("figure")?.id);
    if (!part.contains(document.activeElement)) {
      for (const id of open) fresh.querySelector(`figure[id="${id}"] details`)?.setAttribute("open", "");
      part.replaceChildren(fresh);
    }
  } else if (reply && (reply.redirected || [401, 404].includes(reply.status))) return location.reload(); // signed out, or gone
  setTimeout(look, 2000);
}

setTimeout(look, 2000);
