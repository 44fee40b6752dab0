"""What a chapter declares at its top."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Scenario


def metadata(path: Path) -> dict[str, Any]:
    """Metadata at the top of a MyST notebook, between its two lines of dashes.

    Raises InputError when there is none, or it is not YAML.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError("not a text in UTF-8", file=path, fix="Save it as that.") from None
    if not lines or lines[0].strip() != "---" or "---" not in lines[1:]:
        raise InputError(
            "the chapter has no header", file=path, row=1, fix="Start it with jupytext's YAML."
        )
    try:
        body = yaml.safe_load("\n".join(lines[1 : lines.index("---", 1)]))
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        raise InputError(
            "the chapter's header is not valid YAML",
            file=path,
            row=mark.line + 2 if mark else None,
            fix="Mend that line.",
        ) from None
    return body if isinstance(body, dict) else {}


def read(path: Path) -> dict[str, Any]:
    """What stands under ``sevenpercent`` in a chapter's header: ``needs``, ``tables``, ``files``."""
    declared = metadata(path).get("sevenpercent") or {}
    return declared if isinstance(declared, dict) else {}


def needs(chapter: str, s: Scenario) -> list[str]:
    """Chapters whose numbers a chapter cites, as far as this book has them."""
    declared = read(paths.CHAPTERS / f"{chapter}.md").get("needs") or []
    return [name for name in declared if name in s.chapters]
