"""Findings about a book's own files, in the words of ``findings.yml`` beside this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sevenpercent import strict
from sevenpercent.data.rules.base import Finding, Texts, line


@cache
def _words() -> dict[str, dict[str, str]]:
    return strict.read_yaml(Path(__file__).with_suffix(".yml"))


def said(kind: str, row: object = None, **values: object) -> Finding:
    """A finding of a kind; `values` fill in its words, or stand for those that it leaves out.

    Examples
    --------
    >>> said("county_without", source="x", fips="01001", county="A", state="AL", what="votes", fix="").message
    'A, AL has votes but no votes'
    """
    words = _words()[kind]
    filled = {name: Texts().vformat(text, (), values) for name, text in words.items()}
    own = {n: str(v) for n, v in values.items() if n in Finding.__dataclass_fields__}
    return Finding(row=line(row), **{**own, **filled})
