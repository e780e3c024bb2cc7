// A visitor's runs in the browser's own database: each step as it comes, so that a reload loses none; a run a tab.

window.fxKept = (() => {
  const MOST_RUNS = 30;
  const MOST_LETTERS = 100e6; // of all runs
  const MOST_OPENED = 15e6; // of what comes back at once, as in browser_storage.py
  const TAB = "fuse-explorer-tab"; // this tab's runs; a duplicated tab begins with the same
  const here = crypto.getRandomValues(new Uint32Array(2)).join("-"); // this page, whatever the tab was before
  const others = "BroadcastChannel" in window ? new BroadcastChannel("fuse-explorer") : null;
  let database, chosen;
  let queue = Promise.resolve(); // messages one by one

  const opened = () =>
    (database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("fuse-explorer", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("runs", { keyPath: "id" });
        for (const name of ["steps", "images"]) request.result.createObjectStore(name);
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
    }));

  /** Do some requests as one: all of them or none. The result is what work returns, a request or an array of them. */
  const transaction = async (mode, work) => {
    const stores = (await opened()).transaction(["runs", "steps", "images"], mode);
    const asked = work(...["runs", "steps", "images"].map((name) => stores.objectStore(name)));
    await new Promise((resolve, reject) => {
      stores.oncomplete = resolve;
      stores.onabort = stores.onerror = () => reject(stores.error);
    });
    return Array.isArray(asked) ? asked.map((request) => request.result) : asked?.result;
  };
  const ofRun = (id) => IDBKeyRange.bound([id, 0], [id, Infinity]);
  const tab = () => JSON.parse(sessionStorage.getItem(TAB) ?? "null");
  const listed = async () => {
    const runs = await transaction("readonly", (runs) => runs.getAll());
    return runs.filter((run) => run.count > 1).sort((a, b) => b.seen - a.seen);
  };
  const named = (run) => `“${run.name || run.caption}”`;

  const say = (sentence) => {
    const note = document.querySelector("#kept-note");
    if (note && note.textContent !== sentence) note.textContent = sentence;
  };

  const remove = (id) =>
    transaction("readwrite", (runs, steps, images) => [runs.delete(id), steps.delete(ofRun(id)), images.delete(id)]);

  /** News of a run that begins like another one, with the steps and pictures of that. */
  const completed = async ({ like, ...news }) => {
    if (!like) return news;
    const [steps, images] = await transaction("readonly", (_, steps, images) => [steps.getAll(ofRun(like)), images.get(like)]);
    return steps.length < news.from ? news : { ...news, from: 0, steps: [...steps.slice(0, news.from), ...news.steps], images };
  };

  /** Put one run's news beside what is kept of it; false where something is missing. */
  const put = async (news) => {
    const { steps: fresh, images: pictures, from, ...run } = await completed(news);
    const [before, known, image] = await transaction("readonly", (runs, steps, images) => [
      runs.get(run.id), steps.count(ofRun(run.id)), images.getKey(run.id),
    ]);
    if (known < from || (!pictures && image === undefined)) return false;
    const same = { name: before?.name ?? "", thumb: before?.thumb ?? "", letters: 0 };
    const size = (texts) => texts.reduce((sum, text) => sum + text.length, 0);
    same.letters = (from ? before?.letters ?? 0 : 0) + size([...fresh, ...(pictures ?? [])]);
    await transaction("readwrite", (runs, steps, images) => {
      steps.delete(IDBKeyRange.bound([run.id, run.count], [run.id, Infinity]));
      fresh.forEach((step, k) => steps.put(step, [run.id, from + k]));
      if (pictures) images.put(pictures, run.id);
      runs.put({ ...same, ...run, seen: Date.now() });
    });
    return true;
  };

  /** The oldest runs go where there are too many, or they are too large; those of this tab stay. */
  const bound = async () => {
    const mine = Object.values(tab()?.runs ?? {});
    let letters = 0;
    const gone = [];
    for (const [k, run] of (await listed()).entries()) {
      letters += run.letters;
      if ((k >= MOST_RUNS || letters > MOST_LETTERS) && !mine.includes(run.id)) gone.push(run);
    }
    for (const run of gone) await remove(run.id);
    if (gone.length) say(`To make room, the browser let go of the oldest: ${gone.map(named).join(", ")}.`);
  };

  const keepNow = async (message) => {
    const { active, running, tab: runs, runs: news } = JSON.parse(message);
    try {
      sessionStorage.setItem(TAB, JSON.stringify({ id: tab()?.id ?? here, active, running, runs }));
      let whole = true;
      for (const run of news) whole = (await put(run)) && whole;
      if (!whole) return document.querySelector("#keep-again")?.click();
      await bound();
      await list();
      others?.postMessage({ changed: true });
    } catch (error) {
      say(
        error?.name === "QuotaExceededError"
          ? "The browser's store is full: this run is not kept over a reload. Delete runs below, or use Save run."
          : "This browser keeps no runs, as in a private window: use Save run.",
      );
    }
  };

  /** Whether another page, open now, has a tab's number or a run. */
  const elsewhere = (what, value) =>
    new Promise((resolve) => {
      if (!others) return resolve(false);
      const asked = `${here} ${Date.now()} ${Math.random()}`;
      const hear = ({ data }) => data.answer === asked && end(true);
      const end = (found) => {
        others.removeEventListener("message", hear);
        resolve(found);
      };
      others.addEventListener("message", hear);
      others.postMessage({ asked, what, value });
      setTimeout(end, 200, false);
    });
  others?.addEventListener("message", ({ data }) => {
    if (data.changed) list();
    if (!data.asked) return;
    const mine = tab();
    const found = data.what === "tab" ? [mine?.id] : Object.values(mine?.runs ?? {});
    if (found.includes(data.value)) others.postMessage({ answer: data.asked });
  });

  const fresh = () => crypto.getRandomValues(new Uint32Array(4)).reduce((id, n) => id + n.toString(16).padStart(8, "0"), "");

  /** Runs, by their name in the visit, as the page's server reads them; null where there are none. */
  const read = async (runs, copied, more) => {
    const found = {};
    for (const [name, id] of Object.entries(runs)) {
      const [run, steps, images] = await transaction("readonly", (runs, steps, images) => [
        runs.get(id), steps.getAll(ofRun(id)), images.get(id),
      ]);
      if (run && steps.length >= run.count && images) {
        found[name] = { id: copied ? fresh() : id, head: run.head, steps: steps.slice(0, run.count), images };
      }
    }
    if (!Object.keys(found).length) return null;
    const text = JSON.stringify({ ...more, copied, runs: found });
    if (text.length <= MOST_OPENED) return text;
    say("This run has grown too large to come back from the browser. Save run keeps runs of any size.");
    return null;
  };

  const keep = (message) => {
    queue = queue.then(() => keepNow(message));
  };

  /** Name a run as it stands by now, between two messages: a run that goes on loses no step to an old entry. */
  const rename = (id, name) =>
    (queue = queue.then(async () => {
      const run = await transaction("readonly", (runs) => runs.get(id));
      if (run) await transaction("readwrite", (runs) => runs.put({ ...run, name }));
    }));

  // The page draws the list when it is first opened.
  setInterval(() => {
    const place = document.querySelector("#kept-list");
    if (place && !place.dataset.filled) list();
  }, 300);

  return {
    keep,
    /** What this tab had before a reload. */
    tab: async () => {
      list();
      try {
        const mine = tab();
        if (!mine) return null;
        const copied = await elsewhere("tab", mine.id);
        if (copied) sessionStorage.removeItem(TAB); // this page's own number from now on
        return await read(mine.runs, copied, { active: mine.active, running: mine.running });
      } catch {
        return null;
      }
    },
    /** The run whose Open was pressed. */
    chosen: async () => {
      try {
        const mine = Object.values(tab()?.runs ?? {}).includes(chosen);
        return await read({ A: chosen }, !mine && (await elsewhere("run", chosen)), { active: "A" });
      } catch {
        return null;
      }
    },
    runs: listed,
  };

  // The list, newest first.
  function element(tag, about, ...children) {
    const { dataset, ...properties } = about;
    const made = Object.assign(document.createElement(tag), properties);
    Object.assign(made.dataset, dataset ?? {});
    made.append(...children);
    return made;
  }

  function entry(run, mine) {
    const name = element("input", { value: run.name, placeholder: run.caption, ariaLabel: `Name of ${named(run)}`, maxLength: 80 });
    name.addEventListener("change", async () => {
      name.blur();
      await rename(run.id, name.value.trim());
      others?.postMessage({ changed: true });
      list();
    });
    const press = (text, action) => {
      const button = element("button", { textContent: text, ariaLabel: `${text} ${named(run)}` });
      button.addEventListener("click", action);
      return button;
    };
    const open = press("Open", () => {
      chosen = run.id;
      document.querySelector("#open-kept")?.click();
    });
    const forget = press("Delete", async () => {
      if (!window.confirm(`Delete ${named(run)} from this browser? This cannot be undone.`)) return;
      await remove(run.id);
      others?.postMessage({ changed: true });
      list();
    });
    const steps = `${run.count - 1} step${run.count === 2 ? "" : "s"}`;
    const about = [run.picture, steps, new Date(run.seen).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })];
    const text = element("span", { className: "fx-kept-text" }, name,
      element("span", { textContent: run.caption }), element("small", { textContent: about.filter(Boolean).join(" · ") }));
    const image = run.thumb ? [element("img", { src: run.thumb, alt: "" })] : [];
    const last = mine ? [element("em", { textContent: "on show" })] : [open, forget];
    return element("li", { dataset: { run: run.id } }, ...image, text, ...last);
  }

  async function list() {
    const place = document.querySelector("#kept-list");
    const label = document.querySelector("#kept-runs > button span");
    const typing = () => place?.contains(document.activeElement) && document.activeElement.tagName === "INPUT";
    if (typing()) return; // a name, which a new list would take away
    if (place) place.dataset.filled = "yes";
    const mine = Object.values(tab()?.runs ?? {});
    try {
      const runs = await listed();
      if (typing()) return;
      place?.replaceChildren(...runs.map((run) => entry(run, mine.includes(run.id))));
      if (label) label.textContent = `Your runs in this browser (${runs.length})`;
    } catch {
      place?.replaceChildren(element("li", { textContent: "This browser keeps no runs, as in a private window." }));
    }
  }
})();
