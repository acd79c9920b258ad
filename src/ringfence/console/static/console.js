// Ringfence console: theme, local times, grids and charts. Loaded in the head of every page, before the toolkit.
const rf = (() => {
  const root = document.documentElement;
  const wide = () => window.innerWidth > 860;
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  function theme() {
    const wanted = document.querySelector("meta[name=rf-theme]").content;
    const query = window.matchMedia("(prefers-color-scheme: dark)");
    const apply = () => root.classList.toggle("rf-dark", wanted === "null" ? query.matches : wanted === "true");
    apply();
    // Charts read the colours once when they are drawn, so a changed system theme draws the page again.
    query.addEventListener("change", () => { if (wanted === "null") { apply(); location.reload(); } });
  }

  function prefer(name, value) {
    document.cookie = `rf_${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax` + (location.protocol === "https:" ? "; secure" : "");
    // The language is remembered with the user, so that it is there on another machine too.
    const csrf = document.querySelector("input[name=csrf]")?.value;
    const told = name === "lang" && csrf
      ? fetch("/console/account/language", { method: "POST", redirect: "manual", body: new URLSearchParams({ csrf, lang: value }) })
      : Promise.resolve();
    told.finally(() => location.reload());
  }

  // Times: <time data-us="microseconds"> gets the browser's zone as text and UTC as its title.
  const locale = () => root.lang || navigator.language;
  const pad = (n, width = 2) => String(n).padStart(width, "0");
  function localTime(us, short) {
    const d = new Date(us / 1000);
    const clock = `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
    if (short && d.toDateString() === new Date().toDateString()) return clock;
    return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${clock}`;
  }
  const utcTime = (us) => new Date(us / 1000).toISOString().replace("T", " ").replace("Z", " UTC");
  function ago(us) {
    const seconds = (us / 1000 - Date.now()) / 1000;
    const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
    for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]])
      if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
    return format.format(Math.round(seconds), "second");
  }
  function fillTime(node) {
    const us = Number(node.dataset.us);
    node.textContent = node.dataset.kind === "ago" ? ago(us) : localTime(us, node.dataset.kind === "short");
    node.title = node.dataset.kind === "ago" ? `${localTime(us)} · ${utcTime(us)}` : utcTime(us);
    node.dateTime = new Date(us / 1000).toISOString();
    node.dataset.done = node.dataset.us;
  }
  const fillTimes = () => document.querySelectorAll("time[data-us]").forEach((n) => { if (n.dataset.done !== n.dataset.us) fillTime(n); });
  let planned = false;
  new MutationObserver(() => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => { planned = false; fillTimes(); });
  }).observe(root, { childList: true, subtree: true });
  setInterval(() => document.querySelectorAll("time[data-kind=ago]").forEach(fillTime), 30000);

  // Clicks and keys that work on every page.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((m) => { if (!m.contains(event.target)) m.open = false; });
    const frame = document.querySelector(".rf-frame");
    if (event.target.closest(".rf-burger")) frame.classList.toggle("nav-open");
    else if (frame?.classList.contains("nav-open") && !event.target.closest(".rf-nav")) frame.classList.remove("nav-open");
    const burger = document.querySelector(".rf-burger");
    if (burger) burger.setAttribute("aria-expanded", String(frame.classList.contains("nav-open")));
    const prefers = event.target.closest("[data-prefer]");
    if (prefers) prefer(...prefers.dataset.prefer.split("="));
    const row = event.target.closest("[data-go]");
    if (row && !event.target.closest("a, button, input, label")) location.href = row.dataset.go;
    const copies = event.target.closest("[data-copy]");
    if (copies) copy(copies);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-span]")) {
      const form = event.target.form, pick = event.target.value === "pick";
      form.querySelector(".picker").classList.toggle("hidden", !pick);
      if (!pick) form.requestSubmit();
    }
    if (event.target.matches("[data-end]")) {
      const form = event.target.form, ends = {};
      form.querySelectorAll("[data-end]").forEach((box) => { if (box.value) ends[box.dataset.end] = new Date(box.value).getTime() * 1000; });
      for (const [name, us] of Object.entries(ends)) form.querySelector(`input[name=${name}]`).value = us;
      if (ends.from && ends.to) { const choice = form.querySelector("[data-span]"); choice.append(new Option("", "custom", true, true)); choice.value = "custom"; }
    }
    if (event.target.matches("[data-ticks]")) event.target.form.querySelectorAll("input[name=id]").forEach((box) => { box.checked = event.target.checked; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((m) => { m.open = false; m.querySelector("summary").focus(); });
      document.querySelector(".rf-frame")?.classList.remove("nav-open");
      document.querySelector(".drawer:not(.hidden) .dclose")?.click();
    }
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) {
      const box = document.querySelector("[data-quick]");
      if (box) { event.preventDefault(); box.focus(); }
    }
  });
  function copy(button) {
    const text = button.closest(".copy").querySelector("code, pre").textContent;
    const done = () => { const old = button.textContent; button.textContent = button.dataset.copy; setTimeout(() => { button.textContent = old; }, 1500); };
    if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done); return; }
    const area = document.createElement("textarea");
    area.value = text; document.body.append(area); area.select(); document.execCommand("copy"); area.remove(); done();
  }
  window.addEventListener("popstate", () => location.reload());

  // Small DOM builder: text is always text.
  function el(name, cls, ...children) {
    const node = document.createElement(name);
    if (cls) node.className = cls;
    node.append(...children.filter((c) => c !== null && c !== undefined));
    return node;
  }
  const SHAPES = { critical: "M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5z", high: "M6 .5 12 11.5H0z", medium: "m6 0 6 6-6 6-6-6z", low: "M1 6a5 5 0 1 0 10 0a5 5 0 1 0-10 0", informational: "M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0m0 2.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6" };
  function severity(value, words) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 12 12"); svg.setAttribute("class", "shape"); svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", SHAPES[value] ?? SHAPES.informational); svg.append(path);
    return el("span", `sev ${value}`, svg, words[value] ?? value);
  }
  function time(us, kind) {
    const node = document.createElement("time");
    node.dataset.us = us; if (kind) node.dataset.kind = kind;
    fillTime(node);
    return node;
  }
  function link(href, text) {
    const a = el("a", "", text);
    a.href = href;
    return a;
  }
  const state = (value, words) => el("span", `state ${value}`, words[value] ?? value);

  // Grids: pages of rows from a JSON endpoint; the server filters and sorts.
  const grids = {};
  function source(url, id) {
    grids[id] = { url };
    return {
      getRows: (wanted) => {
        const sort = wanted.sortModel[0];
        const query = new URLSearchParams({ offset: wanted.startRow, limit: wanted.endRow - wanted.startRow });
        if (sort) { query.set("sort", sort.colId); query.set("order", sort.sort); }
        const address = grids[id].url;
        fetch(address + (address.includes("?") ? "&" : "?") + query, { credentials: "same-origin" })
          .then(async (answer) => {
            if (answer.status === 401) { location.href = "/login?next=" + encodeURIComponent(location.pathname + location.search); return; }
            if (answer.status === 403 && answer.headers.get("location")) { location.href = answer.headers.get("location"); return; }
            const body = await answer.json();
            if (!answer.ok) throw new Error(body.detail ?? answer.statusText);
            const note = document.getElementById(`${id}-note`);
            if (note) note.textContent = body.note ?? "";
            const empty = document.getElementById(`${id}-empty`);
            if (empty) empty.classList.toggle("hidden", body.total > 0);
            document.querySelector(`.rf-grid[data-grid="${id}"]`)?.classList.toggle("hidden", body.total === 0 && !!empty);
            wanted.successCallback(body.rows, body.total);
          })
          .catch((error) => {
            const note = document.getElementById(`${id}-note`);
            if (note) note.textContent = error.message;
            wanted.failCallback();
          });
      },
    };
  }
  const open = (prefix) => (event) => { if (event.data && !event.event?.target?.closest?.("a, .ag-checkbox, .ag-selection-checkbox, input")) location.href = prefix + encodeURIComponent(event.data.id); };
  const enter = (prefix) => (event) => { if (event.event?.key === "Enter" && event.data) location.href = prefix + encodeURIComponent(event.data.id); };
  const cells = {
    time: (kind) => (p) => (p.value ? time(p.value, kind) : el("span")),
    severity: (words) => (p) => (p.value ? severity(p.value, words) : el("span")),
    level: () => (p) => (p.value ? el("span", `lvl ${p.value}`, p.value) : el("span")),
    state: (words, verdicts) => (p) => {
      if (!p.value) return el("span");
      const node = state(p.value, words), verdict = verdicts?.[p.data.verdict];
      if (verdict) node.append(` · ${verdict}`);
      return node;
    },
    link: (prefix) => (p) => (p.data ? link(prefix + encodeURIComponent(p.data.id), p.value ?? "") : el("span")),
    importance: (words) => (p) => (p.value ? el("span", `imp ${p.value}`, words[p.value] ?? p.value) : el("span")),
    text: () => (p) => el("span", "", p.value ?? ""),
    mono: () => (p) => el("span", "mono", p.value ?? ""),
    alertCard: (words, states) => (p) => p.data ? el("div", "cardrow", link("/alerts/" + encodeURIComponent(p.data.id), p.data.title),
      el("div", "line", severity(p.data.level, words), el("span", "", p.data.entity), el("span", "", `×${p.data.count}`)),
      el("div", "line", time(p.data.last), state(p.data.status, states))) : el("span"),
    incidentCard: (states) => (p) => p.data ? el("div", "cardrow", link("/incidents/" + encodeURIComponent(p.data.id), p.data.title),
      el("div", "line", el("span", `lvl ${p.data.level}`, p.data.level), el("span", "", p.data.entities)),
      el("div", "line", time(p.data.last), state(p.data.status, states))) : el("span"),
    assetCard: (words) => (p) => p.data ? el("div", "cardrow", link("/assets/" + encodeURIComponent(p.data.id), p.data.name),
      el("div", "line", el("span", `imp ${p.data.importance}`, words[p.data.importance]), el("span", "", p.data.kind), el("span", "mono", p.data.addresses)),
      el("div", "line", el("span", "", [p.data.system, p.data.owner].filter(Boolean).join(" · ")))) : el("span"),
    ruleCard: (words) => (p) => p.data ? el("div", "cardrow", link("/rules/" + encodeURIComponent(p.data.id), p.data.title),
      el("div", "line", severity(p.data.level, words), el("span", "", p.data.logsource)), el("div", "line", el("span", "", p.data.techniques))) : el("span"),
    eventCard: () => (p) => p.data ? el("div", "cardrow", el("div", "line", time(p.data.time), el("b", "", p.data.host)), el("span", "mono", p.data.summary)) : el("span"),
  };

  // Ticked rows of a grid go as hidden fields into the form that does something with all of them.
  const MOST = 500;
  const picked = (id) => (event) => {
    const form = document.querySelector(`form[data-bulk="${id}"]`);
    if (!form) return;
    const rows = event.api.getSelectedRows().slice(0, MOST);
    form.querySelector(".picked").replaceChildren(...rows.map((row) => { const box = el("input"); box.type = "hidden"; box.name = "id"; box.value = row.id; return box; }));
    form.querySelector("[data-count]").textContent = rows.length;
    form.classList.toggle("some", rows.length > 0);
    form.querySelectorAll("[data-acts] button, [data-acts] select").forEach((node) => { node.disabled = rows.length === 0; });
  };
  const pickable = (id) => (event) => {
    const form = document.querySelector(`form[data-bulk="${id}"]`);
    form?.querySelector("[data-all]")?.addEventListener("change", (change) => {
      let left = MOST;
      event.api.forEachNode((node) => { if (node.data) node.setSelected(change.target.checked && left-- > 0); });
    });
  };

  // Column definitions arrive as JSON; their renderers are expressions over rf.cells.
  const columns = (list) => list.map(({ renderer, ...rest }) => ({ ...rest, cellRenderer: new Function("rf", `return (${renderer})`)(rf) }));

  // Tooltip of a chart over time: local time, then what is not zero, worst first. Built as nodes, never as markup.
  function chartTip(points) {
    const rows = points.filter((p) => p.value[1] > 0).reverse().map((p) => {
      const dot = el("i", ""); dot.style.cssText = `display:inline-block;width:9px;height:9px;border-radius:2px;margin-right:8px;background:${p.color}`;
      return el("div", "", dot, `${p.seriesName}: `, el("b", "", String(p.value[1])));
    });
    return el("div", "", el("div", "", localTime(points[0].value[0] * 1000)), ...(rows.length ? rows : ["0"]));
  }

  return { chartTip, columns, theme, prefer, css, wide, localTime, utcTime, el, time, severity, source, open, enter, cells, grids, picked, pickable };
})();
