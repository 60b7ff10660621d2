// What an utterance rests on: the page's picture and the passage's words, in a dialog; the class stays where it is.

/** The dialog of sources. Dots of pages already shown open it as well. */
export class Sources {
  constructor(root, stage) {
    this.dialog = root.querySelector(".source-dialog");
    this.stage = stage;
    for (const dot of stage.dots) dot.addEventListener("click", () => this.open(Number(dot.dataset.page), []));
  }

  /** Show page `page` and the passages (documents with text) that were used from it. */
  open(page, passages) {
    this.dialog.querySelector("h2").textContent = `Page ${page}: ${this.stage.title(page)}`;
    this.picture(page);
    const place = this.dialog.querySelector(".source-words");
    place.replaceChildren(...passages.map((passage) => quote(passage.text)));
    this.dialog.querySelector(".source-lead").hidden = passages.length === 0;
    this.dialog.showModal();
  }

  picture(page) {
    const picture = this.dialog.querySelector("img");
    const text = this.stage.texts.get(page);
    picture.hidden = !this.stage.pictured(page);
    picture.alt = `Page ${page}`;
    if (!picture.hidden) picture.src = this.stage.address(page);
    const words = this.dialog.querySelector(".source-text");
    words.hidden = !picture.hidden;
    words.textContent = text?.textContent.trim() ?? "";
  }
}

function quote(text) {
  const block = document.createElement("blockquote");
  block.textContent = text;
  return block;
}
