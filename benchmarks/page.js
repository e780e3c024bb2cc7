// What ``python -m benchmarks.page`` asks of the page; it runs before the page's own scripts.

window.fxProbe = (() => {
  const probe = { painted: null, plotted: null, idle: 0, open: 0, before: "", clicked: null, sign: null, ended: null, kept: null, joined: {}, answers: {}, parts: [] };
  performance.setResourceTimingBufferSize(10_000);
  const bytes = (text) => new TextEncoder().encode(text).length;

  // The first view: its first controls, the recorded run's picture, caption and figure, which may be the page's own still.
  const shown = () =>
    document.querySelector("#step")?.offsetParent &&
    document.querySelector("#status .fx-status")?.innerText.trim() &&
    document.querySelector("#caption")?.dataset.caption &&
    document.querySelector("#picture img")?.naturalWidth &&
    document.querySelector(".fx-still polyline, #curve .main-svg .scatterlayer .trace");
  const look = () => {
    if (!shown()) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => (probe.painted = performance.now()))); // the frame with it is drawn
  };
  requestAnimationFrame(look);
  const plotted = () => {
    if (!document.querySelector("#curve .main-svg .scatterlayer .trace")) return requestAnimationFrame(plotted);
    probe.plotted = performance.now();
  };
  requestAnimationFrame(plotted);

  // A Step: what its line says, from the press until the step is on show and kept.
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("#step")) return;
    const before = document.querySelector("#status .fx-status")?.outerHTML ?? "";
    Object.assign(probe, { before, clicked: performance.now(), sign: null, ended: null, kept: null });
  }, true);
  new MutationObserver(() => {
    if (probe.clicked === null || probe.ended !== null) return;
    const status = document.querySelector("#status .fx-status");
    if (!status || status.outerHTML === probe.before) return;
    probe.sign ??= performance.now();
    if (/^(Step \d+ of \d+\.|Finished after)/.test(status.innerText.trim())) probe.ended = performance.now();
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  new BroadcastChannel("fuse-explorer").addEventListener("message", ({ data }) => {
    if (data.changed) probe.kept = performance.now();
  });

  // Every answer of a handler, by the event it belongs to.
  const count = (event, size) => {
    const of = (probe.answers[event] ??= { messages: 0, largest: 0, total: 0 });
    Object.assign(of, { messages: of.messages + 1, largest: Math.max(of.largest, size), total: of.total + size });
  };
  const listen = async (response) => {
    let text = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (text + part).split("\n\n");
      text = lines.pop();
      for (const line of lines) {
        const message = line.startsWith("data:") ? JSON.parse(line.slice(5)) : {};
        if (message.event_id && message.output) count(message.event_id, bytes(line));
        if (message.output?.render_config) probe.parts.push(message.output.render_config);
      }
    }
  };
  const read = async (url, body, response) => {
    if (url.includes("/queue/join")) probe.joined[(await response.json()).event_id] = JSON.parse(body).fn_index;
    else if (url.includes("/queue/data")) await listen(response);
    else if (url.includes("/run/")) {
      const event = `at once ${performance.now()}`;
      probe.joined[event] = JSON.parse(body).fn_index;
      count(event, bytes(await response.text()));
    }
  };
  const asked = window.fetch;
  window.fetch = async (...request) => {
    const url = String(request[0]?.url ?? request[0]);
    if (url.includes("/heartbeat/")) return asked(...request);
    probe.open++;
    const done = () => {
      probe.open--;
      probe.idle = performance.now();
    };
    try {
      const response = await asked(...request);
      read(url, request[1]?.body, response.clone()).catch(() => null).finally(done); // an ended stream is no error
      return response;
    } catch (error) {
      done();
      throw error;
    }
  };

  /** A handler by what it is wired to. */
  const name = (fn) => {
    const came = [window.gradio_config, ...probe.parts]; // the page, and what followed as views were opened
    const components = came.flatMap((part) => part.components), dependencies = came.flatMap((part) => part.dependencies);
    const dependency = dependencies.find(({ id }) => id === fn);
    if (dependency.trigger_after != null) return `${name(dependency.trigger_after)}, then`;
    const [[id, event]] = dependency.targets;
    const { props, type } = components.find((component) => component.id === id) ?? { props: {}, type: "page" };
    return `${props.elem_id || props.label || type}.${event}${dependency.targets.length > 1 ? " …" : ""}`;
  };
  probe.handlers = () =>
    Object.entries(probe.answers).map(([event, answer]) => ({ handler: name(probe.joined[event]), ...answer }));
  /** When the page stood still after it was painted: no answer, script, style or picture was under way any more. */
  probe.complete = () => {
    const files = performance.getEntriesByType("resource").filter(({ name }) => !name.includes("/heartbeat/"));
    return Math.max(probe.painted, probe.idle, ...files.map((file) => file.responseEnd));
  };
  probe.sizes = () => performance.getEntriesByType("resource").map(({ name, encodedBodySize }) => [name, encodedBodySize]);
  return probe;
})();
