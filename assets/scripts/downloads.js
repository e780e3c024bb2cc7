// Files that the page saves: tables as the server writes them, figures as Plotly draws them, with their settings inside.

const fxSave = (parts, type, name) => {
  const href = URL.createObjectURL(new Blob(parts, { type }));
  const link = Object.assign(document.createElement("a"), { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
};

/** Save a file that the server wrote as JSON of its name and text. */
window.fxFile = (file) => {
  if (!file) return;
  const { name, text } = JSON.parse(file);
  fxSave([text], "text/plain;charset=utf-8", name);
};

// On paper: as wide as a page's text, 300 dots an inch, dark on white whatever the page's theme.
const FX_WIDTH = 640, FX_DOTS = 300 / 96, FX_INK = "#1f2937";

/** Save a figure as "png" or "svg"; about holds the file's name and its settings, ink is the page's colour of text. */
window.fxFigure = async (about, id, format, ink) => {
  const plot = document.querySelector(`#${id} .js-plotly-plot`);
  if (!about || !plot || !window.Plotly) return;
  const { name, text } = JSON.parse(about);
  const layout = JSON.parse(JSON.stringify(plot.layout).replaceAll(ink, FX_INK));
  Object.assign(layout, { paper_bgcolor: "#fff", width: FX_WIDTH, height: plot.offsetHeight });
  const size = { width: FX_WIDTH, height: plot.offsetHeight, scale: format === "png" ? FX_DOTS : 1 };
  const data = plot.data.map((trace) =>
    trace.textfont?.color === ink ? { ...trace, textfont: { ...trace.textfont, color: FX_INK } } : trace);
  const drawn = await window.Plotly.toImage({ data, layout }, { format, ...size });
  if (format === "png") {
    const picture = new Uint8Array(await (await fetch(drawn)).arrayBuffer());
    fxSave(fxDescribed(picture, text), "image/png", `${name}.png`);
  } else {
    const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const head = `<title>${name}</title><metadata>${escaped}</metadata>`;
    const svg = decodeURIComponent(drawn.slice(drawn.indexOf(",") + 1)).replace(/<svg[^>]*>/, (tag) => tag + head);
    fxSave([svg], "image/svg+xml", `${name}.svg`);
  }
};

/** A PNG with its resolution and its settings, as a pHYs and an iTXt chunk, after its head of 33 bytes. */
const fxDescribed = (png, text) => {
  const dotsAMetre = Math.round(96 * FX_DOTS / 0.0254);
  const size = new DataView(new ArrayBuffer(9));
  size.setUint32(0, dotsAMetre);
  size.setUint32(4, dotsAMetre);
  size.setUint8(8, 1);
  const told = new TextEncoder().encode(`Description\0\0\0\0\0${text}`);
  return [png.slice(0, 33), fxChunk("pHYs", new Uint8Array(size.buffer)), fxChunk("iTXt", told), png.slice(33)];
};

const fxChunk = (kind, content) => {
  const chunk = new Uint8Array(12 + content.length), view = new DataView(chunk.buffer);
  view.setUint32(0, content.length);
  chunk.set(new TextEncoder().encode(kind), 4);
  chunk.set(content, 8);
  let sum = -1; // CRC-32 of kind and content
  for (const byte of chunk.subarray(4, 8 + content.length)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  view.setUint32(8 + content.length, ~sum >>> 0);
  return chunk;
};
