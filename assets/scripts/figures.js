// What is done to every figure: a name and a table for those who do not see it, clicks, and swipes that scroll the page.

const FX_ROWS = 500; // of a figure's table

const fxFill = (details, plot) => {
  const { rows: points, all } = fxPoints(plot, FX_ROWS);
  const axes = ["x", "y"].map((letter) => fxAxis(plot, points[0]?.[0] ?? {}, letter).title);
  const rows = points.map(([trace, ...cells]) => [fxPlain(trace.name), ...cells]);
  const words = fxWords(plot);
  const heads = [words.series, ...axes, words.value, words.hovering];
  const kept = heads.map((_, k) => (k ? rows.some((row) => row[k] !== "") : new Set(rows.map((row) => row[0])).size > 1));
  const line = (cells, tag) => {
    const row = document.createElement("tr");
    for (const text of cells.filter((_, k) => kept[k])) {
      row.append(Object.assign(document.createElement(tag), { textContent: text, ...(tag === "th" && { scope: "col" }) }));
    }
    return row;
  };
  const said = fxNotes(plot).join(" · ");
  const cut = all > FX_ROWS ? fxFilled(words.cut, { most: FX_ROWS, all: all.toLocaleString("en") }) : "";
  const table = document.createElement("table");
  table.append(line(heads, "th"), ...rows.map((row) => line(row, "td")));
  const box = Object.assign(document.createElement("div"), { className: "fx-figure-values", tabIndex: 0, role: "region" });
  box.ariaLabel = words.values;
  const text = Object.assign(document.createElement("p"), { textContent: [said, cut].filter(Boolean).join(" ") });
  box.append(...(text.textContent ? [text] : []), ...(rows.length ? [table] : []));
  details.querySelector(".fx-figure-values")?.remove();
  details.append(box);
};

// Once it is drawn, and every time it is drawn anew.
const fxTell = (plot) => {
  const block = plot.closest(".block");
  if (!block || !plot._fullLayout) return;
  const name = block.querySelector("label[data-testid=block-label]")?.textContent.trim() || "Figure";
  const [first, ...others] = plot.querySelectorAll(".main-svg");
  first?.setAttribute("role", "img");
  first?.setAttribute("aria-label", fxSummary(plot, name));
  for (const svg of others) svg.setAttribute("aria-hidden", "true");
  let details = block.querySelector(":scope > .fx-figure-table");
  if (!details) {
    details = Object.assign(document.createElement("details"), { className: "fx-figure-table" });
    details.append(Object.assign(document.createElement("summary"), {}));
    details.addEventListener("toggle", () => details.open && fxFill(details, block.querySelector(".js-plotly-plot")));
    block.append(details);
  }
  const { table } = fxWords(plot);
  details.firstChild.textContent = table;
  details.firstChild.ariaLabel = `${table}: ${name}`;
  if (details.open) fxFill(details, plot);
  details.hidden = !fxTraces(plot).length;
  // A finger that swipes over a figure scrolls the page.
  if (matchMedia("(pointer: coarse)").matches && plot._fullLayout.dragmode) window.Plotly?.relayout(plot, { dragmode: false });
};

/** Values, separated by commas, for the handler of a hidden text box. */
const fxSend = (id, ...values) => {
  const box = document.querySelector(`#${id} textarea, #${id} input`);
  box.value = [...values, Date.now()].join(",");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new KeyboardEvent("keypress", { key: "x" })); // Gradio's own "input" event follows key presses
};

// A click on a figure marked fx-clickable goes, as "x,y", into the hidden text box named <figure>-click.
const fxClicked = (plot, { points: [point] }) => {
  const id = plot.closest(".fx-clickable").id;
  fxSend(`${id}-click`, point.x, point.y);
};

setInterval(() => {
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    if (plot.fxKnown || !plot.on) continue;
    plot.fxKnown = true;
    plot.closest(".fx-until")?.classList.remove("fx-until"); // what stood for the figure has had its time
    plot.on("plotly_afterplot", () => fxTell(plot));
    fxTell(plot);
    if (plot.closest(".fx-clickable")) plot.on("plotly_click", (event) => fxClicked(plot, event));
  }
}, 400);
