"""The chapters of a book: what each one needs, in which order they run, and the key of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from sevenpercent.errors import InputError, demand
from sevenpercent.model.scenario import chapters
from sevenpercent.model.scenario.chapters import Header


<<<<<<< HEAD
def read_all(names: Sequence[str]) -> dict[str, Header]:
    """Headers of a book's chapters by name; what they need is limited to the chapters of that book.
=======
@dataclass(frozen=True)
class Chapter:
    """One notebook and what it declares in its header.

    Attributes
    ----------
    name : str
        File name without its ending.
    path : Path
        The MyST notebook.
    needs : tuple of str
        Chapters whose results it reads.
    tables : tuple of str
        Tables that it reads whatever the scenario says; those that the scenario names are
        always counted as read.
    files : tuple of str
        Other files that it reads: patterns below the root of the project.
    long : bool
        Whether it takes much longer than the others, and so starts before them.
    """

    name: str
    path: Path
    needs: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    long: bool = False


def read(name: str, folder: Path) -> Chapter:
    """Read what one chapter declares under ``sevenpercent`` in its header.

    Raises InputError: unknown chapter, unknown key, or a declaration that is not a list of names.
    """
    path = folder / f"{name}.md"
    if not path.is_file():
        known = [p.stem for p in folder.glob("*.md")]
        raise InputError("no such chapter", file=folder, value=name, fix=nearest(name, known))
    declared = header.read(path)
    names = ("needs", "tables", "files")
    valid = (*names, "long")
    for key in declared:
        if key not in valid:
            raise InputError(
                "unknown key in the header", file=path, value=key, fix=nearest(key, valid)
            )
    lists = {key: declared.get(key) or [] for key in names}
    if lists["tables"] == [keys.EVERY]:
        lists["tables"] = sorted(tables.describe())
    for key, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise InputError("must be a list of names", file=path, column=f"sevenpercent.{key}")
    for pattern in lists["files"]:
        if not pattern or Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise InputError(
                "files of a chapter lie in the project", file=path, value=pattern,
                fix="Name them from its root.",
            )  # fmt: skip
    long = declared.get("long", False)
    if not isinstance(long, bool):
        raise InputError("must be true or false", file=path, column="sevenpercent.long", value=long)
    needs, tables_, files = (tuple(lists[key]) for key in names)
    return Chapter(name, path, needs, tables_, files, long)


def read_all(names: Sequence[str], folder: Path) -> dict[str, Chapter]:
    """Chapters of a book by name; what they need is limited to the chapters of that book.
>>>>>>> 478727e (Less code in readers, own books, pages and figures: one way to open a file and to say a finding, whole pages as templates, short docstrings as sentences)

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

<<<<<<< HEAD
    Parameters
    ----------
    headers : mapping
    faults : mapping
        Table to the errors found in it; what is no table concerns every chapter. The first page
        names all of them.
=======
    `faults`: table to the errors found in it; what is no table concerns every chapter. The first
    page names all of them.
>>>>>>> 478727e (Less code in readers, own books, pages and figures: one way to open a file and to say a finding, whole pages as templates, short docstrings as sentences)
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
