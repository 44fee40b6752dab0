"""Nothing on a page shuts anybody out, as far as axe-core can tell: both colours, desk and phone.

``axe-4.10.3.min.js.gz`` is axe-core of Deque Systems (MPL 2.0), as npm has it, packed.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import few
from playwright.sync_api import Page
from test_pages import PAGES, SIZES, View, browser, shown, view

__all__ = ["browser", "view"]

pytestmark = pytest.mark.browser

PACKED = Path(__file__).with_name("axe-4.10.3.min.js.gz")
HASH = "880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb"
SHORT = (PAGES[0], "chapters/recount.html")
OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true; })"
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')}`)"""


@pytest.fixture(scope="module")
def axe() -> str:
    script = gzip.decompress(PACKED.read_bytes())
    assert hashlib.sha256(script).hexdigest() == HASH
    return script.decode("utf-8")


@pytest.fixture
def page(view: View, request: pytest.FixtureRequest) -> Iterator[Page]:
    size, colours = request.param
    # What fades in has little contrast while it does.
    with shown(view(*SIZES[size], color_scheme=colours, reduced_motion="reduce")) as page:
        yield page


def findings(page: Page, axe: str, address: Path) -> list[str]:
    page.goto(address.resolve().as_uri(), wait_until="load")
    page.evaluate(OPEN)
    page.evaluate(axe)
    found: list[str] = page.evaluate(RUN)
    return found


VIEWS = [(size, colours) for size in SIZES for colours in ("light", "dark")]
FIRST = few(1, reversed(VIEWS))
"""A phone in the dark; the others in ``make test-all``."""


@pytest.mark.parametrize("page", FIRST, indirect=True, ids=str)
def test_two_pages_shut_nobody_out(page: Page, axe: str, book: Path) -> None:
    for name in SHORT:
        assert findings(page, axe, book / name) == [], name


@pytest.mark.slow
@pytest.mark.parametrize("page", VIEWS, indirect=True, ids=str)
@pytest.mark.parametrize("name", [p for p in PAGES if p not in SHORT])
def test_no_page_shuts_anybody_out(page: Page, name: str, axe: str, book: Path) -> None:
    assert findings(page, axe, book / name) == []
