// A region of a picture, in shares of its width and height from the top left corner: seen as a frame, and drawn.

const LEAST = 0.01;

/** Where a picture lies within its frame, in pixels: it is fitted into its box. Null while there is none. */
export function pictureIn(image) {
  if (!image || image.hidden || !image.naturalWidth) return null;
  const style = getComputedStyle(image);
  const [padLeft, padTop] = [parseFloat(style.paddingLeft) || 0, parseFloat(style.paddingTop) || 0];
  const [width, height] = [image.clientWidth - 2 * padLeft, image.clientHeight - 2 * padTop];
  const scale = Math.min(width / image.naturalWidth, height / image.naturalHeight);
  const [wide, high] = [image.naturalWidth * scale, image.naturalHeight * scale];
  const left = image.offsetLeft + image.clientLeft + padLeft + (width - wide) / 2;
  return { left, top: image.offsetTop + image.clientTop + padTop + (height - high) / 2, wide, high };
}

/** Lay `light` around a region of the picture that lies at `at`. */
export function outline({ style }, region, at) {
  style.left = `${at.left + region.left * at.wide}px`;
  style.top = `${at.top + region.top * at.high}px`;
  style.width = `${region.width * at.wide}px`;
  style.height = `${region.height * at.high}px`;
}

/** Draw with the pointer that went down on `frame`: `moved` gets the region on the way, `done` the one at the end, or
    null where it came to nothing: too small, broken off, or Escape. */
export function draw(event, frame, at, { moved, done }) {
  event.preventDefault();
  frame.setPointerCapture(event.pointerId);
  const box = frame.getBoundingClientRect();
  const share = ({ clientX, clientY }) => [
    Math.min(1, Math.max(0, (clientX - box.left - frame.clientLeft - at.left) / at.wide)),
    Math.min(1, Math.max(0, (clientY - box.top - frame.clientTop - at.top) / at.high)),
  ];
  const from = share(event);
  const region = (now) => {
    const to = share(now);
    const [left, top] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
    return { left, top, width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) };
  };
  const over = new AbortController();
  const end = (drawn) => {
    over.abort();
    done(drawn && drawn.width > LEAST && drawn.height > LEAST ? drawn : null);
  };
  const listen = (target, name, does) => target.addEventListener(name, does, { signal: over.signal });
  listen(frame, "pointermove", (now) => moved(region(now)));
  listen(frame, "pointerup", (now) => end(region(now)));
  listen(frame, "pointercancel", () => end(null));
  listen(document, "keydown", ({ key }) => { if (key === "Escape") end(null); });
}
