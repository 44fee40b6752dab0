// Counties: search and filters, a table, a map with one tab stop, and one county at a time.
const Counties = (() => {
  "use strict";
  // The place whose middle lies nearest in a direction, within 60 degrees to either side; -1: none.
  function neighbour(points, from, [dx, dy]) {
    let best = -1, least = Infinity;
    const [x, y] = points[from];
    points.forEach((point, i) => {
      if (i === from || !point) return;
      const along = (point[0] - x) * dx + (point[1] - y) * dy, off = Math.hypot(point[0] - x, point[1] - y);
      if (along <= 0 || along < off / 2) return;
      const cost = 2 * off - along;
      if (cost < least) [best, least] = [i, cost];
    });
    return best;
  }
  // What a finger meant: the place under it, but rather a small one whose middle lies within reach;
  // and the others within twice that reach. `boxes`: [x, y, width, height] on the screen, or null.
  function meant(boxes, [x, y], under, reach = 22) {
    const small = ([, , width, height]) => Math.min(width, height) < 2 * reach;
    const off = boxes.map(b => b ? Math.hypot(b[0] + b[2] / 2 - x, b[1] + b[3] / 2 - y) : Infinity);
    const order = [...off.keys()].filter(i => off[i] <= 2 * reach).sort((a, b) => off[a] - off[b]);
    const direct = under >= 0 && boxes[under] && small(boxes[under]);
    const near = order.find(i => off[i] <= reach && small(boxes[i]));
    const chosen = direct ? under : near ?? under;
    return { chosen, others: order.filter(i => i !== chosen).slice(0, 4) };
  }
  // The box around a path of whole steps, `M x y l dx dy ... z`, once or more; null without one. Asking
  // the browser for three thousand would make it lay out the page.
  function box(path) {
    let x, y, left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    for (const part of path.split("M").slice(1)) {
      x = y = 0;
      const steps = part.match(/-?\d+/g).map(Number);
      for (let i = 0; i + 1 < steps.length; i += 2) {
        x += steps[i];
        y += steps[i + 1];
        [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      }
    }
    return right < left ? null : { x: left, y: top, width: right - left, height: bottom - top };
  }
  return { neighbour, meant, box };
})();
if (typeof module === "object") module.exports = Counties;
else Explore.start("counties", (root, words, data) => {
  "use strict";
  const { el, fill, number, signed } = Explore;
  const FIRST = 8, MANY = 60;
  const counties = data.counties.map(c => ({ fips: c[0], name: c[1], state: c[2], path: c[3], electronic: c[4], source: data.sources[c[5]],
    rule: data.rules[c[6]], makes: data.makes[c[7]], values: c.slice(FIRST).map((v, k) => (v === null || /votes|change/.test(data.columns[k][1]) ? v : v / 10)) }));
  const kinds = data.columns.map(c => c[1]), names = data.columns.map(c => c[0]);
  const label = k => words["col_" + names[k]];
  const tell = (v, k) => v === null ? words.unknown : { votes: () => number(v), percent: () => number(v, 1) + "\u00a0%",
    points: () => signed(v, 1), change: () => signed(v, 0) }[kinds[k]]();
  const unplaced = counties.filter(c => !c.path).length, drawn = unplaced < counties.length, states = [...new Set(counties.map(c => c.state))];
  const fields = {
    q: Explore.text(40), state: Explore.one(["", ...states], ""), side: Explore.one(["", "yes", "no", "none"], ""),
    sort: Explore.one(["name", ...names], "name"), colour: Explore.one(names, names.includes("dose") ? "dose" : "share"),
    county: Explore.one(["", ...counties.map(c => c.fips)], ""), more: Explore.one(["", "all"], ""),
  };
  const board = Explore.bind(root, words, fields, render);
  const choose = (name, options) => el("label", {}, words[name], el("select", { name, onchange: e => board.set({ [name]: e.target.value }) },
    ...options.map(([value, text]) => el("option", { value }, text))));
  const search = el("input", { type: "search", name: "q", autocomplete: "off", oninput: () => board.set({ q: search.value }, false), onchange: () => board.set({}),
    onkeydown: e => {
      if (e.key !== "Enter" || !search.value) return;
      e.preventDefault(); // else it also presses what gets the focus
      if (shown.length === 1) keep(shown[0], true);
      else body.querySelector("button")?.focus();
    } });
  const filters = el("div", { class: "explore-filters" }, el("label", {}, words.search, search),
    states.length > 1 ? choose("state", [["", words.all], ...states.map(s => [s, s])]) : "",
    choose("side", ["", "yes", "no", "none"].map(v => [v, v ? words["side_" + v] : words.all])),
    choose("sort", [["name", words.name], ...names.map((n, k) => [n, label(k)])]),
    drawn ? choose("colour", names.map((n, k) => [n, label(k)])) : "");
  const body = el("tbody"), more = el("button", { type: "button", onclick: () => board.set({ more: board.state.more ? "" : "all" }) });
  const columns = ["total", "share", "dose", "change", "expected", "recount"].map(n => names.indexOf(n)).filter(k => k >= 0);
  const table = el("div", { class: "table-box cards explore-table", tabindex: 0, role: "region", "aria-label": words.table }, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, words.name), ...columns.map(k => el("th", { scope: "col", class: "text-right" }, label(k))))), body));
  const map = el("svg", { tabindex: 0, role: "application", "aria-label": words.map, class: "explore-map" + (counties.length > 500 ? " wide" : "") });
  const legend = el("ul", { class: "explore-legend" }), panel = el("div", { class: "explore-panel", id: "county", tabindex: -1 });
  const areas = counties.map((c, i) => el("path", { d: c.path, "data-i": i }));
  const hatches = counties.map((c, i) => c.electronic ? el("path", { d: c.path, class: "hatch", "data-i": i }) : null);
  let shown = [], near = [], boxes = null, at = -1, listed = "none yet";
  map.append(el("defs", {}, el("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    el("line", { x1: 0, y1: 0, x2: 0, y2: 6 }))));
  const top = el("path", { class: "chosen" });
  map.append(...areas, ...hatches.filter(Boolean), top);
  root.append(board.notice, board.status, filters, table, el("p", { class: "explore-tools" }, more),
    ...(drawn ? [el("p", {}, el("a", { href: "#county" }, words.skip)), map, legend] : []), panel, board.tools);

  const pin = (i, beside = []) => {
    near = beside;
    board.set({ county: i < 0 ? "" : counties[i].fips });
  };
  // By keyboard its panel has the next turn: no way through the rest of table and map.
  function keep(i, keyed) {
    pin(i);
    if (keyed) panel.focus();
    else panel.scrollIntoView({ block: "nearest" });
  }
  function measure() {
    return boxes ??= counties.map(c => Counties.box(c.path));
  }
  const middles = () => measure().map(box => box && [box.x + box.width / 2, box.y + box.height / 2]);
  // The map shows what is asked for of one state, or else everything.
  function zoom(only) {
    const seen = measure().filter((box, i) => box && (!only || counties[i].state === only));
    const low = (edge, all = seen) => Math.floor(Math.min(...all.map(edge))) - 4;
    const x = low(b => b.x), y = low(b => b.y);
    const [right, bottom] = [-low(b => -b.x - b.width), -low(b => -b.y - b.height)];
    if (seen.length) map.setAttribute("viewBox", `${x} ${y} ${right - x} ${bottom - y}`);
  }
  map.addEventListener("keydown", event => {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const placed = shown.filter(i => counties[i].path);
    if (way) {
      const kept = middles().map((point, i) => (placed.includes(i) || i === at ? point : null));
      const next = at < 0 || !kept[at] ? placed[0] ?? -1 : Counties.neighbour(kept, at, way);
      if (next >= 0) move(next);
    } else if (event.key === "Home" && placed.length) move(placed[0]);
    else if (event.key === "End" && placed.length) move(placed[placed.length - 1]);
    else if ((event.key === "Enter" || event.key === " ") && at >= 0) pin(at);
    else if (event.key === "Escape") pin(-1);
    else return;
    event.preventDefault();
  });
  function move(i) {
    at = i;
    top.setAttribute("d", counties[i].path);
    board.say(line(i), 150);
  }
  map.addEventListener("click", event => {
    const i = +(event.target.getAttribute("data-i") ?? -1);
    if (event.pointerType !== "touch") return void (i >= 0 && pin(i));
    const spot = k => {
      const b = shown.includes(k) && counties[k].path && areas[k].getBoundingClientRect();
      return b ? [b.x, b.y, b.width, b.height] : null;
    };
    const { chosen, others } = Counties.meant(areas.map((_, k) => spot(k)), [event.clientX, event.clientY], i);
    if (chosen >= 0) pin(chosen, others);
  });
  const line = i => `${counties[i].name}, ${counties[i].state}: ` + columns.map(k => `${label(k)} ${tell(counties[i].values[k], k)}`).join("; ") + ".";

  // Five steps: from the least to the most, or, for changes, to either side of none.
  function steps(k) {
    const known = counties.map(c => c.values[k]).filter(v => v !== null).sort((a, b) => a - b);
    const cut = q => known[Math.floor(q * (known.length - 1))];
    if (kinds[k] === "points" || kinds[k] === "change") {
      const far = Math.max(Math.abs(cut(0.1)), Math.abs(cut(0.9))) || 1;
      return { cuts: [-far / 2, -far / 8, far / 8, far / 2], names: ["low2", "low1", "mid", "up1", "up2"] };
    }
    const cuts = kinds[k] === "percent" && names[k] === "dose" ? [0.05, 20, 50, 80] : [0.2, 0.4, 0.6, 0.8].map(cut);
    return { cuts, names: ["s0", "s1", "s2", "s3", "s4"] };
  }
  function paint(k) {
    const { cuts, names: classes } = steps(k);
    const step = v => (v === null ? "none" : classes[cuts.filter(c => v >= c).length]);
    const held = new Set(shown), tally = {};
    counties.forEach((c, i) => {
      const kind = step(c.values[k]);
      tally[kind] = (tally[kind] || 0) + 1;
      areas[i].dataset.step = kind;
      areas[i].classList.toggle("dim", !held.has(i));
    });
    const ends = i => [i ? tell(cuts[i - 1], k) : "", i < 4 ? tell(cuts[i], k) : ""];
    const range = i => { const [a, b] = ends(i); return a && b ? fill(words.between, { a, b }) : a ? fill(words.least, { a }) : fill(words.under, { b }); };
    const entry = (look, text) => el("li", {}, el("svg", { viewBox: "0 0 20 14", "aria-hidden": "true" }, el("rect", { width: 20, height: 14, ...look })), text);
    legend.replaceChildren(...classes.map((c, i) => tally[c] ? entry({ "data-step": c }, `${range(i)} (${tally[c]})`) : "").filter(Boolean),
      entry({ class: "hatch" }, words.side_yes), ...(tally.none ? [entry({ "data-step": "none" }, `${words.unknown} (${tally.none})`)] : []),
      ...(unplaced ? [el("li", {}, fill(words.unplaced, { n: unplaced }))] : []));
  }

  function render(state) {
    const wanted = state.q.trim().toLowerCase();
    const side = c => (c.electronic === null ? "none" : c.electronic ? "yes" : "no");
    shown = counties.map((_, i) => i).filter(i => {
      const c = counties[i];
      return (!wanted || `${c.name} ${c.state} ${c.makes || ""}`.toLowerCase().includes(wanted)) && (!state.state || c.state === state.state) && (!state.side || side(c) === state.side);
    });
    const by = names.indexOf(state.sort);
    if (by >= 0) shown.sort((a, b) => (counties[b].values[by] ?? -Infinity) - (counties[a].values[by] ?? -Infinity) || a - b);
    for (const control of filters.querySelectorAll("[name]")) if (control.value !== state[control.name]) control.value = state[control.name];
    const rows = state.more ? shown : shown.slice(0, MANY);
    // Rows that stay are left alone: what is being pressed, or has the focus, does not go.
    if (listed !== (listed = rows.join())) body.replaceChildren(...rows.map(i => el("tr", {}, el("th", { scope: "row" }, el("button", { type: "button", onclick: e => keep(i, !e.detail) },
      `${counties[i].name}, ${counties[i].state}`)), ...columns.map(k => el("td", { class: "text-right", "data-label": label(k) }, tell(counties[i].values[k], k))))));
    more.hidden = shown.length <= MANY;
    more.textContent = fill(state.more ? words.fewer : words.every, { n: state.more ? MANY : number(shown.length) });
    if (drawn) {
      paint(names.indexOf(state.colour));
      zoom(state.state);
    }
    at = counties.findIndex(c => c.fips === state.county);
    top.setAttribute("d", at < 0 ? "" : counties[at].path);
    panel.replaceChildren(...(at < 0 ? [] : card(counties[at])));
    const votes = shown.reduce((sum, i) => sum + (counties[i].values[names.indexOf("total")] || 0), 0);
    const yes = shown.filter(i => counties[i].electronic).length;
    return at < 0 ? shown.length ? fill(words.shown, { n: number(shown.length), all: number(counties.length), votes: number(votes), yes: number(yes) }) : words.nothing : line(at);
  }
  function card(c) {
    const sources = c.source ? [c.source] : drawn ? [] : data.sources;
    const told = s => [s[2].startsWith("https://") ? el("a", { href: s[2] }, s[0]) : s[0], s[1] ? `, ${s[1]}` : ""];
    const by = near.map(k => el("button", { type: "button", onclick: () => pin(k) }, counties[k].name));
    return [el("h3", {}, `${c.name}, ${c.state}`), by.length ? el("p", { class: "explore-tools" }, `${words.near} `, ...by) : "",
      el("dl", {}, ...names.flatMap((_, k) => [el("dt", {}, label(k)), el("dd", {}, tell(c.values[k], k))]),
        el("dt", {}, words.side), el("dd", {}, words["side_" + (c.electronic === null ? "none" : c.electronic ? "yes" : "no")]),
        ...(c.makes ? [el("dt", {}, words.makes), el("dd", {}, c.makes)] : []),
        ...(sources.length ? [el("dt", {}, words.source), el("dd", {}, ...sources.flatMap((s, i) => [i ? el("br") : "", ...told(s)]),
          c.rule ? `. ${words.rule}: ${c.rule}` : "")] : []))];
  }
  board.open();
});
