"""Designs as readers see them: their fits on one axis, sizes of harm in each one's unit, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from sevenpercent.model.words import signed, size, votes
from sevenpercent.show.figures.forest import Mark, Row, forest
from sevenpercent.show.picture import Picture


def forest_of(
    fits: pd.DataFrame, *, axis: str, marks: Sequence[Mark] = (), digits: int = 1
) -> Picture | None:
    """Fits on one axis; None where there is none.

    Parameters
    ----------
    fits : DataFrame
        ``label, estimate, lo, hi``; also ``kind`` (``held`` when it lacks it), ``group`` (heading)
        and ``note`` (small print) where wanted. Fits in log points are left out.
    axis : str
        Unit of the axis, with what negative means.
    """
    if "unit" in fits:
        fits = fits[fits["unit"] != "log points"]
    rows = [
        Row(
            str(f["label"]),
            float(f["estimate"]),
            float(f["lo"]),
            float(f["hi"]),
            kind=_text(f, "kind") or "held",
            group=_text(f, "group"),
            note=_text(f, "note"),
        )
        for f in fits.to_dict("records")
    ]
    if not rows:
        return None
    says = "; ".join(
        f"{r.label}{f' ({r.note})' if r.note else ''}: {signed(r.estimate, digits)}" for r in rows
    )
    return Picture(partial(forest, rows, unit=axis, marks=marks, digits=digits), says)


def told(fits: pd.DataFrame) -> int:
    """How many fits have an interval that leaves out zero."""
    return int(((fits["hi"] < 0) | (fits["lo"] > 0)).sum())


def sizes_table(asked: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each size in each design's unit, with what the design says, and the verdict."""
    own = asked[asked["variant"] == ""]
    cells = {(a["size"], a["design"]): _cell(a) for a in own.to_dict("records")}
    return pd.DataFrame(
        {
            "harm": v["label"],
            **{key.upper(): cells.get((v["size"], key), "") for key in own["design"].unique()},
            "verdict": v["verdict"],
        }
        for v in verdicts.to_dict("records")
    )


def _cell(asked: Mapping[Any, Any]) -> str:
    word = "open"
    if not asked["sees"]:
        word = "no vote"
    elif asked["excludes"]:
        word = "excluded"
    elif asked["shows"]:
        word = "shown"
    return f"{size(asked['amount'])} {word}"


def fits_table(fits: pd.DataFrame) -> pd.DataFrame:
    """Estimate, interval, what a design could see, and what it leaves room for."""
    return pd.DataFrame(
        {
            "design": f["label"],
            "estimate": signed(f["estimate"], 2),
            "from": signed(f["lo"], 2),
            "to": signed(f["hi"], 2),
            "could see": size(f["mde"], 2),
            "leaves room for": size(max(f["bound"], 0.0), 2),
        }
        for f in fits.to_dict("records")
    )


def states_table(verdicts: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Other states: the size in the county design's unit, what it could see, the verdict and why."""
    return pd.DataFrame(
        {
            "state": names[v["place"]],
            "size": "" if pd.isna(v["amount"]) else size(v["amount"]),
            "could see": "" if pd.isna(v["mde"]) else size(v["mde"]),
            "verdict": v["verdict"],
            "because": v["because"],
        }
        for v in verdicts.to_dict("records")
    )


def machines_of(models: pd.DataFrame) -> pd.DataFrame:
    """Models of machine as fits with a note on where they were used."""
    return models.assign(
        label=models["model"],
        note=[
            f"{votes(m['ballots'])} ballots in {m['used']} municipalities"
            for m in models.to_dict("records")
        ],
    )


def rare_machines(models: pd.DataFrame) -> list[str]:
    """All models of machine but the commonest, with how little carries their estimates."""
    return [
        f"{m['model']} ({signed(m['estimate'])}, from {m['effective_clusters']:.1f} counties' worth "
        "of information)"
        for m in models.iloc[1:].to_dict("records")
    ]


def _text(row: Mapping[Any, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or value != value else str(value)
