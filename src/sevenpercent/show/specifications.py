"""Every specification of a grid, compact enough to stand in a page and be searched there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import number, percent, upper
from sevenpercent.show.explorer import Explorer
from sevenpercent.show.picture import LICENCE
from sevenpercent.stats.multiverse.grid import SENTENCE, Grid, command, phrases
from sevenpercent.stats.multiverse.summary import estimated

FILED = ["id", "estimate", "lo", "hi", "n", "df"]
"""Columns of the file of all specifications; the identifier names every choice."""

HUNDREDTHS = 100
"""Estimates and intervals are kept in hundredths of a point."""

SWITCHED = {"False": "not adjusted for", "True": "adjusted for"}


def browser(
    specs: pd.DataFrame,
    grids: Mapping[str, Grid],
    options: pd.DataFrame,
    moved: pd.DataFrame,
    marks: pd.DataFrame,
    words: Vocabulary,
    scenario: str,
) -> Explorer:
    """Data of the specification browser.

    `specs`: as :func:`sevenpercent.stats.multiverse.grid.every` gives them; `grids`: place -> grid;
    `options`: as :func:`sevenpercent.stats.multiverse.declared.options` gives them; `moved`: choices
    by how far they move the estimate, as :func:`sevenpercent.stats.multiverse.summary.moved` gives
    it; `marks`: known analyses: ``label, grid, primary``, and the identifier as ``spec``;
    `scenario`: its name, for the command.
    """
    known = estimated(specs)
    first = set(marks.loc[marks["primary"].astype(bool), "grid"].head(1))  # what the book is about
    places = []
    for place, grid in sorted(grids.items(), key=lambda g: g[0] not in first):
        own, offered, ranked = (f[f["place"] == place] for f in (known, options, moved))
        places.append(_place(grid, own, offered, ranked, marks[marks["grid"] == place], words))
    data = {"sentence": SENTENCE, "command": command("{id}", scenario), "places": places}
    said = "Estimates and 95 % intervals in points, by the choices of each"
    file = known[FILED].round(4)
    return Explorer("specs", data, file=file, about=(said, f"Licence: {LICENCE}"))


def _place(
    grid: Grid,
    own: pd.DataFrame,
    options: pd.DataFrame,
    moved: pd.DataFrame,
    marks: pd.DataFrame,
    words: Vocabulary,
) -> dict[str, Any]:
    choices = _choices(grid, options, moved, words)
    code = np.zeros(len(own), dtype=np.int64)
    for choice in choices:
        keys = [key for key, _ in choice["options"]]
        code = code * len(keys) + own[choice["name"]].astype(str).map(keys.index).to_numpy()
    order = np.argsort(code, kind="stable")
    own = own.iloc[order]
    # Rounded numbers near zero may lose their sign: 1 below, 2 wholly below, 4 wholly above.
    sign = (own["estimate"] < 0) + 2 * (own["hi"] < 0) + 4 * (own["lo"] > 0)
    return {
        "place": grid.place,
        "where": grid.where,
        "errors": grid.shown,
        "more": list(grid.more),
        "apart": len(grid.effects) > 1,
        "choices": choices,
        "phrases": phrases(grid),
        "code": np.diff(code[order], prepend=0).tolist(),
        "estimate": _whole(own["estimate"]),
        "half": _whole((own["hi"] - own["lo"]) / 2),
        "sign": sign.astype(int).tolist(),
        "shares": [i for i, target in enumerate(grid.outcomes.values()) if target.share],
        "n": own["n"].astype(int).tolist(),
        "marks": _marks(marks),
    }


def _marks(marks: pd.DataFrame) -> list[dict[str, Any]]:
    """Known analyses by their short names, or by what they do where two have the same."""
    twice = marks["label"].duplicated(keep=False)
    return [
        {
            "label": upper(m["says"]) if same else m["label"],
            "id": m["spec"].rpartition(".")[0],
            "primary": bool(m["primary"]),
        }
        for m, same in zip(marks.to_dict("records"), twice, strict=True)
    ]


def _choices(
    grid: Grid, options: pd.DataFrame, moved: pd.DataFrame, words: Vocabulary
) -> list[dict[str, Any]]:
    """Choices, those that move the estimate most first; those that offer one option last."""
    held: dict[str, list[str]] = {
        "treatment": list(grid.treatments),
        "outcome": list(grid.outcomes),
        "race": ["-".join(c) for c in grid.race],
        "education": ["-".join(c) for c in grid.education],
        **{f"with_{c}": list(SWITCHED) for c in grid.more},
        "weights": list(grid.weights),
        "sample": list(grid.samples),
        "effects": list(grid.effects),
    }
    labels = {(o["choice"], o["option"]): o["label"] for o in options.to_dict("records")}
    told = {
        m["choice"]: {"share": percent(m["total"], 0), "span": number(m["span"], 1)}
        for m in moved.to_dict("records")
    }
    return [
        {
            "name": name,
            "words": words.choice(name),
            "told": told.get(name),
            "options": [
                [o, SWITCHED[o] if name.startswith("with_") else labels.get((name, o), o)]
                for o in held[name]
            ],
        }
        for name in dict.fromkeys([*told, *held])
    ]


def _whole(values: pd.Series[float]) -> list[int]:
    return [int(x) for x in np.rint(values * HUNDREDTHS)]
