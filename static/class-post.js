// Sending something to the class, and the sentence to show when it did not arrive.

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

/** POST a small document as JSON. Returns {ok, status, sentence}; never throws. */
export async function post(address, document_) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify(document_),
    });
    if (answer.ok) return { ok: true, status: answer.status, sentence: "" };
    return { ok: false, status: answer.status, sentence: await sentenceOf(answer) };
  } catch {
    return { ok: false, status: 0, sentence: "The server cannot be reached. Your words are kept; try again in a moment." };
  }
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
