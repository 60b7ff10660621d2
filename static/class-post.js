// Sending something to the class, and the sentence to show when it did not arrive.

const person = document.querySelector("[data-person]")?.dataset.person;
/** The word of the sign-in that this page belongs to; every change shows it. */
let word = document.querySelector('meta[name="csrf"]')?.content ?? "";

/** POST a small document as JSON, or a form. Returns {ok, status, sentence}; never throws. */
export async function post(address, sent) {
  try {
    let answer = await send(address, sent);
    // The page is older than the sign-in: the same person signed in anew in another tab.
    if (answer.status === 403 && await renewed()) answer = await send(address, sent);
    if (answer.ok) return { ok: true, status: answer.status, sentence: "", answer };
    return { ok: false, status: answer.status, sentence: await sentenceOf(answer) };
  } catch {
    return { ok: false, status: 0, sentence: "The server cannot be reached. Your words are kept; try again in a moment." };
  }
}

/** What was sent leaves its box; what was written on meanwhile stays. */
export function takeAway(input, sent) {
  if (input.value.startsWith(sent)) input.value = input.value.slice(sent.length).trimStart();
}

/** Whether a key sends what stands in a box: Enter does, unless it makes a line or ends a composition, as of Chinese
 *  signs. Safari says the latter by the code alone. */
export function sends(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

function send(address, sent) {
  const headers = { Accept: "application/json", "X-CSRF-Token": word };
  if (sent instanceof FormData) return fetch(address, { method: "POST", headers, body: sent });
  headers["Content-Type"] = "application/json";
  return fetch(address, { method: "POST", headers, body: JSON.stringify(sent) });
}

/** Whether nobody is signed in any more, as far as can be told. */
export async function signedOut() {
  try {
    return (await me()).status === 401;
  } catch {
    return false;
  }
}

function me() {
  return fetch("/me.json", { headers: { Accept: "application/json" } });
}

/** Whether there is a newer word of this page's own person. Somebody else's is not taken: these are not their words. */
async function renewed() {
  const answer = await me();
  if (!answer.ok) return false;
  const { id, csrf } = await answer.json();
  if (id !== person || csrf === word) return false;
  word = csrf;
  return true;
}

async function sentenceOf(answer) {
  if (answer.status === 401) return "You have been signed out. Your words are kept: sign in again in another tab, then send.";
  try {
    const said = await answer.json();
    const sentence = said.sentence ?? said.error ?? said.detail;
    if (typeof sentence === "string" && sentence) return sentence;
  } catch { /* an answer that is no JSON has no sentence of its own */ }
  return `That did not work (${answer.status}). Try again in a moment.`;
}
