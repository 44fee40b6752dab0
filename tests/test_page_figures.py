"""A figure on a page: its drawing in both sets of colours, its numbers, its links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from sevenpercent.run import page_figures
from sevenpercent.show import picture, style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of

PHONE = 336
"""Pixels that a figure has on a phone of 360."""

CELL = (
    '<div class="cell"><div class="cell_output"><img src="../_images/a.png" alt="Two bars."/></div>'
    '<details class="hide"><summary>Show</summary><div><pre>{}</pre></div></details></div>'
)
DATA = pd.DataFrame({"what": ["=one", "two"], "votes": [-22748.4, 0.25]})


def page_of(*calls: str) -> BeautifulSoup:
    cells = "".join(CELL.format(call) for call in calls)
    return BeautifulSoup(f"<article>{cells}</article>", "html.parser")


def drawn(title: str, subtitle: str, source: str) -> Figure:
    with style.applied():
        figure, (axes,) = frame.canvas(
            {"title": title, "subtitle": subtitle, "source": source}, 1.0
        )
        axes.set_axis_off()
        axes.text(0, 0, "<a> & b", fontsize=style.SMALL)
    return figure


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(picture, "display", lambda *args, **more: None)
    made = Picture(drawn, "one: 1; two: 2", DATA, "votes", "Agency")
    for folder in ("one", "two"):
        picture.show(made, "A title.", "A measure", folder=tmp_path / folder)
    plt.close("all")
    return tmp_path


def test_the_same_figure_gives_the_same_files(kept: Path) -> None:
    one, two = ({p.name: p.read_bytes() for p in (kept / n).iterdir()} for n in ("one", "two"))
    assert one == two
    assert sorted(Path(name).suffix for name in one) == [".csv", ".svg"]


def test_a_drawing_has_real_text_and_no_trace_of_its_day(kept: Path) -> None:
    svg = next((kept / "one").glob("*.svg")).read_text()
    assert "&lt;a&gt; &amp; b</text>" in svg
    assert "<title>A title.</title>" in svg
    assert not re.search(r"date|Matplotlib|20\d\d-", svg)
    width = float(re.findall(r'width="([\d.]+)pt"', svg)[0])
    sizes = [float(x) for x in re.findall(r"font-size: ([\d.]+)px", svg)]
    assert min(sizes) * PHONE / width >= 11


def test_the_numbers_say_unit_source_and_licence(kept: Path) -> None:
    lines = next((kept / "one").glob("*.csv")).read_text().splitlines()
    assert lines[:4] == ["# A title.", "# A measure", "# Unit: votes", "# one: 1; two: 2"]
    assert lines[4:6] == ["# Source: Agency", f"# Licence: {picture.LICENCE}"]
    assert lines[6:8] == ["what,votes", "'=one,-22748.4"]


def test_a_table_of_a_figure_leaves_out_what_is_empty() -> None:
    rows: list[dict[str, Any]] = [{"a": 1, "b": "", "c": None}, {"a": 2, "b": "", "c": None}]
    assert list(table_of(rows)) == ["a"]
    assert table_of(pd.DataFrame(rows), a="first").to_dict("list") == {"first": [1, 2]}


def test_a_dark_drawing_knows_every_colour_of_the_book() -> None:
    colours = [style.INK, style.MUTED, style.GRID, style.FILL, style.ELECTRONIC, style.PAPER]
    for colour in colours:
        assert style.dark(f"fill: {colour.lower()}") != f"fill: {colour.lower()}"
    assert style.dark('id="p7b3294aa"') == 'id="p7b3294aa"'


def test_each_figure_has_its_links_and_a_place_that_outlives_new_cells(tmp_path: Path) -> None:
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "gap.csv").write_text("x")
    page = page_of("of_two_bars(x, y)", "show.of_two_bars(z)")
    page_figures.dress(page, tmp_path, "chapters/gap")
    assert [i["id"] for i in page.select("img")] == ["figure-two-bars", "figure-two-bars-2"]
    links = {a.get_text(): str(a["href"]) for a in page.select(".figure-links")[1].find_all("a")}
    assert links == {
        "Data": "../numbers/gap.csv",
        "PNG": "../_images/a.png",
        "Code": "#figure-two-bars-2-code",
        "Link": "#figure-two-bars-2",
    }
    assert page.select("details #figure-two-bars-2-code")
    alone = page_of("of_two_bars(z)")
    page_figures.dress(alone, tmp_path, "chapters/polls")
    assert "Data" not in alone.select(".figure-links")[0].get_text()


def test_a_drawn_figure_stands_in_both_colours_with_its_numbers(kept: Path) -> None:
    images = kept / "_images"
    images.mkdir()
    name = next((kept / "one").glob("*.svg")).stem
    (images / f"{name}.png").write_bytes(b"\x89PNG....----IHDR\x00\x00\x03\x00\x00\x00\x01\x00")
    page_figures.copy([kept / "one", kept / "none"], images)
    page = page_of("of_bars(x)")
    for image in page.select("img"):
        image["src"] = f"../_images/{name}.png"
    page_figures.dress(page, kept, "chapters/gap")
    light, dark = page.select("img")
    assert (light["src"], light["class"]) == (f"../_images/{name}.svg", "figure-light")
    assert (dark["src"], dark["class"]) == (f"../_images/{name}-dark.svg", "figure-dark")
    assert light["alt"] == dark["alt"] == "Two bars."
    assert light["width"] == dark["width"] == "768"
    assert "id" not in dark.attrs
    assert [a.get_text() for a in page.select(".figure-links a")] == [
        "Data",
        "SVG",
        "PNG",
        "Code",
        "Link",
    ]
    cells = [c.get_text() for c in page.select(".figure-numbers tbody td")]
    assert cells == ["=one", "−22,748", "two", "0.25"]
    for image in (light, dark):
        assert (kept / str(image["src"]).removeprefix("../")).is_file()


def test_many_numbers_are_only_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("# T\na\n" + "1\n" * (page_figures.MOST_ROWS + 1))
    told = page_figures.numbers(page_of(), path)
    assert not told.find("table")
    assert "81 rows" in told.get_text()


def test_no_text_of_a_figure_is_too_small_for_a_phone(book: Path) -> None:
    drawings = sorted((book / "_images").glob("*.svg"))
    assert drawings
    for path in drawings:
        svg = path.read_text(encoding="utf-8")
        width = float(re.findall(r'width="([\d.]+)pt"', svg)[0])
        sizes = [float(x) for x in re.findall(r"font-size: ([\d.]+)px", svg)]
        assert min(sizes) * PHONE / width >= 11, svg[:400]
        assert "<image" not in svg
