// The upload form: progress while the deck travels, and the server's sentence beside the form when it is refused.
// Without this script the form works as any other.

const form = document.querySelector("#upload");
const button = form.querySelector("button[type=submit]");
const trouble = form.querySelector("[data-trouble]");
const progress = form.querySelector("[data-progress]");

function say(sentence) {
  trouble.textContent = sentence;
  trouble.hidden = !sentence;
  progress.hidden = true;
  button.disabled = false;
}

function show(event) {
  const percent = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
  progress.querySelector("progress").value = percent;
  progress.querySelector("[data-words]").textContent = percent < 100 ? "Uploading" : "Checking the deck";
  progress.querySelector("[data-count]").textContent = `${percent} %`;
}

function finish(request) {
  const reply = request.response ?? {};
  if (request.status === 201) location.assign(reply.location);
  else say(reply.error ?? "The upload did not arrive. Check your connection and try again.");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", show);
  request.addEventListener("load", () => finish(request));
  request.addEventListener("error", () => say("The upload did not arrive. Check your connection and try again."));
  say("");
  button.disabled = true;
  progress.hidden = false;
  request.send(new FormData(form));
});
