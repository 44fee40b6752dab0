"""Names and texts of published files in a form that can be compared."""

from __future__ import annotations

import re

from sevenpercent.errors import InputError


def collapse(text: str) -> str:
    """Upper case, one space between words, none at the ends."""
    return " ".join(text.upper().split())


def county_key(name: str) -> str:
    """Letters of a county's name without the word County; ``St.`` and ``Saint`` agree."""
    name = re.sub(r"\s+COUNTY\b.*$", "", collapse(name.replace("-", " ")))
    return re.sub(r"[^A-Z]", "", re.sub(r"^SAINT\b", "ST", name))


def unit_key(county: str, text: str) -> str:
    """Key of a reporting unit: ``county|text``, however the publisher spaces or counts wards."""
    text = re.sub(r"\bWARDS\b", "WARD", collapse(text))
    return f"{county_key(county)}|" + re.sub(r"\s*([-,])\s*", r"\1", text)


def place_key(county: str, municipality: str) -> str:
    """Key of a municipality: county and letters of its name, kind (town, city) included."""
    return f"{county_key(county)}|" + re.sub(r"[^A-Z ]", "", collapse(municipality))


def slug(text: str) -> str:
    """Lower-case letters and digits of `text`, joined by single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def kind_and_name(municipality: str) -> tuple[str, str]:
    """Split ``TOWN OF ADAMS`` into its kind ``town`` and its bare name ``ADAMS``.

    Raises InputError when the name has no kind.
    """
    kind, of, name = collapse(municipality).partition(" OF ")
    if not of or kind not in ("CITY", "TOWN", "VILLAGE"):
        raise InputError(
            "A municipality is written as city, town or village of its name", value=municipality
        )
    return kind.lower(), name
