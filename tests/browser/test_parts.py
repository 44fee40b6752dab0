"""Parts that a reader can turn, in a real browser: keyboard, touch, links, Back, no script, no inline script."""

# ruff: noqa: F401, F811 - fixtures are imported, and given by their names
from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import few
from playwright.sync_api import Page
from test_pages import SIZES, TOO_WIDE, View, browser, page, shown, view

pytestmark = pytest.mark.browser

PARTS = {
    "electors": "chapters/electoral.html",
    "ledger": "chapters/claims.html",
    "specs": "chapters/multiverse.html",
    "counties": "chapters/data.html",
    "towns": "chapters/municipalities.html",
}
STATUS = ".explore [role=status]"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)
BOTH = pytest.mark.parametrize("page", few(1, reversed(SIZES)), indirect=True)
"""A phone in ``make test``, a desktop too in ``make test-all``."""
DESK = pytest.mark.parametrize("page", ["desktop"], indirect=True)
PHONE = pytest.mark.parametrize("page", ["phone"], indirect=True)


def opened(page: Page, book: Path, kind: str, view: str = "") -> list[str]:
    """Open the page of a part; what goes wrong is listed as it happens."""
    troubles: list[str] = []
    page.on("pageerror", lambda e: troubles.append(str(e)))
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.goto((book / PARTS[kind]).resolve().as_uri() + view)
    ready(page, kind)
    return troubles


def ready(page: Page, kind: str) -> None:
    """Go near a part, which builds it, and wait until it stands."""
    page.locator(f"#{kind}").evaluate("part => part.scrollIntoView()")
    page.locator(f"#{kind}[data-ready]").wait_for()


def said(page: Page, words: str) -> None:
    page.locator(STATUS, has_text=words).wait_for()


SIGNS = {
    "near": "document.getElementById('specs').scrollIntoView()",
    "key": "dispatchEvent(new KeyboardEvent('keydown', {key: 'Tab'}))",
    "link": "document.querySelector('#pst-page-toc-nav a').click()",
    "print": "dispatchEvent(new Event('beforeprint'))",
    "address": "location.hash = 'specs'",
}


@PHONE
@pytest.mark.parametrize("sign", SIGNS)
def test_a_part_is_built_when_somebody_comes_for_it_and_not_before(
    page: Page, book: Path, sign: str
) -> None:
    page.goto((book / PARTS["specs"]).resolve().as_uri(), wait_until="load")
    page.wait_for_timeout(200)
    part = page.locator("#specs")
    assert part.get_attribute("data-ready") is None
    page.evaluate(SIGNS[sign])
    page.wait_for_function("'ready' in document.getElementById('specs').dataset", timeout=3_000)
    if sign == "near":
        page.evaluate("document.documentElement.scrollTop = 1e6")
        below = page.evaluate("scrollY")
        page.reload(wait_until="load")
        page.wait_for_function(f"Math.abs(scrollY - {below}) < 2", timeout=3_000)


@pytest.mark.slow
@PHONE
def test_a_part_is_built_at_last_for_those_who_do_nothing(page: Page, book: Path) -> None:
    page.goto((book / PARTS["specs"]).resolve().as_uri(), wait_until="load")
    page.locator("#specs[data-ready]").wait_for()


@BOTH
@pytest.mark.parametrize("kind", PARTS)
def test_a_part_fits_its_page_with_controls_large_enough_to_touch(
    page: Page, book: Path, kind: str
) -> None:
    troubles = opened(page, book, kind)
    assert page.evaluate(TOO_WIDE) == []
    assert page.locator(f"#{kind} [role=status]").count() == 1
    controls = "button, label, summary, input[type=number], input[type=search], select"
    heights = f"""[...document.querySelectorAll('#{kind} :is({controls})')]
      .filter(e => e.offsetHeight).map(e => e.offsetHeight)"""
    assert min(page.evaluate(heights)) >= 44
    assert troubles == []


@DESK
def test_states_change_sides_by_keyboard_and_focus_stays(page: Page, book: Path) -> None:
    opened(page, book, "electors")
    said(page, "Trump is elected, with 290 electoral votes to 232")
    page.locator("[name=mi][value=open]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.name + document.activeElement.value") == "miharmed"
    page.locator("[name=pa]:checked").focus()
    page.keyboard.press("ArrowUp")
    said(page, "Trump is elected, with 270 electoral votes to 268")
    page.locator("[name=electors][value=cast]").check()
    said(page, "Nobody has the 270 electoral votes")
    page.locator("[name=wi][value=harmed]").check()
    said(page, "Clinton is elected, with 273 electoral votes to 258")


