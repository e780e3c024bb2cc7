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
window.addEventListener("beforeprint", () => {
  fxDark = document.body.classList.contains("dark");
  document.body.classList.remove("dark");
  document.documentElement.classList.add("fx-paper");
  for (const folded of document.querySelectorAll(".fx-status details")) folded.open = true;
  fxResize({ width: FX_PAPER }, FX_PAPER);
});
window.addEventListener("afterprint", () => {
  document.body.classList.toggle("dark", fxDark);
  document.documentElement.classList.remove("fx-paper");
  fxResize({ width: null, autosize: true });
});
