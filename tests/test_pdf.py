"""The book as one file: every page in it, links within it, nothing that paper cannot show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from sevenpercent.errors import InputError
from sevenpercent.run import pdf, verify


@pytest.mark.slow
def test_all_pages_stand_in_one_with_links_within_it(book: Path) -> None:
    page = BeautifulSoup(pdf.whole(book), "html.parser")
    names = [name for name, _ in pdf.pages(book)]
    assert (
        len(names)
        == len({*names})
        == len([*book.glob("chapters/*.html"), *book.glob("pages/*.html")])
    )
    assert [str(s["id"]) for s in page.select(".printed[id]")] == [pdf.place(n) for n in names]
    places = [str(t["id"]) for t in page.select("[id]")]
    assert len(places) == len(set(places))
    links = [str(a["href"]) for a in page.select("a[href]")]
    assert {a for a in links if not a.startswith(("#", "http"))} == set()
    assert {a[1:] for a in links if a.startswith("#")} <= set(places)
    for image in page.select("img"):
        assert (book / str(image["src"])).is_file()
        assert "loading" not in image.attrs  # a picture that waits to be seen is not printed
    assert page.select("script, button, details.hide, details:not([open]), .figure-dark") == []
    assert all((book / str(s["href"])).is_file() for s in page.select("link[rel=stylesheet]"))


def test_without_a_browser_one_is_asked_for(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(InputError, match="no Chromium"):
        pdf.make(book)
    assert not (book / pdf.FILE).exists()


@pytest.mark.slow
@pytest.mark.browser
def test_the_printed_book_is_linked_from_its_pages(book: Path, tmp_path: Path) -> None:
    if not any(shutil.which(name) for name in (*pdf.NAMES, pdf.MAC)):
        pytest.skip("no Chromium on this machine")
    html = tmp_path / "html"
    shutil.copytree(book, html)
    before = verify._read(html / verify.NAME)["pages"]
    made = pdf.make(html).read_bytes()
    assert made.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", made)) > 60
    pdf.make(html)  # a second time, nothing is linked twice
    for name, page in pdf.pages(html):
        [link] = page.find_all("a", string="PDF of the book")
        assert (html / name).parent.joinpath(str(link["href"])).resolve() == (
            html / pdf.FILE
        ).resolve()
    assert not (html / pdf.PRINTED).exists()
    after = verify._read(html / verify.NAME)["pages"]
    assert after == verify._files(html)
    assert set(after) - set(before) == {pdf.FILE}
