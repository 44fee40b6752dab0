"""The chapters of a book: what each one needs, and in which order they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from sevenpercent.errors import InputError, demand
from sevenpercent.model.scenario import Scenario, chapters
from sevenpercent.model.scenario.chapters import Header


def read_all(names: Sequence[str]) -> dict[str, Header]:
    """Headers of a book's chapters by name; what they need is limited to the chapters of that book.

    A chapter whose upstream chapter is not in the book computes that part itself.

    Raises InputError also when a chapter needs an unknown one, or when chapters need each other in
    a circle.
    """
    known = chapters.names()
    out: dict[str, Header] = {}
    for name in names:
        header = chapters.read(name)
        for need in header.needs:
            what = "the chapter needs an unknown chapter"
            demand(need, known, what, file=chapters.source(name))
        read = {
            "needs": [n for n in header.needs if n in names],
            "tables": sorted(chapters.tables_of(name)),
        }
        out[name] = header.model_copy(update=read)
    sorter(out)
    return out


def tables(headers: Iterable[Header], s: Scenario) -> set[str]:
    """Tables that chapters may read: those of their headers, and those that the scenario names."""
    named = s.tables.model_dump(exclude={"folder"}).values()
    return {t for header in headers for t in header.tables} | {t for t in named if t}


def sorter(headers: Mapping[str, Header]) -> TopologicalSorter[str]:
    """Prepared sorter that hands out chapters whose inputs are ready.

    Raises InputError when chapters need each other in a circle.
    """
    graph = TopologicalSorter({name: c.needs for name, c in headers.items()})
    try:
        graph.prepare()
    except CycleError as e:
        circle = " -> ".join(e.args[1])
        raise InputError(
            "chapters need each other in a circle", value=circle, fix="Remove one of the needs."
        ) from None
    return graph


FIRST = "index"
"""The chapter that speaks for the whole book."""


def resting_on(
    headers: Mapping[str, Header], faults: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Errors that each chapter rests on: by the tables that it reads, and by the chapters it needs.

    `faults`: table to the errors found in it; what is no table concerns every chapter. The first
    page names all of them.
    """
    named = {t for c in headers.values() for t in c.tables}
    out: dict[str, list[str]] = {}
    order = TopologicalSorter({name: c.needs for name, c in headers.items()})
    for name in order.static_order() if faults else ():
        header = headers[name]
        for table, told in faults.items():
            above = any(set(told) & set(out.get(n, ())) for n in header.needs)
            if name == FIRST or table not in named or table in header.tables or above:
                out.setdefault(name, []).extend(told)
    return out
