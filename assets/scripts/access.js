// For those who use the keyboard, a screen reader or a phone: a skip link, names, and what has changed, spoken.

// The skip link leads to the view on show.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.(".fx-skip")) return;
  event.preventDefault();
  const panel = [...document.querySelectorAll("[role=tabpanel]")].find((found) => found.offsetParent);
  if (!panel) return;
  panel.tabIndex = -1;
  panel.focus();
});

// What Gradio calls "Thumbnail 1 of 6" has the name of its file, and so has a picture that Gradio gives none; what it
// calls an empty value is a figure to come.
const fxPictureName = (part) => {
  const file = decodeURIComponent(new URL(part.querySelector("img")?.src ?? "image", location.href).pathname);
  return file.split("/").pop().replace(/\.\w+$/, "");
};
const fxName = () => {
  for (const thumbnail of document.querySelectorAll('.thumbnail-item[aria-label^="Thumbnail "]')) {
    const name = fxPictureName(thumbnail);
    if (name !== "image") thumbnail.ariaLabel = name;
  }
  for (const shown of document.querySelectorAll(".image-container > button:is(:not([aria-label]), [aria-label^='Picture: '])")) {
    const name = `Picture: ${fxPictureName(shown)}`;
    if (shown.querySelector("img") && shown.ariaLabel !== name) shown.ariaLabel = name;
  }
  for (const empty of document.querySelectorAll('.empty[aria-label="Empty value"]')) {
    empty.role = "img";
    empty.ariaLabel = "Nothing to show yet";
  }
};

// One live region says the statuses on show that came to rest (with a bar, work goes on) and the new caption.
const fxHeard = new Map();
const fxSpeak = () => {
  const region = document.querySelector("#spoken");
  if (!region) return;
  const said = [...document.querySelectorAll(".fx-status:not(:has(.fx-bar), [role=alert]), #caption")]
    .filter((part) => part.offsetParent)
    .map((part) => [part.closest(".block")?.id, part.dataset.caption ?? part.textContent.replace(/\s+/g, " ").trim()]);
  const news = said.filter(([where, text]) => text && fxHeard.get(where) !== text);
  for (const [where, text] of news) fxHeard.set(where, text);
  if (news.length) region.textContent = news.map(([, text]) => text).join(". ");
};

// On a phone the settings are folded when the page opens.
const fxFold = setInterval(() => {
  const fold = document.querySelector("#settings > button");
  if (!fold) return;
  clearInterval(fxFold);
  if (matchMedia("(max-width: 640px)").matches) fold.click();
}, 100);

setInterval(() => {
  fxName();
  fxSpeak();
}, 400);

// Undo by keyboard, outside of what has an undo of its own.
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
  if (event.target.closest?.("input, textarea, [contenteditable=true]")) return;
  const undo = document.querySelector("#undo");
  if (!undo?.offsetParent) return;
  event.preventDefault();
  undo.click();
});
