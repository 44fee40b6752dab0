"""Nothing that stands in a file is ever code or markup."""

from __future__ import annotations

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sevenpercent import escape, paths
from sevenpercent.model import words as prose
from sevenpercent.model.results import Results
from sevenpercent.show.table import table

HOSTILE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% for x in y %}",
    "{{ os.popen('touch /tmp/sevenpercent-was-here').read() }}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "![a](http://example.org/a.png)",
    "a | b |\n| --- |\n| c",
    "```{raw} html\n<script>alert(1)</script>\n```",
    "{raw}`x`",
    ":::{raw} html",
    "# heading",
    "- item",
    "1. item",
    "% comment",
    "$x^{2}$",
    "&lt;script&gt;",
    "\\<script>",
    "a`b``c",
]
GRAMMAR = st.text(st.sampled_from("{}[]<>()|`$&#*_~!:%-+=\\/\"' \nab1.{raw}"), max_size=40)


def html(text: str) -> BeautifulSoup:
    made = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return BeautifulSoup(made, "html.parser")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_in_a_sentence_shows_its_letters_and_nothing_else(text: str) -> None:
    said = prose.render("In {{ name }} it was so.", Results(), page=True, name=text)
    page = html(said)
    assert page.get_text().strip() == f"In {escape.printable(text)} it was so."
    assert [t.name for t in page.find_all()] == ["p"]


@given(GRAMMAR)
def test_no_text_becomes_markup(text: str) -> None:
    page = html("x " + escape.markdown(text) + " y")
    assert " ".join(page.get_text().split()) == " ".join(f"x {escape.printable(text)} y".split())
    assert [t.name for t in page.find_all()] == ["p"]


@given(GRAMMAR)
def test_no_cell_leaves_its_table(text: str) -> None:
    made = table(pd.DataFrame({"place": [text], text + "?": ["1"]}))
    page = html(made)
    assert len(page.find_all("td")) == 2
    assert len(page.find_all("th")) == 2
    assert not page.find_all(["a", "img", "script", "em", "strong", "code", "pre"])


@given(GRAMMAR)
def test_a_code_span_holds_whatever_it_is_given(text: str) -> None:
    page = html("x " + escape.code(text) + " y")
    assert {t.name for t in page.find_all()} <= {"p", "code"}


def test_a_sentence_is_filled_once() -> None:
    assert "49" not in prose.render("{{ x }}", Results(), page=True, x="{{ 7 * 7 }}")
    assert "49" not in prose.render("{{ x }}", Results(), x="{{ 7 * 7 }}")


def test_a_template_reaches_no_python() -> None:
    from sevenpercent.errors import InputError

    with pytest.raises(InputError):
        prose.render("{{ ''.__class__.__mro__ }}", Results())


def test_the_site_substitutes_nothing() -> None:
    assert "substitution" not in (paths.ROOT / "_config.yml").read_text().split("parse:")[1]


def test_links_lead_to_the_web_only() -> None:
    assert html(escape.link("x", "javascript:alert(1)")).find("a") is None
    found = html(escape.link("x](y", "https://example.org/?a=<b>)")).find("a")
    assert found is not None
    assert found.get_text() == "x](y"