@DESK
def test_a_copied_link_back_and_reset(page: Page, book: Path, view: View) -> None:
    opened(page, book, "electors")
    start = page.url
    page.locator("[name=pa][value=harmed]").check()
    page.locator("[name=wi][value=harmed]").check()
    said(page, "Wisconsin, Pennsylvania")
    link = page.url
    assert "v=1" in link
    with shown(view(*SIZES["desktop"], whose="somebody else's")) as again:
        opened(again, book, "electors", link[link.index("?") :])
        assert again.locator("[name=wi][value=harmed]").is_checked()
        assert again.locator(STATUS).inner_text() == page.locator(STATUS).inner_text()
    page.go_back()
    assert page.locator("[name=wi][value=favoured]").is_checked()
    assert page.locator("[name=pa][value=harmed]").is_checked()
    page.go_back()
    assert page.url == start
    page.go_forward()
    page.locator("button", has_text="Start again").click()
    assert page.locator("[name=pa][value=favoured]").is_checked()
    assert "?" not in page.url


@DESK
def test_own_electors_are_held_within_the_pledged_and_typing_makes_no_history(
    page: Page, book: Path
) -> None:
    opened(page, book, "electors")
    before = page.evaluate("history.length")
    page.locator("input[type=number]").first.press_sequentially("999")
    assert page.evaluate("history.length") == before
    page.keyboard.press("Tab")
    assert page.evaluate("history.length") == before + 1
    assert page.locator("input[type=number]").first.input_value() == "232"
    assert "Cast: Clinton 0" in page.locator(".explore-totals").inner_text()


@DESK
def test_a_link_that_is_not_understood_says_so_and_shows_the_start(page: Page, book: Path) -> None:
    opened(page, book, "electors", "?v=1&wi=nobody&pa=harmed")
    assert "wi" in page.locator(".explore-notice").inner_text()
    assert page.locator("[name=pa][value=harmed]").is_checked()
    opened(page, book, "specs", "?v=1&split=nothing&spec=no.such#specs")
    assert "split, spec" in page.locator(".explore-notice").inner_text()
    opened(page, book, "electors", "?v=9&pa=harmed")
    assert "another version" in page.locator(".explore-notice").inner_text()
    assert page.locator("[name=pa][value=favoured]").is_checked()


@BOTH
def test_claims_are_filtered_and_each_has_its_address_and_report(page: Page, book: Path) -> None:
    opened(page, book, "ledger")
    every = page.locator(".claim").count()
    page.locator("#ledger").get_by_label("Verdict").select_option("does_not_hold")
    shown = page.locator(".claim:visible")
    assert 0 < shown.count() < every
    said(page, f"{shown.count()} of {every} claims")
    assert all("does not hold" in text for text in shown.locator("strong").all_inner_texts())
    opened(page, book, "ledger", "#wi-seven-percent")
    claim = page.locator("#wi-seven-percent")
    assert claim.locator("a[href^='https://nymag.com']").is_visible()
    assert claim.locator("h3 a").get_attribute("href") == "#wi-seven-percent"
    page.go_back()
    assert page.locator("#ledger").get_by_label("Verdict").input_value() == "does_not_hold"


@BOTH
def test_the_worst_specification_is_one_click_away_and_arrow_keys_step(
    page: Page, book: Path, view: View
) -> None:
    opened(page, book, "specs")
    whole = page.locator("#specs > p").nth(1).inner_text()
    page.get_by_role("button", name="Worst for the verdict").click()
    panel = page.locator(".explore-panel")
    assert "papermill chapters/multiverse.ipynb" in panel.inner_text()
    said(page, "Specification")
    with shown(view(*SIZES["desktop"], whose="somebody else's")) as again:
        opened(again, book, "specs", page.url[page.url.index("?") :])
        assert again.locator(".explore-panel").inner_text() == panel.inner_text()
    chart = page.get_by_role("slider")
    chart.focus()
    for key, rank in (("Home", "1"), ("ArrowRight", "2"), ("ArrowRight", "3"), ("ArrowLeft", "2")):
        page.keyboard.press(key)
        said(page, f"Specification {rank} of")
    first = page.locator(".explore-choice input").first
    first.uncheck()
    said(page, "Specification")
    page.locator(".explore-choice").first.get_by_role("button").click()
    assert "split=" in page.url
    page.go_back()
    assert "split=" not in page.url
    assert page.locator("#specs > p").nth(1).inner_text() == whole
    assert not page.locator(".explore-choice input").first.is_checked()


