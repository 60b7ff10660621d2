// The form of a question: more rows than it begins with. Without this script its first rows are there.

for (const rows of document.querySelectorAll("[data-rows]")) {
  const most = Number(rows.dataset.rows);
  const all = () => [...rows.querySelectorAll(".item-row")];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain small add-row";
  button.textContent = "One more";
  const look = () => { button.hidden = all().length >= most; };
  button.addEventListener("click", () => {
    const last = all().at(-1);
    const fresh = last.cloneNode(true);
    const place = all().length;
    for (const field of fresh.querySelectorAll("input, textarea")) {
      if (field.name === "right") { field.value = String(place); field.checked = false; } else field.value = "";
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, place + 1));
    }
    const number = fresh.querySelector("span.faint");
    if (number) number.textContent = place + 1;
    last.after(fresh);
    fresh.querySelector("[name=one]").focus();
    look();
  });
  rows.append(button);
  look();
}
