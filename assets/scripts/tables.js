// Columns of tables have room for their words: Gradio measures the longest text of each, whose words may be short.

const FX_WORD = 24; // characters; what is longer is an address or a file's name, and may go on below
const FX_MEASURED = 8; // the longest words of a column, by characters: one of them is the widest

/** Let a column's measured cell hold its longest words, unseen; true where others than before. */
const fxMeasure = (cell, texts) => {
  const text = cell.textContent;
  const known = cell.fxText === text ? (cell.dataset.words ?? "").split("\n") : []; // of rows that scrolled away, too
  cell.fxText = text;
  const words = new Set([...known, ...texts.flatMap((part) => part.split(/\s+|(?<=-)/))]);
  const longest = [...words].filter((word) => word.length <= FX_WORD).sort((a, b) => b.length - a.length);
  const kept = longest.slice(0, FX_MEASURED).join("\n");
  if (kept === (cell.dataset.words ?? "")) return false;
  cell.dataset.words = kept;
  return true;
};

const fxMeasureTable = (table, body) => {
  const room = table.closest(".virtual-table-viewport");
  if (body.fxTight === room.clientWidth) return;
  const fits = () => table.offsetWidth <= room.clientWidth;
  const again = () => (table.style.width = `${table.offsetWidth + 1}px`); // Gradio measures what changes its size
  const fitted = fits();
  const rows = [...body.children].map((row) => [...row.querySelectorAll("[role=gridcell]")]);
  const cells = [...table.querySelectorAll(".sizing-body .cell-wrap")];
  const changed = cells.map((cell, k) => fxMeasure(cell, rows.map((row) => row[k]?.innerText ?? "")));
  if (!changed.some(Boolean)) return;
  again();
  setTimeout(() => {
    if (!fitted || fits()) return;
    body.fxTight = room.clientWidth; // on a phone all columns side by side are worth more than whole words
    for (const cell of cells) cell.dataset.words = "";
    again();
  }, 100);
};
setInterval(() => {
  for (const body of document.querySelectorAll(".virtual-body")) {
    if (!body.offsetParent || body.fxText === body.textContent) continue;
    body.fxText = body.textContent;
    const table = body.parentElement.querySelector(".header-table");
    if (table) fxMeasureTable(table, body);
  }
}, 400);
