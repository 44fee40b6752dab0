// Every specification of a grid: filters by choice, the curve, one specification at a time.
const Specs = (() => {
  "use strict";
  const list = words => (words.length > 1 ? words.slice(0, -1).join(", ") + " and " : "") + words[words.length - 1];

  // Unpack a place: options of each specification by choice, identifiers, the order of estimates.
  function unpack(place, sentence) {
    const sizes = place.choices.map(c => c.options.length);
    let code = 0;
    const picks = place.code.map(step => {
      let rest = (code += step);
      const own = new Array(sizes.length);
      for (let i = sizes.length - 1; i >= 0; i--) {
        own[i] = rest % sizes[i];
        rest = Math.floor(rest / sizes[i]);
      }
      return own;
    });
    const at = Object.fromEntries(place.choices.map((c, i) => [c.name, i]));
    const taken = (i, name) => place.choices[at[name]]?.options[picks[i][at[name]]][0];
    const controls = i => [...new Set([...taken(i, "race").split("-"), ...taken(i, "education").split("-"),
      ...place.more.filter(c => taken(i, "with_" + c) === "True")])];
    // Without the kind of errors, which is the same for all.
    const stem = i => [place.place, taken(i, "treatment"), taken(i, "outcome"), controls(i).join("-"), taken(i, "weights"),
      taken(i, "sample"), ...(place.apart ? [taken(i, "effects")] : [])].join(".");
    function says(i) {
      const said = place.phrases;
      const values = { controls: list(controls(i).map(c => said.controls[c])), errors: said.errors[place.errors] };
      for (const name of ["outcome", "treatment", "sample", "effects", "weights"]) values[name] = said[name][taken(i, name)];
      return Explore.fill(sentence, values);
    }
    const low = i => place.estimate[i] - place.half[i], high = i => place.estimate[i] + place.half[i];
    const order = picks.map((_, i) => i).sort((a, b) => place.estimate[a] - place.estimate[b] || a - b);
    let stems;
    return { ...place, picks, stem, says, low, high, order, get stems() { return stems ??= new Map(order.map(i => [stem(i), i])); } };
  }

  // Share below zero, wholly below, wholly above, by the unrounded numbers; median, of shares where there are any.
  function tell(p, own) {
    const n = own.length, share = test => own.filter(test).length / (n || 1);
    const outcome = p.choices.findIndex(c => c.name === "outcome");
    const shares = own.filter(i => p.shares.includes(p.picks[i][outcome])), told = shares.length ? shares : own;
    const sorted = told.map(i => p.estimate[i]).sort((a, b) => a - b), m = sorted.length;
    const median = m ? (sorted[(m - 1) >> 1] + sorted[m >> 1]) / 200 : NaN;
    return { n, below: share(i => p.sign[i] & 1), under: share(i => p.sign[i] & 2), over: share(i => p.sign[i] & 4), median, mixed: m < n };
  }
  const kept = (p, held) => p.order.filter(i => p.picks[i].every((o, c) => held[c].has(o)));
  return { unpack, tell, kept };
})();
if (typeof module === "object") module.exports = Specs;
else Explore.start("specs", (root, words, data) => {
  const { el, fill, number, signed } = Explore;
  const places = data.places.map(p => Specs.unpack(p, data.sentence));
  const fields = { place: Explore.one(places.map(p => p.place), places[0].place), split: Explore.one(["", ...new Set(places.flatMap(p => p.choices.map(c => c.name)))], ""), spec: Explore.text(200) };
  const key = (p, c) => p.place + "." + c.name;
  for (const p of places) for (const c of p.choices) fields[key(p, c)] = Explore.some(c.options.length);
  fields.spec.read = t => (places.some(p => t.startsWith(p.place + ".") && p.stems.has(t)) ? t : undefined);
  const board = Explore.bind(root, words, fields, render);
  const share = x => number(100 * x, x && x < 0.01 ? 1 : 0) + "\u00a0%";
  const upper = text => text.charAt(0).toUpperCase() + text.slice(1);
  const at = hundredths => signed(hundredths / 100, 2);
  const whole = el("p", {}), chart = el("svg", { tabindex: 0, role: "slider", "aria-label": words.pick, class: "explore-curve" });
  const panel = el("div", { class: "explore-panel" }), choices = el("div"), named = el("fieldset", { class: "explore-known" });
  const button = (label, act, more = {}) => el("button", { type: "button", onclick: act, ...more }, label);
  const before = button(words.before, () => step(-1)), after = button(words.after, () => step(1));
  const tools = el("p", { class: "explore-tools" }, button(words.worst, () => extreme(1)), button(words.best, () => extreme(-1)), before, after);
  const where = places.length > 1 ? Explore.radios("place", words.places, places.map(p => [p.place, p.where]), null,
    place => board.set({ place, spec: "", split: "" })) : "";
  let p = places[0], shown = [], current = 0, width = 0;

  root.append(board.notice, where, whole, chart, el("p", { class: "explore-note" }, words.axis), tools, board.status, panel, named,
    choices, el("p", { class: "explore-note" }, words.impossible), board.tools);

  const pick = (i, commit = true) => board.set({ spec: p.stem(i) }, commit);
  function step(by, commit = true) {
    if (!shown.length) return;
    const from = current < 0 ? ~current - (by > 0 ? 1 : 0) : current;
    pick(shown[Math.min(shown.length - 1, Math.max(0, from + by))], commit);
  }
  // The interval that lies furthest below zero speaks most against the verdict.
  function extreme(sign) {
    const best = p.order.reduce((a, b) => (sign * (sign > 0 ? p.high(b) - p.high(a) : p.low(b) - p.low(a)) < 0 ? b : a));
    board.set({ spec: p.stem(best), split: "", ...Object.fromEntries(p.choices.map(c => [key(p, c), fields[key(p, c)].start])) });
  }
  chart.addEventListener("keydown", event => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: shown.length / 10, PageDown: -shown.length / 10,
      Home: -shown.length, End: shown.length }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    step(Math.round(by), false);
  });
  chart.addEventListener("blur", () => board.set({}));
  chart.addEventListener("click", event => {
    if (!shown.length) return;
    const box = chart.getBoundingClientRect();
    pick(shown[Math.min(shown.length - 1, Math.max(0, Math.floor(((event.clientX - box.left - LEFT) / (box.width - LEFT)) * shown.length)))]);
  });
  new ResizeObserver(() => {
    if (width !== Math.round(chart.clientWidth)) draw(board.state);
  }).observe(chart);

  function render(state) {
    p = places.find(q => q.place === state.place);
    for (const input of root.querySelectorAll("input[name=place]")) input.checked = input.value === p.place;
    const held = p.choices.map(c => new Set(state[key(p, c)]));
    shown = Specs.kept(p, held);
    const split = p.choices.findIndex(c => c.name === state.split);
    if (split >= 0) shown.sort((a, b) => p.picks[a][split] - p.picks[b][split] || p.estimate[a] - p.estimate[b]);
    const tell = own => {
      const t = Specs.tell(p, own);
      return { n: number(t.n), below: share(t.below), under: share(t.under), over: share(t.over), median: t.n ? signed(t.median, 2) : "", of: t.mixed ? words.shares : "" };
    };
    whole.textContent = fill(words.whole, { ...tell(p.order), where: p.where });
    const chosen = state.spec && p.stems.has(state.spec) ? p.stems.get(state.spec) : -1;
    current = chosen < 0 ? -1 : shown.indexOf(chosen);
    if (current < 0 && chosen >= 0) current = ~shown.filter(i => p.estimate[i] < p.estimate[chosen]).length;
    build(state, held, split);
    panel.replaceChildren(...(chosen < 0 ? [] : card(chosen)));
    marks();
    draw(state, split, chosen);
    const sentence = shown.length
      ? fill(words.shown, { ...tell(shown), all: number(p.order.length) }) : fill(words.none, { why: words.impossible });
    const line = chosen >= 0 && current >= 0 ? rank(chosen) : sentence;
    chart.setAttribute("aria-valuemin", 1);
    chart.setAttribute("aria-valuemax", Math.max(1, shown.length));
    chart.setAttribute("aria-valuenow", Math.max(1, current + 1));
    chart.setAttribute("aria-valuetext", line);
    return line;
  }
  const rank = i => fill(words.chosen, { rank: number(current + 1), all: number(shown.length), estimate: at(p.estimate[i]),
    lo: at(p.low(i)), hi: at(p.high(i)), n: number(p.n[i]) });
  function card(i) {
    const id = p.stem(i) + "." + p.errors;
    return [el("p", {}, upper(p.says(i))), el("p", { class: "explore-note" }, words.identifier + ": ", el("code", {}, id)),
      el("p", { class: "explore-note" }, words.rerun + ": ", el("code", {}, data.command.replace("{id}", id)))];
  }
  let marked = null;
  function marks() {
    if (marked === p) return;
    marked = p;
    const found = p.marks.filter(m => p.stems.has(m.id));
    named.hidden = !found.length;
    named.replaceChildren(el("legend", {}, words.known), el("div", { class: "explore-tools" }, ...found.map(m =>
      button(`${m.label} ${at(p.estimate[p.stems.get(m.id)])}`, () => pick(p.stems.get(m.id))))));
  }

  // Choices: one group each, built once for a place, its counts filled in after each change.
  let built = null, boxes = [];
  function build(state, held, split) {
    if (built !== p) {
      built = p;
      boxes = [];
      choices.replaceChildren(...p.choices.map((c, k) => {
        if (c.options.length < 2) return "";
        const told = c.told ? fill(k ? words.moves_less : words.moves, { rank: k + 1, ...c.told }) : "";
        const own = c.options.map(([, label], o) => {
          const input = el("input", { type: "checkbox", onchange: () => {
            const now = new Set(board.state[key(p, c)]);
            now[input.checked ? "add" : "delete"](o);
            board.set({ [key(p, c)]: [...now].sort((a, b) => a - b) });
          } });
          const text = el("span"), strip = el("svg", { viewBox: "0 0 60 1", preserveAspectRatio: "none", "aria-hidden": "true", class: "explore-strip" });
          boxes.push({ k, o, label, input, text, strip });
          return el("div", {}, el("label", {}, input, text), strip);
        });
        const facet = button("", () => board.set({ split: board.state.split === c.name ? "" : c.name }));
        boxes.push({ k, facet, name: c.name });
        return el("fieldset", { class: "explore-choice" }, el("legend", {}, upper(c.words)), el("p", { class: "explore-note" }, told), ...own, facet);
      }).filter(Boolean));
    }
    p.choices.forEach((c, k) => {
      if (c.options.length < 2) return;
      const others = p.order.filter(i => p.picks[i].every((o, d) => d === k || held[d].has(o)));
      for (const box of boxes.filter(b => b.k === k)) {
        if (box.facet) {
          box.facet.textContent = split === k ? words.unsplit : words.split;
          box.facet.setAttribute("aria-pressed", split === k);
          continue;
        }
        const own = others.filter(i => p.picks[i][k] === box.o), t = Specs.tell(p, own);
        box.input.checked = held[k].has(box.o);
        box.text.textContent = (split === k ? String.fromCharCode(65 + box.o) + ": " : "") +
          fill(words.option, { label: box.label, n: number(t.n), median: t.n ? signed(t.median, 2) : "\u2013" });
        const bins = new Array(60).fill(0), all = new Array(60).fill(0);
        shown.forEach((i, r) => {
          const bin = Math.floor((60 * r) / shown.length);
          all[bin]++;
          if (p.picks[i][k] === box.o) bins[bin]++;
        });
        box.strip.replaceChildren(...bins.map((n, x) => n && el("rect", { x, y: 0, width: 1.02, height: 1, "fill-opacity": (n / all[x]).toFixed(2) })).filter(Boolean));
      }
    });
  }

  const HIGH = 260, LEFT = 38;
  function draw(state, split = p.choices.findIndex(c => c.name === state.split), chosen = p.stems.get(state.spec) ?? -1) {
    width = Math.round(chart.clientWidth) || 680;
    chart.setAttribute("viewBox", `0 0 ${width} ${HIGH}`);
    const some = shown.length ? shown : p.order;
    const edge = (list, q) => list.sort((a, b) => a - b)[Math.floor(q * (list.length - 1))];
    const low = Math.min(0, edge(some.map(p.low), 0.01), chosen < 0 ? 0 : p.low(chosen)) - 20;
    const high = Math.max(0, edge(some.map(p.high), 0.99), chosen < 0 ? 0 : p.high(chosen)) + 20;
    const y = v => (14 + ((Math.min(high, Math.max(low, high - (v - low))) - low) / (high - low)) * (HIGH - 24)).toFixed(1);
    const x = r => LEFT + ((r + 0.5) / Math.max(1, shown.length)) * (width - LEFT);
    const parts = [];
    const span = (high - low) / 100, tick = [0.5, 1, 2, 5, 10, 20, 50].find(t => span / t <= 6) || 100;
    for (let v = Math.ceil(low / 100 / tick) * tick; v <= high / 100; v += tick) {
      parts.push(el("line", { x1: LEFT, x2: width, y1: y(100 * v), y2: y(100 * v), class: v ? "grid" : "zero" }),
        el("text", { x: LEFT - 5, y: +y(100 * v) + 4, "text-anchor": "end" }, signed(v, tick < 1 ? 1 : 0)));
    }
    const columns = Math.min(shown.length, width - LEFT);
    let bars = "", dots = "";
    for (let c = 0; c < columns; c++) {
      const r = Math.floor(((c + 0.5) * shown.length) / columns), i = shown[r], px = x(r).toFixed(1);
      bars += `M${px} ${y(p.low(i))}V${y(p.high(i))}`;
      dots += `M${px} ${y(p.estimate[i])}h0.01`;
    }
    parts.push(el("path", { d: bars, class: "bars" }), el("path", { d: dots, class: "dots" }));
    if (split >= 0) {
      shown.forEach((i, r) => {
        const o = p.picks[i][split];
        if (r && p.picks[shown[r - 1]][split] === o) return;
        const px = LEFT + (r / shown.length) * (width - LEFT);
        parts.push(el("line", { x1: px, x2: px, y1: 0, y2: HIGH, class: "grid" }), el("text", { x: px + 3, y: 11 }, String.fromCharCode(65 + o)));
      });
    }
    p.marks.forEach(m => {
      const i = p.stems.get(m.id);
      if (i === undefined) return;
      const r = shown.indexOf(i);
      if (m.primary) parts.push(el("line", { x1: LEFT, x2: width, y1: y(p.estimate[i]), y2: y(p.estimate[i]), class: "primary" }));
      if (r >= 0) parts.push(el("circle", { cx: x(r), cy: y(p.estimate[i]), r: 5, class: m.primary ? "primary" : "known" }, el("title", {}, m.label)));
    });
    if (chosen >= 0) {
      const px = current >= 0 ? x(current) : x(~current - 0.5);
      parts.push(el("line", { x1: px, x2: px, y1: y(p.low(chosen)), y2: y(p.high(chosen)), class: "chosen" }),
        el("circle", { cx: px, cy: y(p.estimate[chosen]), r: 7, class: "chosen" }));
    }
    chart.replaceChildren(...parts);
  }
  board.open();
});
