// On paper figures and tables are as wide as the page's text, and dark on white; afterwards they are as they were.

const FX_PAPER = 660; // pixels: both A4 and US letter have them
let fxDark = false;

const fxResize = (layout, room) => {
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    if (plot.offsetParent) window.Plotly?.relayout(plot, layout);
  }
  for (const table of document.querySelectorAll(".virtual-table-viewport")) {
    table.style.zoom = room && table.offsetParent ? Math.min(1, room / table.scrollWidth) : "";
  }
};

// Of a long table Gradio has drawn the rows in its window and some beyond: all these are printed, and what they are of.
const fxUnroll = (table) => {
  const [head, body] = [table.querySelector(".header-table"), table.querySelector(".virtual-body")];
  const all = table.closest("[role=grid]")?.ariaRowCount - 1; // without the heads
  const ends = [...(body?.children ?? [])].map((row) => new DOMMatrix(row.style.transform).f + row.offsetHeight);
  const first = ends.filter((end) => end <= table.scrollTop).length;
  if (!table.offsetParent || first === ends.length) return;
  table.fxHeight = table.style.maxHeight;
  table.style.maxHeight = `${head.offsetHeight + ends.at(-1) - table.scrollTop}px`;
  const [from, to] = [first, ends.length - 1].map((k) => +body.children[k].dataset.index + 1);
  if (to - from + 1 === all) return;
  const [count, most] = [to, all].map((number) => number.toLocaleString("en"));
  const textContent = from === 1 ? `The first ${count} of ${most} rows.` : `Rows ${from} to ${count} of ${most}.`;
  table.after(Object.assign(document.createElement("p"), { className: "fx-rows-said", textContent }));
};
const fxRoll = (table) => {
  if (table.fxHeight !== undefined) table.style.maxHeight = table.fxHeight;
  delete table.fxHeight;
};
window.addEventListener("beforeprint", () => {
  fxDark = document.body.classList.contains("dark");
  document.body.classList.remove("dark");
  document.documentElement.classList.add("fx-paper");
  for (const folded of document.querySelectorAll(".fx-status details")) folded.open = true;
  document.querySelectorAll(".virtual-table-viewport").forEach(fxUnroll);
  fxResize({ width: FX_PAPER }, FX_PAPER);
});
window.addEventListener("afterprint", () => {
  document.body.classList.toggle("dark", fxDark);
  document.documentElement.classList.remove("fx-paper");
  fxResize({ width: null, autosize: true });
  document.querySelectorAll(".virtual-table-viewport").forEach(fxRoll);
  for (const said of document.querySelectorAll(".fx-rows-said")) said.remove();
});
