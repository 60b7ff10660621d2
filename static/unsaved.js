// What a person filled in and has not sent: a page whose long form has such fields asks before it is left.

const FIELDS = "input:not([type=hidden]), textarea, select";
let sent = false;

function differs(field) {
  if (field.matches("select")) {
    const all = [...field.options];
    return field.selectedIndex !== Math.max(0, all.findLastIndex((one) => one.defaultSelected));
  }
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

const forms = () => [...document.querySelectorAll("form[data-unsaved]")];

export const hasUnsaved = () => !sent && forms().some((form) => [...form.querySelectorAll(FIELDS)].some(differs));

addEventListener("submit", (event) => { sent = event.target.matches("[data-unsaved]") && !event.defaultPrevented; });
addEventListener("pageshow", () => { sent = false; });
addEventListener("beforeunload", (event) => { if (hasUnsaved()) event.preventDefault(); });
