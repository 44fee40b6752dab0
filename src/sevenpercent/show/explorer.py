"""Parts of a page that a reader can turn: their data as inline JSON, for scripts that are files.

The page holds table and figure without them; a script finds the data and builds the rest. Words
come with the data, so that no script knows one election.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import display

from sevenpercent.errors import InputError
from sevenpercent.show.picture import csv

COMMON = {
    "copy": "Copy link to this view",
    "copied": "The link is copied.",
    "here": "The link is in the address bar.",
    "reset": "Start again",
    "dated": "This link was made for another version of the page; you see the start.",
    "invalid": "Not understood in the link, so left as at the start: {names}.",
}
"""Words that every such part has."""

_LABEL = re.compile(r"(\w+): (.*)")


@dataclass(frozen=True)
class Explorer:
    """What a script needs.

    `kind`: the script, ``explore-KIND.js``; `data`: lists, numbers and text; `place`: its address on
    the page; empty: the kind; `file`: all of it, to be had as CSV without scripts too; its columns
    are named by ``col_NAME`` of the words; `about`: lines at the head of that file.
    """

    kind: str
    data: Mapping[str, Any]
    place: str = ""
    file: pd.DataFrame | None = None
    about: tuple[str, ...] = ()


def html(explorer: Explorer, words: Mapping[str, str]) -> str:
    r"""The place on the page, with its data, in which no text can end the script.

    Examples
    --------
    >>> html(Explorer("x", {"a": "</script>"}), {})[-42:]
    '"a":"\\u003c/script\\u003e"}}</script></div>'
    """
    body = {"words": {**COMMON, **words}, "data": explorer.data}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    name, _ = _file(explorer, words)
    file = f' data-file="{name}"' if name else ""
    return (
        f'<div class="explore" id="{explorer.place or explorer.kind}" data-explore="{explorer.kind}"{file}>'
        f'<script type="application/json">{text}</script></div>'
    )


def _file(explorer: Explorer, words: Mapping[str, str]) -> tuple[str, str]:
    if explorer.file is None:
        return "", ""
    heads = {name: words.get(f"col_{name}", name) for name in explorer.file}
    text = csv(explorer.file.rename(columns=heads), explorer.about)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{explorer.place or explorer.kind}-{digest}.csv", text


def show(explorer: Explorer, words: Mapping[str, str], folder: Path | None = None) -> None:
    """Put it on the page, its file into the folder of figures; where only words are shown, nothing."""
    name, text = _file(explorer, words)
    if folder is not None and name:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    display({"text/html": html(explorer, words), "text/markdown": ""}, raw=True)


def labels(said: str) -> dict[str, str]:
    r"""Words from lines ``name: text``; a line without a name goes on with the one before.

    Raises InputError: a first line without a name.

    Examples
    --------
    >>> labels("one: a\n  b\ntwo: c")
    {'one': 'a b', 'two': 'c'}
    """
    out: dict[str, str] = {}
    name = ""
    for line in filter(str.strip, said.splitlines()):
        if found := _LABEL.match(line):
            name, out[found[1]] = found[1], found[2].strip()
        elif name:
            out[name] += " " + line.strip()
        else:
            raise InputError("not 'name: words'", value=line, fix="Name what it says.")
    return out


def outlines(shapes: pd.DataFrame, level: str, scale: float = 1.0) -> dict[str, str]:
    """Shapes as SVG paths on a grid of whole numbers.

    Returns id to path, y downwards.

    `shapes`: table ``outlines``: level, id, x and y (a list for each part; y upwards); `level`:
    ``state`` or ``county``; `scale`: steps of the grid for each unit of the table.
    """
    own = shapes[shapes["level"] == level]
    out: dict[str, str] = {}
    for name, x, y in zip(own["id"], own["x"], own["y"], strict=True):
        out[name] = out.get(name, "") + _path(np.asarray(x) * scale, np.asarray(y) * -scale)
    return out


def _path(x: Any, y: Any) -> str:
    at = np.rint(np.column_stack([x, y])).astype(int)
    steps = np.diff(at, axis=0)
    steps = steps[(steps != 0).any(axis=1)][:-1]
    moves = " ".join(f"{a} {b}" for a, b in steps.tolist()).replace(" -", "-")
    return f"M{at[0, 0]} {at[0, 1]}l{moves}z" if len(steps) > 1 else ""
