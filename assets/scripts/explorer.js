// What the page does by itself: settings in the URL, clicks on figures.

window.fxOpened = window.location.search;

// Where a page has a base, Plotly names its clip paths and gradients by the whole address: as soon as that changes, they
// are gone, and dots, pictures and colour bars with them. Gradio's base is the page's own folder, and so changes nothing.
const fxBase = () => {
  const base = document.querySelector("base");
  if (base?.href === new URL("./", window.location.href).href) base.remove();
};
fxBase();
document.addEventListener("DOMContentLoaded", fxBase);

/** What it is given, once the first view has had its time: as soon as a visitor moves on or prints, or a second later. */
window.fxRest = (given) =>
  new Promise((resolve) => {
    const rest = () => resolve(given);
    for (const event of ["scroll", "keydown", "beforeprint"]) addEventListener(event, rest, { capture: true, once: true });
    setTimeout(rest, 1_000);
  });

/** Keep one setting of a view in the address bar; a value equal to its default is left out. */
window.fxRemember = (name, value, usual) => {
  const settings = (window.fxSettings ??= new Map());
  settings.set(name, [value, usual]);
  clearTimeout(window.fxPending);
  // Browsers refuse address changes at every keystroke.
  window.fxPending = setTimeout(() => {
    const url = new URL(window.location.href);
    for (const [key, [now, before]] of window.fxSettings) {
      if (now === null || now === undefined || String(now) === String(before)) url.searchParams.delete(key);
      else url.searchParams.set(key, now);
    }
    window.history.replaceState(null, "", url);
  }, 300);
};

/** Keep the view on show in the address bar; a holder stands for the view last chosen inside it. */
window.fxView = (name, holder, home) => {
  const inside = (window.fxInside ??= {});
  if (name === holder) name = inside[holder] ?? name;
  else if (holder) inside[holder] = name;
  window.fxRemember("view", name, home);
};

/** Show the view that the address asked for; paths says which tabs to press. */
window.fxShow = async (paths) => {
  window.fxPaths = paths;
  await window.fxGo(new URLSearchParams(window.fxOpened).get("view"));
};

/** Show a view by its name, from its top where it is asked for on the page itself. */
window.fxGo = async (name, top) => {
  const paths = window.fxPaths ?? {};
  if (!Object.hasOwn(paths, name)) return;
  const asked = (window.fxAsked = Symbol(name)); // one that is asked for later goes before
  let tab;
  for (const part of paths[name]) {
    tab = await fxTab(part);
    if (window.fxAsked !== asked) return;
    tab.click();
  }
  if (top) document.querySelector("#views")?.scrollIntoView();
  if (top) tab?.focus({ preventScroll: true }); // the keyboard goes on from there
};

/** Settings that a chapter's link to the full view takes along, as they are now. */
window.fxCarry = (chapter, names, values) => {
  (window.fxCarried ??= {})[chapter] = names.map((name, k) => [name, values[k] ?? ""]);
};

/** Of these elements, those that are on show: their ids, one a line. */
window.fxSeen = (ids) => ids.filter((id) => document.getElementById(id)?.offsetParent).join("\n");

// A link to a view of this page, and to nothing else, shows it without loading the page anew.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="?view="]');
  if (!link) return;
  const query = new URLSearchParams(link.getAttribute("href"));
  for (const [name, value] of window.fxCarried?.[link.dataset.chapter] ?? []) query.set(name, value);
  link.setAttribute("href", `?${query}`);
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const asked = [...query];
  if (asked.length > 1) return;
  event.preventDefault();
  window.fxGo(asked[0][1], true);
}, true);

// Larger type, captions and figures only; kept by the browser.
const fxProject = (on) => {
  document.documentElement.classList.toggle("fx-projector", on);
  for (const button of document.querySelectorAll(".fx-projector-button")) button.setAttribute("aria-pressed", on);
  window.dispatchEvent(new Event("resize")); // figures take the width they have now
};
document.addEventListener("click", (event) => {
  if (!event.target.closest?.(".fx-projector-button")) return;
  const on = !document.documentElement.classList.contains("fx-projector");
  localStorage.setItem("fuse-explorer-projector", on ? "on" : "");
  fxProject(on);
});
const fxHeader = setInterval(() => {
  if (!document.querySelector(".fx-projector-button")) return;
  clearInterval(fxHeader);
  fxProject(Boolean(localStorage.getItem("fuse-explorer-projector")));
}, 200);

/** A tab by its name, as soon as it is there, however long a busy machine takes to draw it. */
const fxTab = (name) =>
  new Promise((resolve) => {
    const look = () => {
      const tab = document.querySelector(`[role="tab"][data-tab-id="${name}"]`);
      if (!tab) return;
      drawn.disconnect();
      resolve(tab);
    };
    const drawn = new MutationObserver(look);
    drawn.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-tab-id"] });
    look();
  });

/** Names tabs anew, by their ids: were they outputs, Gradio would walk through all that they hold. */
window.fxTabNames = async (names) => {
  for (const [id, name] of Object.entries(names)) {
    const text = [...((await fxTab(id))?.childNodes ?? [])].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (text) text.data = name;
  }
};

// The fluency weight that goes with a sentiment, unless the visitor has set one that no preset of these models has.
window.fxFluency = (weights, preset, sentiment, weight) => {
  const known = weights[preset] ?? {};
  return Object.values(known).includes(weight) ? (known[sentiment] ?? weight) : weight;
};
