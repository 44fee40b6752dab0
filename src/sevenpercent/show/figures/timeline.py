"""Days after an election: one line per event, grouped by place, on one axis of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sevenpercent.model.words import MONTHS, upper
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.show.table import Record

MARKS = {
    "vote": ("*", style.INK, "full"),
    "report": ("o", style.MUTED, "full"),
    "deadline": ("|", style.INK, "full"),
    "request": (">", style.MUTED, "full"),
    "count": ("s", style.MUTED, "none"),
    "court": ("X", style.INK, "full"),
    "electors": ("D", style.MUTED, "none"),
}
"""Marker, colour and filling of each kind of event."""

WORDS = {
    "report": "report",
    "deadline": "last day",
    "request": "request",
    "count": "count, cost",
    "court": "court",
}
"""Kinds explained above the lines; the others are named by their labels alone."""


def of_days(days: pd.DataFrame, places: Mapping[str, str], marks: Mapping[str, date]) -> Picture:
    """Days as a figure, from the first mark to the last; later events stand at the right edge.

    `days`: as :func:`sevenpercent.claims.events.timeline` gives it; `places`: place to its heading,
    from top to bottom; `marks`: as for :func:`timeline`.
    """
    events = [
        {**row, "day": date.fromisoformat(row["date"]), "group": upper(name)}
        for place, name in places.items()
        for row in days[days["place"] == place].to_dict("records")
    ]
    said = "; ".join(f"{e['date']}, {e['group']}: {e['label']}" for e in events)
    last = max(marks.values()) if len(marks) > 2 else None
    data = table_of(events, day="day", group="where", kind="kind", label="what happened")
    return Picture(partial(timeline, events, marks, last=last), said, data)


def timeline(
    events: Sequence[Record], marks: Mapping[str, date], *, last: date | None = None, **head: str
) -> Figure:
    """Events as marks on an axis of days, each below its words.

    `events`: from top to bottom: ``day``, ``group`` (a heading, printed when it changes), ``kind``,
    ``label``; `marks`: words to day: vertical lines through the whole figure; `last`: events after it
    stand at the right edge, with their date in words.
    """
    groups = sum(1 for _ in groupby(events, lambda event: event["group"]))
    texts = [
        frame.wrap(f"{_short(e['day'])}: {e['label']}", style.SMALL, style.WIDTH) for e in events
    ]
    step, line, heading, top = 0.33, 0.14, 0.27, 0.62 + 0.17
    lines = sum(text.count("\n") for text in texts)
    body = top + len(events) * step + lines * line + groups * heading + 0.46
    first = min([*marks.values(), *(e["day"] for e in events)])
    end = last or max(e["day"] for e in events)
    with style.applied():
        figure, (axes,) = frame.canvas(head, body)
        left, right = first.toordinal() - 3.5, end.toordinal() + 3.5
        axes.set_xlim(left, right)
        axes.set_ylim(-(body - 0.46), 0)
        frame.without_rows(axes)
        for words, when in marks.items():
            x = when.toordinal()
            axes.plot([x, x], [-(body - 0.46), 0.20 - top], color=style.GRID, lw=1.2, zorder=0)
            axes.text(x, 0.22 - top, words, color=style.MUTED, ha="center")
        _explain(axes, [e["kind"] for e in events], left, right - left)
        y, group = -top, None
        for event, text in zip(events, texts, strict=True):
            if event["group"] != group:
                group = event["group"]
                y -= heading
                frame.say(axes, left, y + 0.06, group, "bottom", bold=True)
                axes.axhline(y + 0.03, color=style.GRID, lw=0.6, zorder=0)
            axes.text(left, y, text, va="top", linespacing=1.15, bbox=style.behind(0.3), zorder=2)
            y -= step + text.count("\n") * line
            late = last is not None and event["day"] > last
            _mark(axes, event["kind"], right - 1.0 if late else event["day"].toordinal(), y + 0.11)
        ticks = [first + timedelta(days=n) for n in range(0, (end - first).days + 1, 14)]
        axes.set_xticks([t.toordinal() for t in ticks], [_short(t) for t in ticks])
    return figure


def _mark(axes: Axes, kind: str, x: float, y: float) -> None:
    marker, colour, fill = MARKS[kind]
    size, edge = (9, 2) if marker == "|" else (5, 1)
    face = colour if fill == "full" else "white"
    axes.plot([x], [y], marker=marker, ms=size, mew=edge, color=colour, mfc=face, zorder=3)


def _short(when: date) -> str:
    return f"{when.day} {MONTHS[when.month - 1][:3]}"


def _explain(axes: Axes, kinds: Sequence[str], left: float, span: float) -> None:
    """What the marks mean, three a line."""
    for n, kind in enumerate(k for k in WORDS if k in kinds):
        x, y = left + (0.02 + (n % 3) / 3) * span, -0.10 - 0.19 * (n // 3)
        _mark(axes, kind, x, y)
        axes.text(x + 0.025 * span, y, WORDS[kind], color=style.MUTED, va="center")
