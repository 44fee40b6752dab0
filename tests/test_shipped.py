"""What a book carries that others wrote: each file with its maker, version and licence, scripts by hash.

``python tests/test_shipped.py`` writes the list anew after an update; the difference shows what to
look at.
"""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

import audit

from sevenpercent import hashes, paths
from sevenpercent.run import plain_pages

LIST = paths.ROOT / plain_pages.SHIPPED

MADE = ("documentation_options.js", "language_data.js", "pygments.css")
"""Written anew for each book, by Sphinx and Pygments."""

SEARCH = "searchtools.js"
"""Like the styles, changed when pages are finished: listed without a hash."""

BY = {
    "Sphinx": ("BSD-2-Clause", "https://www.sphinx-doc.org/",
               "basic.css doctools.js searchtools.js sphinx_highlight.js file.png minus.png plus.png"),
    "pydata-sphinx-theme": ("BSD-3-Clause", "https://github.com/pydata/pydata-sphinx-theme",
                            "scripts/pydata-* styles/pydata-* styles/theme.css"),
    "sphinx-book-theme": ("BSD-3-Clause", "https://github.com/executablebooks/sphinx-book-theme",
                          "scripts/sphinx-book-* styles/sphinx-book-* images/*"),
    "myst-nb": ("BSD-3-Clause", "https://github.com/executablebooks/MyST-NB", "mystnb.*"),
    "Pygments": ("BSD-2-Clause", "https://pygments.org/", ""),
    "Bootstrap": ("MIT", "https://getbootstrap.com/", "styles/pydata-*"),
}  # fmt: skip
"""Maker to licence, address, and the files of ``_static`` that are its own."""

THEME = (
    Path(str(metadata.distribution("pydata-sphinx-theme").locate_file("pydata_sphinx_theme")))
    / "theme/pydata_sphinx_theme/static"
)
INSIDE = {"Bootstrap": (THEME / "scripts/bootstrap.js.LICENSE.txt", r"Bootstrap v([\d.]+)")}
"""Those that another package brings along: where they say their version."""


def found(static: Path) -> list[dict[str, object]]:
    """The list as the finished pages have it."""
    out: list[dict[str, object]] = []
    for name, (licence, address, patterns) in BY.items():
        files = sorted({p for pattern in patterns.split() for p in static.glob(pattern)})
        if name in INSIDE:
            file, pattern = INSIDE[name]
            said = re.search(pattern, file.read_text(encoding="utf-8"))
            assert said is not None
            version = said[1]
        else:
            version = metadata.version(name)
        held = {
            p.relative_to(static).as_posix(): hashes.file_hash(p)
            if p.suffix == ".js" and p.name != SEARCH
            else ""
            for p in files
        }
        out.append({"name": name, "version": version, "licence": licence, "address": address,
                    "files": held})  # fmt: skip
    return out


def test_everything_that_others_wrote_is_listed_with_its_hash(book: Path) -> None:
    static = book / "_static"
    listed = json.loads(LIST.read_text(encoding="utf-8"))
    assert found(static) == listed
    known = {f for entry in listed for f in entry["files"]}
    own = {p.name for p in (paths.ROOT / "assets").iterdir()}
    every = {p.relative_to(static).as_posix() for p in static.rglob("*") if p.is_file()}
    rest = {f for f in every - known if Path(f).name not in own and not f.startswith("inline-")}
    assert rest == set(MADE)


def test_makers_stand_on_the_page_of_licences(book: Path) -> None:
    page = (book / "pages" / "licence.html").read_text(encoding="utf-8")
    for entry in json.loads(LIST.read_text(encoding="utf-8")):
        for said in ("name", "version", "licence"):
            assert str(entry[said]) in page


def test_licences_are_those_that_the_packages_state(book: Path) -> None:
    for name, (licence, _, _) in BY.items():
        if name in INSIDE:
            said = (book / "_static" / INSIDE[name][0]).read_text(encoding="utf-8")[:1000]
            assert re.search(rf"Licensed (under )?{licence}", said), name
            continue
        about = metadata.metadata(name)
        fields = ("License-Expression", "License", "Classifier")
        said = " ".join(v for f in fields for v in about.get_all(f) or [])
        assert licence in said or f"OSI Approved :: {licence.split('-')[0]} License" in said, name


def test_what_could_not_be_asked_about_is_a_finding() -> None:
    sound = {"name": "a", "version": "1", "vulns": []}
    found = {"id": "X-1", "aliases": ["Y-1"], "fix_versions": ["2"]}
    assert list(audit.told([sound, {"name": "b", "skip_reason": "gone"}])) == [
        "b: not asked about (gone)"
    ]
    assert list(audit.told([{**sound, "vulns": [found]}])) == ["a 1: X-1, mended in 2"]


def test_the_lock_gives_the_versions(book: Path) -> None:
    """What is shipped comes from packages that are installed by hash."""
    lock = (paths.ROOT / "requirements.txt").read_text(encoding="utf-8").lower()
    for name in BY:
        if name not in INSIDE:
            assert f"{name.replace('_', '-').lower()}=={metadata.version(name)} \\" in lock


if __name__ == "__main__":
    body = found(paths.BUILD / "html" / "_static")
    LIST.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
