"""What is shipped is what is used: styles, and the script of the search."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from sevenpercent.run import light, search

SHEET = """
/* .gone { } */
@charset "utf-8";
@font-face { font-family: x; src: url("a;b{}.woff") }
:root { --a: 1 }
.here > a:hover, .gone a { color: red }
.gone, #nowhere { color: blue }
a:not(.gone) { color: green }
:is(.gone, .here) b { margin: 0 }
[class*="gone"] { margin: 1px }
.md\\:here { margin: 2px }
@media print { .gone { x: y } .here::after { content: "}" } }
@media screen { .gone { x: y } }
"""


def test_only_rules_that_nothing_can_use_leave() -> None:
    kept = light.trimmed(SHEET, {"here", "md:here"})
    assert "/*" not in kept
    for rule in (
        '@charset "utf-8";',
        'src: url("a;b{}.woff")',
        "--a: 1",
        ".here > a:hover{color: red}",
        "a:not(.gone){color: green}",
        ":is(.gone, .here) b{margin: 0}",
        '[class*="gone"]{margin: 1px}',
        ".md\\:here{margin: 2px}",
        '@media print{.here::after{content: "}"}}',
    ):
        assert rule in kept
    assert "blue" not in kept
    assert "screen" not in kept
    assert light.trimmed(kept, {"here", "md:here"}) == kept


def test_pages_and_scripts_say_what_is_used(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<p id="one" class="two three">x</p>')
    (tmp_path / "b.js").write_text('e.classList.add("four-five")')
    (tmp_path / "searchindex.js").write_text("six")
    assert light.used(tmp_path) >= {"one", "two", "three", "four-five"}
    assert "six" not in light.used(tmp_path)


def test_a_first_visit_is_light(book: Path) -> None:
    first = book / "chapters" / "index.html"
    files = [first, *(book / "_static").rglob("*.css"), *(book / "_static").rglob("*.js")]
    sent = [p for p in files if p.name not in ("searchtools.js", "language_data.js")]
    assert sum(len(gzip.compress(p.read_bytes(), mtime=0)) for p in sent) < 75_000


def test_no_script_of_the_theme_is_sent(book: Path) -> None:
    for path in (book / "chapters").glob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        sent = [Path(str(s["src"]).split("?")[0]).name for s in page.select("script[src]")]
        assert sent[:2] == ["site.js", "tables.js"], path.name
        assert all(name.startswith("explore") for name in sent[2:]), path.name
    held = {p.name for p in (book / "_static").rglob("*.*")}
    assert not {
        n for n in held if re.search("bootstrap|fontawesome|mathjax|thebe|clipboard|woff", n)
    }


def test_a_search_script_of_another_sphinx_is_refused(tmp_path: Path) -> None:
    search.mend(tmp_path)
    (tmp_path / "_static").mkdir()
    (tmp_path / search.SCRIPT).write_text("nothing that we know")
    with pytest.raises(ValueError, match="no single"):
        search.mend(tmp_path)
