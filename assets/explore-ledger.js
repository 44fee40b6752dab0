// Filters over the claims that stand on the page; a claim that a link leads to opens.
Explore.start("ledger", (root, words, data) => {
  "use strict";
  const { el, fill } = Explore;
  const fields = {}, selects = {};
  for (const [name, choices] of Object.entries(data.choices)) {
    fields[name] = Explore.one(["", ...choices.map(c => c[0])], "");
    selects[name] = el("select", { onchange: e => board.set({ [name]: e.target.value }) },
      el("option", { value: "" }, words.all),
      ...choices.map(([value, label, n]) => el("option", { value }, `${label} (${n})`)));
  }
  const board = Explore.bind(root, words, fields, state => {
    let shown = 0;
    for (const claim of data.claims) {
      const fits = Object.keys(fields).every(name => !state[name] || claim[name].includes(state[name]));
      document.getElementById(claim.id).hidden = !fits;
      shown += fits;
    }
    for (const name in selects) selects[name].value = state[name];
    return shown ? fill(words.shown, { n: shown, all: data.claims.length }) : words.none;
  });
  root.append(board.notice, el("div", { class: "explore-filters" }, ...Object.entries(selects).map(([name, select]) =>
    el("label", {}, words[name], select))), board.status, board.tools);
  board.open();
  const reach = () => {
    const claim = data.claims.find(c => "#" + c.id === location.hash);
    if (!claim) return;
    const place = document.getElementById(claim.id);
    place.hidden = false;
    place.querySelector("details").open = true;
    place.scrollIntoView();
  };
  addEventListener("hashchange", reach);
  reach();
});
