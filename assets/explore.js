// What all parts that a reader can turn have in common: their state stands in the address, one
// line tells what changed, a link can be copied, everything can be set back. No network, no eval.
const Explore = (() => {
  "use strict";
  const VERSION = "1";

  // fields: name -> {start, read(text) -> value or undefined, write(value) -> text}
  function read(fields, search) {
    const asked = new URLSearchParams(search);
    const state = {}, bad = [];
    const dated = asked.has("v") && asked.get("v") !== VERSION;
    for (const [name, field] of Object.entries(fields)) {
      state[name] = field.start;
      if (dated || !asked.has(name)) continue;
      const value = field.read(asked.get(name));
      if (value === undefined) bad.push(name);
      else state[name] = value;
    }
    return { state, bad, dated };
  }

  function write(fields, state) {
    const said = new URLSearchParams({ v: VERSION });
    for (const [name, field] of Object.entries(fields)) {
      const text = field.write(state[name]);
      if (text !== field.write(field.start)) said.set(name, text);
    }
    return said.size > 1 ? "?" + said : "";
  }

  const one = (choices, start) => ({ start, read: t => (choices.includes(t) ? t : undefined), write: String });
  const whole = (most, start = 0) => ({
    start, read: t => (/^\d{1,6}$/.test(t) && +t <= most ? +t : undefined), write: String,
  });
  const text = (most = 60) => ({ start: "", read: t => (t.length <= most ? t : undefined), write: String });
  // Any part of a list, written as positions; the start is the whole list.
  const some = many => ({
    start: Array.from({ length: many }, (_, i) => i),
    read(t) {
      const held = t === "" ? [] : t.split("-").map(n => (/^\d{1,3}$/.test(n) ? +n : -1));
      return held.every((n, i) => n >= 0 && n < many && (!i || n > held[i - 1])) ? held : undefined;
    },
    write: held => held.join("-"),
  });

  const fill = (words, values) =>
    words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  const formats = {};
  const number = (x, digits = 0) => {
    formats[digits] ??= new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const said = formats[digits].format(Math.abs(x));
    return (x < 0 && /[1-9]/.test(said) ? "\u2212" : "") + said;
  };
  const signed = (x, digits = 1) => {
    const said = number(x, digits);
    return (x > 0 && /[1-9]/.test(said) ? "+" : "") + said;
  };

  function el(name, attributes = {}, ...inside) {
    const svg = ["svg", "path", "rect", "line", "text", "g", "circle", "title", "defs", "pattern"].includes(name);
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (key === "value" || key === "checked" || key === "open") made[key] = value;
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...inside.filter(part => part !== null && part !== undefined && part !== ""));
    return made;
  }

  // Native radio buttons in a fieldset; `choices`: [value, words].
  function radios(name, legend, choices, chosen, change, ...more) {
    return el("fieldset", {}, el("legend", {}, legend), ...choices.map(([value, words]) =>
      el("label", {}, el("input", { type: "radio", name, value, checked: value === chosen,
        onchange: () => change(value) }), " " + words)), ...more);
  }

  // render(state, say) redraws and returns the sentence that tells what is seen.
  function bind(root, words, fields, render) {
    const status = el("p", { role: "status", class: "explore-status" });
    const notice = el("p", { class: "explore-notice", hidden: true });
    const place = () => location.pathname + write(fields, state) + (write(fields, state) ? "#" + root.id : location.hash);
    let state, committed, timer;
    const say = (sentence, wait = 400) => {
      clearTimeout(timer);
      timer = setTimeout(() => { status.textContent = sentence; }, wait);
    };
    const warn = sentence => { notice.textContent = sentence; notice.hidden = !sentence; };
    function open() {
      const found = read(fields, location.search);
      state = found.state;
      committed = location.href;
      warn(found.dated ? words.dated : found.bad.length ? fill(words.invalid, { names: found.bad.join(", ") }) : "");
      status.textContent = render(state);
    }
    // While something is being adjusted the entry of the history changes; with the last step the
    // one before comes back and a new one is made, so that Back undoes whole steps.
    function set(change, commit = true) {
      Object.assign(state, change);
      warn("");
      const next = new URL(place(), location.href).href;
      if (!commit) history.replaceState(null, "", next);
      else if (next !== committed) {
        history.replaceState(null, "", committed);
        history.pushState(null, "", next);
        committed = next;
      }
      if (Object.keys(change).length) say(render(state));
    }
    const reset = () => set(Object.fromEntries(Object.entries(fields).map(([k, f]) => [k, f.start])));
    async function copy() {
      try {
        await navigator.clipboard.writeText(location.href);
        say(words.copied, 0);
      } catch {
        say(words.here, 0);
      }
    }
    const tools = el("p", { class: "explore-tools" },
      el("button", { type: "button", onclick: copy }, words.copy),
      el("button", { type: "button", onclick: reset }, words.reset));
    addEventListener("popstate", open);
    return { status, notice, tools, open, set, say, get state() { return state; } };
  }

  // Building a part holds up a phone for half a second: it begins at once where the address asks for a
  // view or a place, or a reader comes back; else a screen before it is seen, with the first key (which
  // may lead to it, or search for it), click or print, and at last when nothing else is to be done.
  function when(root, build) {
    const signs = ["keydown", "click", "hashchange", "beforeprint"];
    const near = new IntersectionObserver(seen => seen.some(s => s.isIntersecting) && begin(), { rootMargin: "100%" });
    let begun = false;
    function begin() {
      if (begun) return;
      begun = true;
      near.disconnect();
      for (const sign of signs) removeEventListener(sign, begin, true);
      build();
    }
    const [visit] = performance.getEntriesByType("navigation");
    if (location.search || location.hash || (visit && visit.type !== "navigate")) return void begin();
    for (const sign of signs) addEventListener(sign, begin, true);
    near.observe(root);
    const idle = window.requestIdleCallback ?? setTimeout;
    addEventListener("load", () => setTimeout(() => idle(begin), 5000));
  }

  function start(kind, make) {
    for (const root of document.querySelectorAll(`[data-explore="${kind}"]`)) when(root, () => {
      const { words, data } = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
      make(root, words, data);
      root.dataset.ready = "";
      if (location.search && location.hash === "#" + root.id) root.scrollIntoView();
    });
  }

  return { read, write, one, whole, text, some, fill, number, signed, el, radios, bind, start };
})();
if (typeof module === "object") module.exports = Explore;
