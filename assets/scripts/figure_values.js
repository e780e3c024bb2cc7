// What a figure shows, in words and as a table, for those who do not see it.

// A figure's words; the lesson has them in the language chosen there.
const FX_WORDS = {
  table: "Values as a table", values: "Values of the figure", series: "series", value: "value", hovering: "on hovering",
  cut: "The first {most} of {all} values.", axes: "{x} across, {y} upwards.", range: "{count} values from {low} to {high}",
  below: "The table below it has every value.",
};
const fxWords = (plot) => (plot.closest("#chapters") && window.fxLessonWords) || FX_WORDS;
const fxFilled = (text, fields) => text.replace(/\{(\w+)\}/g, (_, name) => fields[name]);

const fxPlain = (text) => {
  if (!/[<&]/.test(text ?? "")) return String(text ?? "").trim(); // reading HTML takes its time
  const page = new DOMParser().parseFromString(String(text ?? "").replace(/<br\s*\/?>/g, "; "), "text/html");
  return page.body.textContent.trim();
};
const fxNumber = (value) => (typeof value === "number" ? String(Number(value.toPrecision(5))) : fxPlain(value));

const fxAxis = (plot, trace, letter) => {
  const axis = plot._fullLayout[`${letter}axis${(trace[`${letter}axis`] ?? "").slice(1)}`];
  const title = axis?.title?.text && plot.layout[axis._name]?.title ? fxPlain(axis.title.text).replaceAll(";", "") : letter;
  const named = (value) => {
    const k = axis?.ticktext ? [...(axis.tickvals ?? [])].indexOf(value) : -1;
    return k < 0 ? fxNumber(value) : fxPlain(axis.ticktext[k]);
  };
  return { title, named };
};

// One number as its hover text formats it: d3's ".3f", ".1%", ",", and what is like them.
const fxFormat = (value, format) => {
  const [, comma, digits, kind] = /^(,?)(?:\.(\d+))?([f%]?)/.exec(format ?? "") ?? [];
  if (typeof value !== "number" || !(comma || kind)) return fxNumber(value);
  const fixed = { minimumFractionDigits: +(digits ?? 0), maximumFractionDigits: +(digits ?? (kind ? 6 : 0)) };
  const about = { ...fixed, style: kind === "%" ? "percent" : "decimal", useGrouping: Boolean(comma) };
  return value.toLocaleString("en", about);
};

// What hovering over a point shows.
const fxHover = (trace, values) => {
  if (!trace.hovertemplate) return fxPlain(values.text ?? "");
  const filled = trace.hovertemplate.replace(/<extra>.*?<\/extra>/gs, "").replace(/%\{([^}:]+):?([^}]*)\}/g, (_, path, format) => {
    const value = path.split(/[.[\]]+/).filter(Boolean).reduce((inside, key) => inside?.[key], values);
    return fxFormat(value, format);
  });
  return fxPlain(filled);
};

const fxTraces = (plot) => (plot._fullData ?? []).filter((trace) => trace.visible === true && trace.hoverinfo !== "skip");

/** The first points of a figure: [series, x, y, value of a heat map, what hovering shows], and how many there are. */
const fxPoints = (plot, most) => {
  const rows = [];
  let all = 0;
  for (const trace of fxTraces(plot)) {
    const [x, y] = ["x", "y"].map((letter) => fxAxis(plot, trace, letter).named);
    const add = (across, up, z, text, customdata) => {
      all += 1;
      if (rows.length >= most) return;
      const values = { x: across, y: up, z, text, customdata, fullData: trace };
      rows.push([trace, x(across), y(up), z === undefined ? "" : fxNumber(z), fxHover(trace, values)]);
    };
    const at = (list, k) => (Array.isArray(list) || ArrayBuffer.isView(list) ? list[k] : list);
    if (trace.z) {
      [...trace.z].forEach((line, i) => [...line].forEach((z, j) => {
        if (z !== null && z !== undefined && !Number.isNaN(z)) {
          add(trace.x?.[j] ?? j, trace.y?.[i] ?? i, z, at(at(trace.text, i), j), at(at(trace.customdata, i), j));
        }
      }));
    } else {
      [...(trace.x ?? trace.y ?? [])].forEach((_, k) => {
        const [across, up] = [trace.x?.[k] ?? k, trace.y?.[k] ?? k];
        if (across !== null && up !== null) add(across, up, undefined, at(trace.text, k), at(trace.customdata, k));
      });
    }
  }
  return { rows, all };
};

const fxNotes = (plot) => (plot.layout.annotations ?? []).map((note) => fxPlain(note.text)).filter(Boolean);

/** A figure in a sentence: its name, its axes, and between what every series lies. */
const fxSummary = (plot, name) => {
  const [traces, words] = [fxTraces(plot), fxWords(plot)];
  if (!traces.length) return [name, ...fxNotes(plot)].join(". ");
  const axes = ["x", "y"].map((letter) => fxAxis(plot, traces[0], letter).title);
  const series = traces.slice(0, 8).map((trace) => {
    const numbers = [...(trace.z ? [...trace.z].flatMap((line) => [...line]) : trace.orientation === "h" ? trace.x : trace.y) ?? []]
      .filter((value) => typeof value === "number" && Number.isFinite(value));
    if (!numbers.length) return trace.name;
    const low = numbers.reduce((a, b) => Math.min(a, b));
    const high = numbers.reduce((a, b) => Math.max(a, b));
    return `${trace.showlegend || traces.length > 1 ? fxPlain(trace.name) + ": " : ""}${fxFilled(words.range, { count: numbers.length, low: fxNumber(low), high: fxNumber(high) })}`;
  });
  const drawn = axes.some((title) => title.length > 1) ? `${fxFilled(words.axes, { x: axes[0], y: axes[1] })} ` : "";
  return `${name}. ${drawn}${series.join("; ")}. ${words.below}`;
};
