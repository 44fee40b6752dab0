"""Repairs to finished pages."""

from __future__ import annotations

from bs4 import BeautifulSoup

from sevenpercent.run import pages

CODE = '<div class="cell"><div class="cell_input"><pre>x = 1</pre></div></div>'
SHOWN = (
    '<div class="cell"><div class="cell_input"><pre>x</pre></div>'
    '<div class="cell_output">{}</div></div>'
)


def page(*sections: tuple[str, str]) -> BeautifulSoup:
    links = "".join(f'<li><a href="#{name}">{name}</a></li>' for name, _ in sections)
    parts = "".join(f'<section id="{n}"><h2>{n}</h2>{body}</section>' for n, body in sections)
    return BeautifulSoup(
        f"<html><body><nav><ul>{links}</ul></nav><article><section id='top'><h1>T</h1>{parts}"
        "</section></article></body></html>",
        "html.parser",
    )


def test_a_heading_with_nothing_below_it_is_left_out_with_its_link() -> None:
    made = page(
        ("code", CODE),
        ("silent", SHOWN.format("<p> </p>")),
        ("said", SHOWN.format("<p>A sentence.</p>")),
        ("drawn", SHOWN.format('<img src="x.png" alt="x"/>')),
        ("written", "<p>Plain text.</p>"),
    )
    pages.repair(made)
    assert [h.get_text() for h in made.find_all("h2")] == ["said", "drawn", "written"]
    assert [a.get_text() for a in made.select("nav a")] == ["said", "drawn", "written"]
    assert made.find("h1") is not None


def test_steps_that_follow_one_another_open_together() -> None:
    step = (
        '<div class="cell tag_hide-cell"><details class="above-input"><summary>Show</summary>'
        '<div class="cell_input">{}</div></details></div>'
    )
    page = BeautifulSoup(
        f"<article>{step.format(1)}{step.format(2)}<p>x</p>{step.format(3)}</article>",
        "html.parser",
    )
    pages.repair(page)
    found = [d.get_text() for d in page.select("details")]
    assert found == ["Show12", "Show3"]
