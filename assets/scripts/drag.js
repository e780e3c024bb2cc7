// Shapes of figures marked fx-draggable are moved by mouse and by touch.

/** The shape of a figure marked fx-draggable that lies under a finger or the mouse, and where in the figure that is. */
const fxGrip = ({ target, clientX, clientY }) => {
  const plot = target.closest?.(".fx-draggable .js-plotly-plot");
  if (!plot?._fullLayout) return;
  const { xaxis, yaxis, shapes = [] } = plot._fullLayout;
  const { left, top } = plot.getBoundingClientRect();
  const [x, y] = [clientX - left - xaxis._offset, clientY - top - yaxis._offset];
  const far = shapes.map((shape) => Math.hypot(xaxis.d2p(shape.xanchor) - x, yaxis.d2p(shape.yanchor) - y));
  const shape = far.indexOf(Math.min(...far));
  if (far[shape] < 20) return { plot, shape, x, y };
};

// A finger on a shape does not scroll the page.
document.addEventListener("touchstart", (event) => {
  const [{ clientX, clientY }] = event.touches;
  if (fxGrip({ target: event.target, clientX, clientY })) event.preventDefault();
}, { passive: false, capture: true });

// Where a shape was dragged to goes, as "shape,x,y", into the hidden text box named <figure>-drag.
document.addEventListener("pointerdown", (event) => {
  const grip = event.isPrimary && !event.button && fxGrip(event);
  if (!grip) return;
  event.preventDefault(); // or Plotly answered, too
  const { plot, shape, x, y } = grip;
  const drawn = plot.querySelector(`.shapelayer [data-index="${shape}"]`);
  const by = (now) => [now.clientX - event.clientX, now.clientY - event.clientY];
  const move = (now) => drawn.style.setProperty("transform", `translate(${by(now).join("px, ")}px)`);
  const end = (now) => {
    for (const [kind, handler] of handlers) removeEventListener(kind, handler);
    if (now.type === "pointercancel") return drawn.style.removeProperty("transform");
    const { xaxis, yaxis } = plot._fullLayout;
    const [dx, dy] = by(now);
    if (dx || dy) fxSend(`${plot.closest(".fx-draggable").id}-drag`, shape, xaxis.p2d(x + dx), yaxis.p2d(y + dy));
  };
  const handlers = [["pointermove", move], ["pointerup", end], ["pointercancel", end]];
  for (const [kind, handler] of handlers) addEventListener(kind, handler);
}, true);
