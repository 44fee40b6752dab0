// The calculator of electoral votes: states that change sides, electors who vote otherwise.
const Electors = (() => {
  "use strict";
  // A state: votes = [all, pledged to the harmed, to the favoured, cast for either].
  const was = s => (s.votes[1] && s.votes[2] ? "split" : s.votes[1] ? "harmed" : "favoured");

  // Votes [harmed, favoured, neither] as pledged and as cast, and who has a majority: 0, 1, or 2, nobody.
  function count(states, sides, electors, lost = [0, 0]) {
    const pledged = [0, 0, 0], cast = [0, 0, 0];
    let all = 0, open = 0;
    for (const s of states) {
      const [ev, ours, theirs, ourCast, theirCast] = s.votes, side = sides[s.code];
      all += ev;
      if (side === "open") open += ev;
      const whole = { harmed: [ev, 0], favoured: [0, ev], open: [0, 0] }[side];
      const now = side === was(s) ? [ours, theirs] : whole;
      const voted = side === was(s) ? [ourCast, theirCast] : whole;
      for (const [sum, [a, b]] of [[pledged, now], [cast, electors === "cast" ? voted : now]]) {
        sum[0] += a;
        sum[1] += b;
        sum[2] += ev - a - b;
      }
    }
    if (electors === "own") {
      lost.forEach((n, i) => {
        const gone = Math.min(n, pledged[i]);
        cast[i] -= gone;
        cast[2] += gone;
      });
    }
    const majority = Math.floor(all / 2) + 1;
    return { pledged, cast, all, open, majority, winner: cast[0] >= majority ? 0 : cast[1] >= majority ? 1 : 2 };
  }
  return { was, count };
})();
if (typeof module === "object") module.exports = Electors;
else Explore.start("electors", (root, words, data) => {
  const { el, fill } = Explore, { states } = data;
  const names = [words.harmed, words.favoured];
  const fields = {}, groups = {};
  for (const s of states) {
    const choices = ["harmed", "favoured"];
    if (s.open) choices.push("open");
    if (Electors.was(s) === "split") choices.push("split");
    fields[s.code.toLowerCase()] = Explore.one(choices, s.open ? "open" : Electors.was(s));
    groups[s.code] = choices.map(c => [c, words[c]]);
  }
  fields.electors = Explore.one(["pledged", "cast", "own"], "pledged");
  const most = states.reduce((sum, s) => sum + s.votes[0], 0);
  fields.lost_harmed = Explore.whole(most);
  fields.lost_favoured = Explore.whole(most);
  const board = Explore.bind(root, words, fields, render);

  const sidesOf = state => Object.fromEntries(states.map(s => [s.code, state[s.code.toLowerCase()]]));
  function group(s) {
    const key = s.code.toLowerCase();
    const legend = fill(words.legend, { state: s.name, votes: s.votes[0] });
    const note = s.asked && el("p", { class: "explore-note" }, fill(words.margin, {
      winner: names[s.lead], margin: s.margin, switched: s.switched }),
      ...(s.evidence ? [el("br"), fill(words.evidence, { verdict: s.evidence }) + " ", el("a", { href: "designs.html" }, words.why)] : []));
    return Explore.radios(key, legend, groups[s.code], null, side => board.set({ [key]: side }), note || "");
  }
  const asked = states.filter(s => s.asked), others = states.filter(s => !s.asked);
  const bar = el("svg", { viewBox: `0 0 ${most} 46`, class: "explore-bar", "aria-hidden": "true", preserveAspectRatio: "none" });
  const totals = el("p", { class: "explore-totals" });
  const tiles = el("svg", { viewBox: "0 0 110 80", "aria-hidden": "true" });
  const map = el("svg", { viewBox: "-590 -392 1156 726", "aria-hidden": "true" });
  const marks = {};
  const biggest = Math.max(...states.map(s => s.votes[0]));
  for (const s of states) {
    const side = 4 + 5.6 * Math.sqrt(s.votes[0] / biggest), [x, y] = s.tile;
    const tile = el("rect", { x: 10 * x + 5 - side / 2, y: 10 * y + 5 - side / 2, width: side, height: side });
    const area = el("path", { d: s.path });
    tiles.append(tile, el("text", { x: 10 * x + 5, y: 10 * y + 6.1 }, s.code));
    map.append(area);
    marks[s.code] = [tile, area];
    if (s.asked) for (const mark of marks[s.code]) mark.classList.add("asked");
  }
  const own = ["harmed", "favoured"].map((side, i) => {
    const input = el("input", { type: "number", min: 0, step: 1, inputmode: "numeric",
      oninput: () => lose(false), onchange: () => lose(true) });
    function lose(commit) {
      board.set({ electors: "own", ["lost_" + side]: Math.min(Math.max(0, Math.floor(+input.value) || 0), most) }, commit);
    }
    return { side, input, label: el("label", {}, fill(words.lost, { who: names[i] }) + " ", input) };
  });
  const faithless = Explore.radios("electors", words.faithless,
    ["pledged", "cast", "own"].map(c => [c, words["electors_" + c]]), null,
    electors => board.set({ electors }), el("div", { class: "explore-own" }, ...own.map(o => o.label)));
  root.append(
    board.notice, board.status, bar, totals,
    el("div", { class: "explore-groups" }, ...asked.map(group)), faithless,
    el("details", {}, el("summary", {}, words.others), el("div", { class: "explore-groups small" }, ...others.map(group))),
    el("div", { class: "explore-maps" }, tiles, map), el("p", { class: "explore-note" }, words.key), board.tools);
  board.open();

  function render(state) {
    const found = Electors.count(states, sidesOf(state), state.electors, [state.lost_harmed, state.lost_favoured]);
    for (const input of root.querySelectorAll("input[type=radio]")) input.checked = state[input.name] === input.value;
    own.forEach(({ side, input }, i) => {
      input.max = found.pledged[i];
      const held = Math.min(state["lost_" + side], found.pledged[i]);
      if (+input.value !== held || input.value === "") input.value = held;
    });
    const [a, b, c] = found.cast, half = found.all / 2;
    const open = Math.min(found.open, c);
    let at = 0;
    bar.replaceChildren(...[[a, words.harmed_party], [open, "open"], [c - open, "nobody"], [b, words.favoured_party]].map(([n, kind]) => {
      const part = el("rect", { x: at, y: 8, width: n, height: 30, "data-side": kind });
      at += n;
      return part;
    }), el("line", { x1: half, x2: half, y1: 0, y2: 46 }));
    for (const s of states) {
      const side = state[s.code.toLowerCase()];
      const kind = { harmed: words.harmed_party, favoured: words.favoured_party }[side] || side;
      for (const mark of marks[s.code]) mark.dataset.side = kind;
    }
    const told = ([ours, theirs, rest]) =>
      fill(rest ? words.three : words.two, { harmed: ours, favoured: theirs, rest });
    totals.textContent = fill(words.both, { pledged: told(found.pledged), cast: told(found.cast), majority: found.majority });
    const changed = asked.filter(s => state[s.code.toLowerCase()] !== Electors.was(s) && state[s.code.toLowerCase()] !== "open");
    const result = found.winner < 2
      ? fill(words.wins, { who: names[found.winner], votes: found.cast[found.winner], other: found.cast[1 - found.winner] })
      : fill(found.open ? words.undecided : words.house, { majority: found.majority, open: found.open });
    return result + (changed.length ? " " + fill(words.possible, { states: changed.map(s => s.name).join(", ") }) : "");
  }
});
