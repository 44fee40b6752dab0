"""The page above all books: each with its claim, its verdict and one figure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from sevenpercent import folders, paths, strict
from sevenpercent.model import words as prose
from sevenpercent.model.results import Value
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.run.templates import filled

WIDE, HIGH, LEFT = 640, 74, 10
"""Size of a figure, and the room on either side of it."""


def card(s: Scenario, results: Mapping[str, Value], points: Mapping[str, float]) -> dict[str, Any]:
    """What the page says of one book; numbers and words are those of its own pages.

    `results`: every number of the book; `points`: the claimed size in points of the two-party
    share, for each way that the claim leaves open.
    """
    from sevenpercent.claims.witnesses import outcome_of  # slow to load, and no other page needs it
    from sevenpercent.claims.words import Word
    from sevenpercent.stats.steps import beside_claim

    words = Vocabulary(s)
    said = outcome_of(results, s.focus, s.leading)
    who = f"Claimed by {s.claim.who}" if s.claim.who else "No one's claim, an exercise"
    made: dict[str, Any] = {"claim": f"{who}: {words.claimed}.", "verdict": "", "said": ""}
    made |= {"figure": [], "errors": sum(map(len, s.despite.values()))}
    if said is not None:
        made |= {"verdict": str(said.word), "sign": said.word.sign}
        made["said"] = f"{said.spoken}. {said.counts} {said.paper}"
    elif why := s.left_out.get("designs"):
        made |= {"verdict": str(Word.CANNOT_BE_TESTED), "sign": Word.CANNOT_BE_TESTED.sign}
        made["said"] = f"{prose.upper(why)}."
    made["unit"] = "votes" if s.claim.unit == "votes" else "points"
    made["figure"] = beside_claim(results, s, points).to_dict("records")
    return made


def told_by(record: Path) -> dict[str, Any] | None:
    """What a book says of itself; None where that cannot be read, and the book has to be built."""
    try:
        body = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def write(folder: Path, title: str) -> Path:
    """Write ``index.html`` into a folder of books.

    Returns the page; it is replaced in one step.

    `folder`: its subfolders with ``current/book.json`` and ``html/`` are books; scenarios of the
    project that were not built stand below them, with the command that builds them; `title`:
    heading of the page.
    """
    built: dict[str, dict[str, Any]] = {}
    for record in sorted(folder.glob("*/current/book.json")):
        name = record.parent.parent.name
        body = told_by(record) if (folder / name / "html/index.html").is_file() else None
        if body is not None:
            unit, rows = str(body.get("unit", "points")), body.get("figure")
            body["drawn"] = figure(rows, unit) if rows else ""
            built[name] = body | {"verdict": prose.upper(body.get("verdict", ""))}
    files = [f for f in sorted(paths.SCENARIOS.glob("*.yml")) if f.stem not in built]
    waiting = {f.stem: strict.read_yaml(f) for f in files}
    target = folder / "index.html"
    folders.replace(target, filled("books", title=title, built=built, waiting=waiting))
    return target


def figure(rows: list[Mapping[str, Any]], unit: str) -> str:
    """One line with no difference, what was claimed, and what was found with its interval (SVG)."""
    row = {k: float(v) for k, v in rows[0].items() if k != "label" and v is not None and v == v}
    if not {"estimate", "claimed"} <= set(row):
        return ""
    alike = all(r["estimate"] == rows[0]["estimate"] for r in rows)
    claims = {str(r["label"]): float(r["claimed"]) for r in (rows if alike else rows[:1])}
    ends = [*row.values(), *claims.values()]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    digits = 0 if unit == "votes" else 1

    def at(x: float) -> float:
        return round(LEFT + (WIDE - 2 * LEFT) * (x - low) / ((high - low) or 1.0), 1)

    def word(x: float, text: str, y: int) -> str:
        anchor = "start" if at(x) < WIDE / 3 else "end" if at(x) > 2 * WIDE / 3 else "middle"
        return (
            f'<text x="{at(x)}" y="{y}" text-anchor="{anchor}" font-size="13">{escape(text)}</text>'
        )

    def line(a: float, b: float, top: int, bottom: int, look: str) -> str:
        return f'<line x1="{at(a)}" x2="{at(b)}" y1="{top}" y2="{bottom}" {look}/>'

    found, claimed = row["estimate"], row["claimed"]
    interval = bar = ""
    if "lo" in row and "hi" in row:
        interval = f" ({prose.signed(row['lo'], digits)} to {prose.signed(row['hi'], digits)})"
        bar = line(row["lo"], row["hi"], 38, 38, 'stroke="#7B3294" stroke-width="3"')
    says = f"found: {prose.signed(found, digits)}{interval} {unit}"
    ways = [
        f"{prose.signed(x, digits)} {way if len(rows) > 1 else ''}" for way, x in claims.items()
    ]
    aims = f"claimed: {', '.join(w.strip() for w in ways)}"
    return (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(f"{aims}; {says}")}">'
        + line(low, high, 54, 54, 'stroke="#ddd"')
        + line(0, 0, 24, 58, 'stroke="#1A1A1A"')
        + "".join(
            line(x, x, 18, 58, 'stroke="#595959" stroke-dasharray="4 3"') for x in claims.values()
        )
        + bar
        + f'<circle cx="{at(found)}" cy="38" r="5" fill="#7B3294"/>'
        + word(claimed, aims, 13)
        + word(found, says, 71)
        + "</svg>"
    )
