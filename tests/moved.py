"""What moved, in one page: ``_build/moved.html``, written when committed notebooks differ.

A plugin of `built_outputs` and `warm_kernels`. Each number that differs stands with the words before
it, by how much it moved, its chapter and cell, the tables behind the chapter, and the commits (or changes not
committed) since the notebook was written that touch anything the chapter reads. Pictures stand side by side.
"""

from __future__ import annotations

import base64
import io
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbval.plugin
import numpy as np
import pytest
from PIL import Image

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.model.scenario import chapters
from sevenpercent.study import keys

PAGE = "moved.html"
TOKEN = re.compile(r"[-−+]?\d[\d,]*\.?\d*|[^\W\d]+|\S")
NUMBER = re.compile(r"[-−+]?\d")
COMMITS, WORDS = 12, 8
"""Commits that are named at most; words before a number that say which it is."""

Outputs = Sequence[Mapping[str, Any]]

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>What moved</title><style>
body {font: 16px sans-serif; margin: 2em auto; max-width: 70em} table {border-collapse: collapse}
td, th {border-bottom: 1px solid #ccc; padding: .2em .6em; text-align: left; vertical-align: top}
td.n {text-align: right; white-space: nowrap} img {max-width: 32%; border: 1px solid #ccc}
</style><h1>What moved</h1>
<p>The committed notebooks against what their chapters give now. <code>make refresh</code> writes them anew.</p>
"""


def amount(text: str) -> float:
    """A number as it is printed."""
    return float(text.replace("−", "-").replace(",", "").rstrip("."))


def moves(before: str, after: str) -> Iterator[tuple[str, str, str, str]]:
    """Words before it, old, new and difference of each number or passage that differs."""
    a, b = TOKEN.findall(before), TOKEN.findall(after)
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        where = " ".join(a[max(i - WORDS, 0) : i])
        paired = j - i == m - k
        for old, new in zip(a[i:j], b[k:m], strict=True) if paired else ():
            both = NUMBER.match(old) and NUMBER.match(new)
            if old != new:
                yield where, old, new, f"{amount(new) - amount(old):+.6g}" if both else ""
        if not paired:
            yield where, " ".join(a[i:j]), " ".join(b[k:m]), ""


def shown(outputs: Outputs) -> dict[str, list[str]]:
    """Text and pictures of a cell's outputs: as text, and in base64."""
    out: dict[str, list[str]] = {"text": [], "picture": []}
    for output in outputs:
        data = output.get("data") or {"text/plain": output.get("text", output.get("evalue", ""))}
        for kind, held in data.items():
            said = held if isinstance(held, str) else "".join(map(str, held))
            if kind == "image/png":
                out["picture"].append(said)
            elif kind == "text/markdown" or (kind == "text/plain" and "text/markdown" not in data):
                out["text"].append(said)
    return out


def difference(one: str, other: str) -> str:
    """Where two pictures differ: a grey picture and the share of points, or that their sizes do."""
    a, b = (Image.open(io.BytesIO(base64.b64decode(p))).convert("L") for p in (one, other))
    if a.size != b.size:
        return f"<p>{a.size} and {b.size} points</p>"
    gap = np.abs(np.asarray(a, dtype=int) - np.asarray(b, dtype=int))
    raw = io.BytesIO()
    Image.fromarray((255 - gap).astype(np.uint8)).save(raw, "png")
    coded = base64.b64encode(raw.getvalue()).decode()
    said = f"{(gap > 0).mean():.2%} of points differ, by {gap.max()} of 255 at most"
    return f'<img alt="{said}" src="data:image/png;base64,{coded}"><p>{said}</p>'


def git(*arguments: str) -> list[str]:
    """What git says, line by line; nothing where there is no git or no repository."""
    try:
        done = subprocess.run(["git", *arguments], cwd=paths.ROOT, capture_output=True, text=True,
                              check=False)  # fmt: skip
    except OSError:
        return []
    return done.stdout.splitlines() if not done.returncode else []


def behind(chapter: str) -> tuple[list[str], list[str]]:
    """Tables of a chapter, and what changed of all that it reads since its notebook was written."""
    s = scenario.load()
    read = [paths.SCENARIOS / f"{s.id}.yml", paths.ROOT / "requirements.txt"]
    for name in [chapter, *chapters.needs(chapter, s)]:
        found = keys.reads(name, s.id)
        read += [paths.CHAPTERS / f"{name}.md", *found.modules, *keys.files(name, s, found)]
        read += [paths.DATA / f"{t}.parquet" for t in keys.tables_of(name, s)]
    files = sorted({str(p.relative_to(paths.ROOT)) for p in read if p.is_relative_to(paths.ROOT)})
    since = git("log", "-1", "--format=%H", "--", f"chapters/{chapter}.ipynb")
    told = [f"not committed: {line}" for line in git("status", "--porcelain", "--", *files)]
    for commit in git("log", "--format=%h %ad %s", "--date=short", *[f"{c}..HEAD" for c in since], "--",
                      *files)[:COMMITS]:  # fmt: skip
        touched = git("show", "--format=", "--name-only", commit.split()[0], "--", *files)
        told.append(f"{commit} ({', '.join(touched)})")
    return keys.tables_of(chapter, s), told


def page(cells: Sequence[Mapping[str, Any]]) -> str:
    """The whole page of cells that differ."""
    out = [HEAD]
    for chapter in dict.fromkeys(c["chapter"] for c in cells):
        tables, commits = behind(chapter)
        changed = "".join(f"<li>{escape(c)}</li>" for c in commits)
        out.append(
            f"<h2>{chapter}</h2><p>Tables: {', '.join(tables)}</p><p>Changed since "
            f"<code>chapters/{chapter}.ipynb</code> was written:</p><ul>"
            f"{changed or '<li>nothing that git knows of</li>'}</ul>"
        )
        for cell in (c for c in cells if c["chapter"] == chapter):
            out.append(f"<h3>Cell {cell['cell']}: <code>{escape(cell['first'])}</code></h3>")
            old, new = cell["before"], cell["after"]
            rows = [
                move
                for a, b in zip_longest(old["text"], new["text"], fillvalue="")
                for move in moves(a, b)
            ]
            out += (
                ["<table><tr><th>after the words<th>before<th>now<th>moved by</tr>"] if rows else []
            )
            out += [
                f'<tr><td>… {escape(where)}<td class="n">{escape(a)}<td class="n">{escape(b)}<td class="n">{by}</tr>'
                for where, a, b, by in rows
            ]
            out += ["</table>"] if rows else []
            for a, b in zip_longest(old["picture"], new["picture"]):
                if a != b:
                    out += [
                        f'<img alt="{when}" src="data:image/png;base64,{picture}"> '
                        for when, picture in (("before", a), ("now", b))
                        if picture
                    ]
                    out.append(difference(a, b) if a and b else "<p>only one of both</p>")
    return "\n".join(out) + "\n"


_compare = nbval.plugin.IPyNbCell.compare_outputs


def compare(cell: Any, test: Outputs, ref: Outputs, skip_compare: Any = None) -> bool:
    """Compare as ever; what differs goes along with the report of the test."""
    same = bool(_compare(cell, test, ref, skip_compare))
    if not same:
        first = str(cell.cell.source).lstrip().partition("\n")[0]
        told = {"chapter": Path(cell.parent.path).stem, "cell": cell.cell_num, "first": first,
                "before": shown(ref), "after": shown(test)}  # fmt: skip
        cell.user_properties.append(("moved", told))
    return same


_cells: list[dict[str, Any]] = []


def pytest_configure(config: pytest.Config) -> None:
    """Look over the shoulder of what compares the cells."""
    nbval.plugin.IPyNbCell.compare_outputs = compare


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect what differs, also from other processes."""
    if report.when == "call":
        _cells.extend(told for name, told in report.user_properties if name == "moved")  # type: ignore[misc]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write the page and say where it is; one of an earlier run goes."""
    path = paths.BUILD / PAGE
    path.unlink(missing_ok=True)
    if _cells:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(_cells), encoding="utf-8")
        terminalreporter.write_line(f"What moved, and since when: {paths.shown(path)}")
