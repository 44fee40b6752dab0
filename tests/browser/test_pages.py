"""Every page in a real browser, on a desk and on a phone: no error, no request, nothing too wide."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sevenpercent.model import scenario

pytestmark = pytest.mark.browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
MORE = ("pages/glossary.html", "pages/changes.html", "pages/licence.html", "search.html")
CHAPTERS = sorted(scenario.load().chapters, key=lambda name: name != "index")
PAGES = [*(f"chapters/{name}.html" for name in CHAPTERS), *MORE]
"""The first page is the first of them."""

TOO_WIDE = """() => {
  const limit = document.documentElement.clientWidth;
  const scrolls = e => { for (let p = e; p; p = p.parentElement) {
    const s = getComputedStyle(p);
    if (/auto|scroll|hidden/.test(s.overflowX) && p !== document.body
        && p !== document.documentElement) return true; } return false; };
  return [...document.querySelectorAll('main *')].filter(e => {
    const r = e.getBoundingClientRect();
    return r.width > 0 && r.right > limit + 1 && !scrolls(e);
  }).map(e => e.tagName + '.' + e.className).slice(0, 5);
}"""


OVERFLOWS = """() => [...document.querySelectorAll('.table-box')]
  .filter(e => !e.closest('details') && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.innerText.slice(0, 80))"""
"""Tables of which a column is out of sight."""


def executable() -> str | None:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (str(MAC) if MAC.exists() else None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = executable()
    if path is None:
        if os.environ.get("SEVENPERCENT_BROWSER") == "required":
            pytest.fail("no Chromium here, but this run requires one")
        pytest.skip("no Chromium on this machine: the pages are not opened in a browser")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


View = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def view(browser: Browser, book: Path) -> View:
    """One context for each way to look; its first page stays open, as the next opens far sooner."""

    @cache
    def looked(width: int, height: int, *, whose: str = "", **how: Any) -> BrowserContext:
        size: Any = {"width": width, "height": height}
        context = browser.new_context(viewport=size, has_touch=width < 600, **how)
        context.set_default_timeout(20_000)
        context.new_page().goto((book / PAGES[-2]).resolve().as_uri())
        return context

    return looked


@contextmanager
def shown(context: BrowserContext) -> Iterator[Page]:
    """A page of its own for a test; what the site keeps for its reader is forgotten after it."""
    page = context.new_page()
    yield page
    page.close()
    context.pages[0].evaluate("localStorage.clear()")


@pytest.fixture
def page(view: View, request: pytest.FixtureRequest) -> Iterator[Page]:
    with shown(view(*SIZES[request.param])) as page:
        yield page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_a_page_opens_without_error_request_overflow_or_hidden_column(
    page: Page, name: str, book: Path
) -> None:
    troubles: list[str] = []
    page.on("pageerror", lambda e: troubles.append(f"script error: {e}"))
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else troubles.append(r.url),
    )
    page.on("requestfailed", lambda r: troubles.append(f"failed: {r.url}"))
    page.goto((book / name).resolve().as_uri(), wait_until="load")
    assert troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(OVERFLOWS) == []


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_the_menu_opens_on_a_phone(page: Page, book: Path) -> None:
    page.goto((book / PAGES[0]).resolve().as_uri())
    page.locator("button.primary-toggle").click()
    page.locator("dialog#pst-primary-sidebar-modal[open]").wait_for()
    assert page.locator("dialog a.reference", has_text=" ").first.is_visible()


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_the_contents_open_on_a_phone(page: Page, book: Path) -> None:
    page.goto((book / PAGES[0]).resolve().as_uri())
    page.locator("button.secondary-toggle").click()
    page.locator("dialog#pst-secondary-sidebar-modal[open]").wait_for()


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_colours_can_be_changed(page: Page, book: Path) -> None:
    page.goto((book / PAGES[0]).resolve().as_uri())
    before = page.evaluate("document.documentElement.dataset.mode")
    page.locator("button.theme-switch-button").click()
    assert page.evaluate("document.documentElement.dataset.mode") != before


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_search_opens_and_closes_by_key(page: Page, book: Path) -> None:
    page.goto((book / PAGES[0]).resolve().as_uri())
    field = page.locator("#pst-search-dialog input")
    for shown in (True, False):
        page.keyboard.press("Control+k")
        assert field.is_visible() is shown
    page.locator(".search-button__button").first.click()
    field.fill("Stein")
    field.press("Enter")
    page.wait_for_url("**/search.html?q=Stein")


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_the_downloads_open_within_the_page_and_close(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    button, menu = page.locator("[data-bs-toggle=dropdown]"), page.locator(".dropdown-menu")
    button.click()
    box = menu.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= page.evaluate("innerWidth") - box["width"]
    assert button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    page.mouse.move(300, 500)  # the theme shows it to whoever points at it
    assert not menu.is_visible()
    button.click()
    page.locator("h1").click()
    assert not menu.is_visible()


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_a_part_chosen_in_the_contents_closes_them(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    page.locator("button.secondary-toggle").click()
    page.locator("dialog[open] a", has_text="How").last.click()
    page.wait_for_function("!document.querySelector('dialog[open]')")
    assert page.evaluate("location.hash.length > 1 && scrollY > 500")


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_method_is_folded_and_printed(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    words = page.locator("#how details.method p").first
    assert not words.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert words.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not words.is_visible()


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_part_being_read_is_marked_in_the_contents(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    part = page.locator("#pst-page-toc-nav a").nth(2)
    part.click()
    page.wait_for_function(
        "e => e.getAttribute('aria-current') === 'true'", arg=part.element_handle()
    )


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_entry_page_leads_to_the_first_chapter(page: Page, book: Path) -> None:
    page.goto((book / "index.html").resolve().as_uri())
    page.wait_for_url("**/chapters/index.html")
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_the_first_page_shows_claim_and_verdict_without_scrolling(page: Page, book: Path) -> None:
    page.goto((book / PAGES[0]).resolve().as_uri())
    said = page.locator("article strong")
    for words in (said.first, said.filter(has_text="The claim").first):
        box = words.bounding_box()
        assert box is not None
        assert 0 < box["y"] < SIZES["phone"][1]


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.parametrize("name", [PAGES[0], "chapters/claims.html", "pages/licence.html"])
def test_the_current_page_is_in_view_in_the_menu(page: Page, name: str, book: Path) -> None:
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"], "height": 420})
    page.goto((book / name).resolve().as_uri(), wait_until="load")
    if size["width"] < 600:
        page.locator("button.primary-toggle").click()
    link = page.locator(".bd-links li.current > a").first
    box = link.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 420 - box["height"]


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_on_paper_the_heading_stands_and_nothing_scrolls(page: Page, book: Path) -> None:
    page.emulate_media(media="print")
    for name in ("chapters/recount.html", "pages/licence.html"):
        page.goto((book / name).resolve().as_uri())
        assert page.locator("article h1").is_visible()
        assert page.locator(".figure-links:visible").count() == 0
        assert page.locator(".table-box:visible").first.is_visible()
        boxes = "[...document.querySelectorAll('.table-box.long')]"
        heights = f"() => {boxes}.map(e => e.scrollHeight - e.clientHeight)"
        assert all(left <= 1 for left in page.evaluate(heights))


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
@pytest.mark.parametrize("folder", ["", "chapters/", "pages/", "numbers/deep/"])
def test_the_page_for_lost_addresses_leads_back_from_any_folder(
    page: Page, folder: str, book: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(book.resolve(), site, copy_function=os.symlink)
    (site / folder).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(site / "404.html", site / folder / "gone.html")
    page.goto((site / folder / "gone.html").as_uri())
    page.locator("a").click()
    page.wait_for_url((site / PAGES[0]).as_uri())


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_keyboard_shows_what_a_term_means(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    term = page.locator("a.term").first
    shown = "e => getComputedStyle(e, '::after').content"
    assert term.evaluate(shown) == "none"
    page.keyboard.press("Tab")  # the browser shows focus only to those who use the keyboard
    term.focus()
    assert (term.get_attribute("title") or "?") in term.evaluate(shown)


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_code_of_a_figure_opens_where_its_link_leads(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    link = page.locator(".figure-links a", has_text="Code").first
    place = page.locator(link.get_attribute("href") or "?")
    assert not place.is_visible()
    link.click()
    assert place.is_visible()


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
@pytest.mark.parametrize("asked", ["30,000", "30000", "Stein", "Russia"])
def test_the_search_finds_numbers_and_names(page: Page, asked: str, book: Path) -> None:
    page.goto((book / "search.html").resolve().as_uri() + f"?q={asked}")
    page.locator("#search-results ul.search li").first.wait_for()
    assert page.locator("#search-results ul.search li").count() >= 1


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_what_was_found_is_marked_where_it_stands_until_escape(page: Page, book: Path) -> None:
    page.goto((book / "search.html").resolve().as_uri() + "?q=30,000")
    page.locator("#search-results ul.search a").first.click()
    marked = "[...CSS.highlights.get('found') ?? []].map(r => r.toString())"
    page.wait_for_function(f"{marked}.includes('30,000')")
    assert set(page.evaluate(marked)) <= {"30,000", "30000"}
    page.keyboard.press("Escape")
    assert page.evaluate(marked) == []


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_a_page_is_printed_and_its_code_copied_by_button(page: Page, book: Path) -> None:
    page.add_init_script(
        "window.print = () => { window.printed = true; };"
        "Object.defineProperty(navigator, 'clipboard', { value: {"
        " writeText: async text => { window.copied = text; } } });"
    )
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    page.locator("[data-bs-toggle=dropdown]").click()
    page.locator("[data-print]").first.click()
    assert page.evaluate("window.printed") is True
    page.locator("article details.hide > summary").first.click()
    copy = page.locator("article button.copy:visible").first
    copy.click()
    page.get_by_role("button", name="Copied").first.wait_for()
    code = page.locator("article div.highlight:has(button.copy) pre").first.inner_text()
    assert page.evaluate("window.copied") == code


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_wide_code_is_reached_by_keyboard_once_it_is_unfolded(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    page.locator("article details.hide > summary").first.click()
    page.locator("article details[open] pre[tabindex='0']").first.wait_for()
    wide = "e => e.checkVisibility() && e.scrollWidth > e.clientWidth && e.tabIndex < 0"
    assert (
        page.evaluate(f"[...document.querySelectorAll('article pre')].filter({wide}).length") == 0
    )


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_the_colours_of_a_figure_follow_the_page(page: Page, book: Path) -> None:
    page.goto((book / "chapters/recount.html").resolve().as_uri())
    for mode, shown, hidden in (("light", "light", "dark"), ("dark", "dark", "light")):
        page.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
        assert page.locator(f"img.figure-{shown}").first.is_visible()
        assert not page.locator(f"img.figure-{hidden}").first.is_visible()


@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_a_table_is_sorted_by_keyboard_and_filtered(page: Page, book: Path) -> None:
    page.goto((book / "chapters/calendar.html").resolve().as_uri())
    table = page.locator(".table-box.long:not(details *)").first
    head = table.locator("thead th button").last
    column = "t => [...t.querySelectorAll('tbody tr')].map(r => r.lastElementChild.textContent)"
    before = table.evaluate(column)
    for _ in range(2):
        head.focus()
        page.keyboard.press("Enter")
    assert head.locator("xpath=..").get_attribute("aria-sort") == "descending"
    after = table.evaluate(column)
    assert sorted(after) == sorted(before)
    assert after != before
    page.locator(".table-filter:not(details *) input").first.fill("no row holds this")
    assert table.locator("tbody tr:visible").count() == 0


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_nothing_of_a_tooltip_stays_on_a_phone(page: Page, book: Path) -> None:
    page.goto((book / PAGES[0]).resolve().as_uri())
    page.locator("button.theme-switch-button").tap()
    page.wait_for_timeout(300)
    assert page.locator(".tooltip").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("page", ["desktop"], indirect=True)
def test_on_a_sheet_of_paper_no_table_or_figure_is_cut(page: Page, book: Path) -> None:
    page.set_viewport_size({"width": 672, "height": 980})  # A4 within its margins
    page.emulate_media(media="print")
    for name in PAGES[:-1]:
        page.goto((book / name).resolve().as_uri())
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        wide = "b => b.checkVisibility() && b.scrollWidth > b.clientWidth + 1"
        boxes = "[...document.querySelectorAll('article .table-box')]"
        assert page.evaluate(f"{boxes}.filter({wide}).map(b => b.innerText.slice(0, 60))") == [], (
            name
        )
        high = "i => i.checkVisibility() && i.getBoundingClientRect().height > 980"
        assert (
            page.evaluate(f"[...document.querySelectorAll('article img')].filter({high}).length")
            == 0
        )
        kept = "i => !i.checkVisibility() || getComputedStyle(i).breakInside === 'avoid'"
        assert page.evaluate(f"[...document.querySelectorAll('article img')].every({kept})"), name