@PHONE
def test_no_label_of_a_choice_is_cut_off_and_a_tap_chooses(page: Page, book: Path) -> None:
    opened(page, book, "specs")
    cut = """[...document.querySelectorAll('#specs label, #specs legend, #specs button')]
      .filter(e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth)
      .map(e => e.textContent)"""
    assert page.evaluate(cut) == []
    page.get_by_role("slider").tap()
    assert page.locator(".explore-panel code").first.is_visible()


@DESK
def test_a_county_is_found_and_the_map_walked_by_keyboard(page: Page, book: Path) -> None:
    opened(page, book, "counties")
    page.locator("#counties").get_by_label("Search").fill("dane")
    page.keyboard.press("Tab")
    said(page, "1 of")
    page.locator("#counties tbody button").click()
    panel = page.locator("#county")
    assert panel.locator("h3").inner_text() == "Dane, WI"
    assert panel.locator("a[href^='https://']").is_visible()
    assert "county=55025" in page.url
    page.get_by_role("button", name="Start again").click()
    chart = page.get_by_role("application")
    chart.focus()
    for key in ("Home", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    name = panel.locator("h3").inner_text()
    said(page, name)
    page.keyboard.press("Escape")
    assert panel.locator("h3").count() == 0
    page.go_back()
    assert panel.locator("h3").inner_text() == name


@PHONE
def test_a_tap_on_the_map_pins_a_county(page: Page, book: Path) -> None:
    opened(page, book, "counties", "?v=1&state=WI#counties")
    page.locator(".explore-map path[data-i]:not(.dim):not(.hatch)").first.tap(force=True)
    assert page.locator("#county h3").is_visible()


@PHONE
def test_a_tap_beside_a_small_county_pins_it_and_offers_its_neighbours(
    page: Page, book: Path
) -> None:
    opened(page, book, "counties")
    chart = page.get_by_role("application")
    chart.scroll_into_view_if_needed()
    areas = page.locator(".explore-map path[data-i]:not(.hatch)")
    sizes = (
        "all => all.map(a => { const b = a.getBoundingClientRect(); return b.width * b.height; })"
    )
    found = areas.evaluate_all(sizes)
    small = areas.nth(min((size, i) for i, size in enumerate(found) if size)[1])
    box = small.bounding_box()
    assert box is not None
    assert max(box["width"], box["height"]) < 44
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    panel = page.locator("#county")
    first = panel.locator("h3").inner_text()
    beside = panel.locator("h3 + .explore-tools button").first
    name, size = beside.inner_text(), beside.bounding_box()
    assert size is not None
    assert size["height"] >= 44
    beside.tap()
    assert panel.locator("h3").inner_text().startswith(f"{name}, ")
    assert panel.locator("h3").inner_text() != first
    page.go_back()
    assert panel.locator("h3").inner_text() == first


@pytest.mark.slow
@pytest.mark.parametrize("kind", PARTS)
def test_without_scripts_the_tables_are_there(view: View, book: Path, kind: str) -> None:
    with shown(view(*SIZES["desktop"], java_script_enabled=False)) as page:
        page.goto((book / PARTS[kind]).resolve().as_uri())
        assert page.locator(f"#{kind} :is(button, input)").count() == 0
        assert page.locator("article :is(.table-box, .claim):not(details *)").first.is_visible()


class Strict(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(book: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.mark.slow
@DESK
@pytest.mark.parametrize("kind", PARTS)
def test_a_server_may_forbid_inline_scripts_and_eval(page: Page, served: str, kind: str) -> None:
    troubles: list[str] = []
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.goto(served + PARTS[kind])
    ready(page, kind)
    assert [t for t in troubles if "favicon" not in t] == []
