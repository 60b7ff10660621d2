// The stage: the page that is shown, how far the class has come, and the caption of whoever speaks.

/** Shows pages and captions. `root` is the class page's main element with its data-* values. */
export class Stage {
  constructor(root) {
    this.root = root;
    this.picture = root.querySelector(".stage-picture");
    this.words = root.querySelector(".stage-words");
    this.texts = new Map([...root.querySelectorAll(".page-text")].map((text) => [Number(text.dataset.page), text]));
    this.caption = root.querySelector(".caption");
    this.place = root.querySelector(".caption-words");
    this.pages = Number(root.dataset.pages);
    this.page = 0;
    this.reached = new Set();
    this.picture.addEventListener("error", () => this.withoutPicture());
    this.picture.addEventListener("load", () => this.picture.classList.remove("turning"));
    this.dots = [...root.querySelectorAll(".dots button")];
  }

  address(page) {
    return this.root.dataset.picture.replace("{n}", page);
  }

  title(page) {
    return this.texts.get(page)?.dataset.title || `Page ${page}`;
  }

  pictured(page) {
    return this.texts.get(page)?.dataset.picture === "yes";
  }

  /** Turn to a page. A page without a picture shows its words instead. */
  show(page) {
    if (!page || page === this.page) return;
    this.page = page;
    this.reached.add(page);
    if (this.pictured(page)) this.withPicture(page);
    else this.withoutPicture();
    this.count();
    if (this.pictured(page + 1)) new Image().src = this.address(page + 1);
  }

  withPicture(page) {
    this.words.hidden = true;
    this.picture.hidden = false;
    const address = this.address(page);
    if (this.picture.getAttribute("src") !== address) {
      this.picture.classList.add("turning");
      this.picture.src = address;
    }
    this.picture.alt = `Page ${page}: ${this.title(page)}`;
  }

  withoutPicture() {
    this.picture.hidden = true;
    this.words.hidden = false;
    const text = this.texts.get(this.page);
    this.words.querySelector("h3").textContent = this.title(this.page);
    this.words.querySelector("p").textContent = text?.textContent.trim() || "This page has no picture and no words.";
  }

  count() {
    this.root.querySelector(".page-now").textContent = this.page;
    this.root.querySelector(".page-title").textContent = this.title(this.page);
    this.root.querySelector(".dots-bar").value = this.page;
    for (const dot of this.dots) {
      const page = Number(dot.dataset.page);
      dot.disabled = !this.reached.has(page);
      dot.classList.toggle("reached", this.reached.has(page));
      if (page === this.page) dot.setAttribute("aria-current", "step");
      else dot.removeAttribute("aria-current");
    }
  }

  /** Give the caption to a speaker; the words themselves are written by whoever holds `place`. */
  speak(voice, name) {
    this.caption.dataset.voice = voice;
    this.caption.querySelector(".caption-name").textContent = name;
    const face = this.caption.querySelector(".face");
    face.src = this.root.dataset.faces.replace("{voice}", voice);
    face.hidden = false;
  }

  /** Keep the last uncovered line of the caption in sight. */
  follow() {
    const ahead = this.place.querySelector(".ahead");
    if (!ahead) { this.place.scrollTop = this.place.scrollHeight; return; }
    const line = parseFloat(getComputedStyle(this.place).lineHeight);
    this.place.scrollTop = Math.max(0, ahead.offsetTop - this.place.offsetTop - this.place.clientHeight + line);
  }

  /** Ring the face of whoever has the floor ("speaking" or "thinking"), and nobody else's. */
  ring(voice, how) {
    for (const face of this.root.querySelectorAll(".cast li")) {
      face.classList.toggle("speaking", face.dataset.voice === voice && how === "speaking");
      face.classList.toggle("thinking", face.dataset.voice === voice && how === "thinking");
    }
  }
}
