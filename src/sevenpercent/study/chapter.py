"""What a notebook imports: one object that knows the scenario, computes, tells and shows."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from sevenpercent import escape, paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model import words as prose
from sevenpercent.model.results import Findings, Results
from sevenpercent.study import compute, kept


class Chapter:
    """One chapter at work.

    Parameters
    ----------
    name : str
        Chapter name, as in the scenario's ``chapters``.
    scenario_name : str
        Name or path of the scenario.
    out : str
        Folder of the running build; empty when the notebook runs alone.
    parameters : mapping
        The chapter's own papermill parameters; empty values mean "as declared".
    """

    def __init__(
        self, name: str, scenario_name: str, out: str, parameters: Mapping[str, object]
    ) -> None:
        self.name = name
        self.s = scenario.load(scenario_name, scenario.parameters(name, parameters))
        self.out = Path(out) if out else None
        self._done: dict[str, Findings] = {}
        self._text = prose.blocks(paths.SCENARIOS / self.s.id / "text" / f"{name}.md")

    def load(self, table: str) -> pd.DataFrame:
        """One tidy table: the book's own where it has one, else that of ``data/``."""
        return tables.load(table, tables.where(table, self.s.tables.folder))

    @cached_property
    def found(self) -> Findings:
        """Findings of this chapter, computed once, written when inside a build."""
        findings = self._compute(self.name)
        if self.out is not None:
            write(findings, self.out, self.name, self.s.id)
        return findings

    @cached_property
    def r(self) -> Results:
        """Results of this chapter together with those of the chapters it draws on."""
        return self.found.results.merged(
            *(self.upstream(n) for n in compute.needs(self.name, self.s))
        )

    def frame(self, name: str) -> pd.DataFrame:
        """One of the frames that the chapter's findings hold."""
        return self.found.frames[name]

    def upstream(self, name: str) -> Results:
        """Results of another chapter: of the running build, kept from before, or computed here."""
        if self.out is not None and (path := self.out / "results" / f"{name}.json").is_file():
            return Results.from_json(path)
        if name in self._done:
            return self._done[name].results
        results = kept.read(self.s, name)
        if results is None:
            results = self._compute(name).results
            kept.write(self.s, name, results)
        return results

    def _compute(self, name: str) -> Findings:
        if name not in self._done:
            self._done[name] = compute.compute(name, self.s, self.load, self.upstream)
        return self._done[name]

    def text(self, template: str, **values: Any) -> str:
        """A template filled with this chapter's numbers."""
        return prose.render(template, self.r, s=self.s, place=self.place, **values)

    def place(self, state: str) -> str:
        """Name of a state for a sentence; ``US`` is the nation."""
        return self._names.get(state, "the nation")

    @cached_property
    def _names(self) -> dict[str, str]:
        states = self.load(self.s.tables.states)
        return dict(zip(states["state"], states["name"], strict=True))

    def say(self, template: str, **values: Any) -> None:
        """Show a paragraph; every number in it is computed."""
        markdown(prose.render(template, self.r, page=True, s=self.s, place=self.place, **values))

    def told(self, block: str, **values: Any) -> None:
        """Show the scenario's own paragraph of that name; nothing where it has none."""
        if block in self._text:
            self.say(self._text[block], **values)

    def show(self, figure: Figure, alt: str) -> None:
        """Show a figure with a text that says what it shows to those who cannot see it."""
        if not alt.strip():
            raise InputError("a figure needs an alternative text", value=self.name)
        raw = io.BytesIO()
        figure.savefig(raw, format="png", bbox_inches="tight", pad_inches=0.06, facecolor="white")
        plt.close(figure)
        display(
            {"image/png": raw.getvalue(), "text/plain": alt},
            raw=True,
            metadata={"alt": alt},
        )

    def table(self, frame: pd.DataFrame, caption: str = "", markup: Collection[str] = ()) -> None:
        """Show a table: text to the left, everything that looks like a number to the right.

        Cells are shown as their letters; only those of the columns `markup` are Markdown.
        """
        markdown(_table(frame, markup) + (f"\n\n*{escape.markdown(caption)}*" if caption else ""))


def start(name: str, scenario: str, out: str = "", **parameters: object) -> Chapter:
    """Open a chapter; its parameters are checked before anything is computed."""
    return Chapter(name, scenario, out, parameters)


def markdown(text: str) -> None:
    """Show Markdown, with the same text for front ends that have none."""
    display({"text/markdown": text, "text/plain": text}, raw=True)


def write(findings: Findings, out: Path, name: str, scenario_id: str) -> None:
    """Write a chapter's numbers and frames under ``out/results/``."""
    folder = out / "results"
    folder.mkdir(parents=True, exist_ok=True)
    for key, frame in findings.frames.items():
        frame.to_parquet(folder / f"{name}.{key}.parquet", compression="zstd", index=False)
    text = findings.results.to_json(scenario_id)
    (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def _table(frame: pd.DataFrame, markup: Collection[str] = ()) -> str:
    ready = [str(c) in markup for c in frame.columns]
    cells = [
        [str(x) if made else escape.markdown(x) for x, made in zip(row, ready, strict=True)]
        for row in frame.itertuples(index=False)
    ]
    head = [escape.markdown(c) for c in frame.columns]
    right = [
        bool(cells) and all(_numeric(row[i]) for row in cells) and any(row[i] for row in cells)
        for i in range(len(head))
    ]
    lines = [head, ["---:" if r else ":---" for r in right], *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _numeric(cell: str) -> bool:
    return not cell.strip(" +%.,0123456789()[]–—" + prose.MINUS)
