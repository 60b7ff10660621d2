// Every page: times in the reader's own time zone, and a menu that closes when one looks away from it.

const STYLES = {
  day: { day: "numeric", month: "short", year: "numeric" },
  clock: { hour: "2-digit", minute: "2-digit" },
  both: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
};

export function localTimes(root = document) {
  for (const tag of root.querySelectorAll("time[data-style]")) {
    const moment = new Date(tag.dateTime);
    tag.textContent = new Intl.DateTimeFormat("en-GB", STYLES[tag.dataset.style]).format(moment);
    tag.title = moment.toLocaleString("en-GB");
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

localTimes();
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  closeMenus(null);
  menu?.querySelector("summary").focus();
});
