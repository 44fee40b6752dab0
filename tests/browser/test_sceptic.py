"""As a sceptic goes about it: by keyboard alone, by tap, at 400 % zoom, in books of any size."""

# ruff: noqa: F401, F811 - fixtures are imported, and given by their names
from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from test_axe import RUN, axe
from test_pages import SIZES, TOO_WIDE, View, browser, page, shown, view
from test_parts import BOTH, DESK, PARTS, PHONE, opened, said

from sevenpercent import paths

pytestmark = pytest.mark.browser

A_MINUTE = 60
"""Presses of a key: one a second, which leaves time to look."""

FOCUS = """() => { const e = document.activeElement;
  return [e.tagName, e.textContent.trim() || e.name || '', e.getAttribute('href') || '']; }"""


def press_until(page: Page, fits: Callable[[list[str]], bool], key: str = "Tab") -> int:
    """How many presses lead to what fits, pressed with Enter."""
    for n in range(1, A_MINUTE + 1):
        page.keyboard.press(key)
        if fits(page.evaluate(FOCUS)):
            page.keyboard.press("Enter")
            return n + 1
    raise AssertionError(f"not reached in {A_MINUTE} presses: {page.evaluate(FOCUS)}")


def from_the_first_page(page: Page, book: Path, place: str) -> int:
    """Go there by keyboard from the first page; how many presses it took."""
    page.goto((book / "chapters/index.html").resolve().as_uri())
    page.locator("article h1").wait_for()
    presses = press_until(page, lambda f: "Skip to main" in f[1])
    presses += press_until(page, lambda f: f[2].endswith(place))
    page.wait_for_url(f"**/{place}")
    page.locator(".explore[data-ready]").wait_for()
    return presses


def same_when_sent(page: Page, view: View, part: str) -> None:
    """The address, opened by somebody else, shows the same."""
    size = page.viewport_size
    assert size is not None
    with shown(view(size["width"], size["height"], whose="somebody else's")) as again:
        again.goto(page.url)
        again.locator(f"{part}[data-ready]").wait_for()
        assert again.locator(part).inner_text() == page.locator(part).inner_text()


@pytest.mark.slow
@BOTH
def test_the_worst_specification_is_reached_by_keyboard_within_a_minute(
    page: Page, book: Path, view: View
) -> None:
    presses = from_the_first_page(page, book, "multiverse.html#turn-every-choice-yourself")
    presses += press_until(page, lambda f: f[1] == "Worst for the verdict")
    assert presses <= A_MINUTE
    said(page, "Specification")
    assert "papermill" in page.locator(".explore-panel").inner_text()
    same_when_sent(page, view, "#specs")


@pytest.mark.slow
@BOTH
def test_the_source_of_a_county_is_reached_by_keyboard_within_a_minute(
    page: Page, book: Path, view: View
) -> None:
    presses = from_the_first_page(page, book, "data.html#every-county")
    presses += press_until(page, lambda f: f[1] == "q") - 1
    page.keyboard.type("waukesha")
    page.keyboard.press("Enter")
    presses += len("waukesha") + 1
    said(page, "Waukesha, WI: Votes")
    while not page.evaluate("!!document.activeElement.closest('#county dd')"):
        page.keyboard.press("Tab")
        presses += 1
        assert presses <= A_MINUTE
    assert page.evaluate(FOCUS)[2].startswith("https://")
    same_when_sent(page, view, "#counties")


@DESK
def test_where_several_counties_fit_enter_leads_to_the_list_and_to_the_county(
    page: Page, book: Path
) -> None:
    opened(page, book, "counties")
    page.locator("#counties input[type=search]").fill("washington")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS)[:2] == ["BUTTON", "Washington, PA"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#county h3").inner_text() == "Washington, WI"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)[2].startswith("https://")


@pytest.mark.slow
@BOTH
def test_the_report_of_a_claim_is_reached_by_keyboard_within_a_minute(
    page: Page, book: Path, view: View
) -> None:
    presses = from_the_first_page(page, book, "claims.html#every-claim")
    presses += press_until(page, lambda f: f[1].startswith("Reports, then and now"))
    presses += press_until(page, lambda f: f[2].startswith("https://nymag.com")) - 1
    assert presses <= A_MINUTE


@pytest.mark.slow
@PHONE
def test_by_tap_each_takes_a_few(page: Page, book: Path, view: View) -> None:
    index = (book / "chapters/index.html").resolve().as_uri()
    page.goto(index)
    page.locator("article a[href$='#turn-every-choice-yourself']").tap()
    page.get_by_role("button", name="Worst for the verdict").tap()
    assert page.locator(".explore-panel code").first.is_visible()
    page.goto(index)
    page.locator("article a[href$='#every-county']").tap()
    page.locator("#counties input[type=search]").fill("waukesha")
    page.locator("#counties tbody button", has_text="Waukesha").tap()
    assert page.locator("#county dd a").is_visible()
    same_when_sent(page, view, "#counties")
    page.goto(index)
    page.locator("article a[href$='#every-claim']").tap()
    claim = page.locator("#wi-seven-percent")
    claim.locator("summary").tap()
    assert claim.locator("a[href^='https://nymag.com']").is_visible()


@DESK
def test_a_municipality_is_found_with_its_machines_and_sources(
    page: Page, book: Path, view: View
) -> None:
    opened(page, book, "towns")
    assert page.locator("#towns svg").count() == 0
    page.locator("#towns").get_by_label("Search").fill("edge")
    page.locator("#towns").get_by_label("Machines").select_option("yes")
    page.locator("#towns").get_by_label("Order by").select_option("dose")
    doses = page.locator("#towns tbody td[data-label^='Share of ballots']").all_inner_texts()
    shares = [float(d.split()[0]) for d in doses if d != "not known"]
    assert shares == sorted(shares, reverse=True)
    page.locator("#towns tbody button").first.click()
    panel = page.locator("#county").inner_text()
    assert "Edge" in panel
    assert "own a DRE" in panel
    assert page.locator("#county a[href^='https://']").count() > 2
    said(page, page.locator("#county h3").inner_text())
    same_when_sent(page, view, "#towns")
    file = page.locator("#towns + .figure-links a").get_attribute("href")
    assert (book / "chapters" / str(file)).resolve().is_file()
    page.get_by_role("button", name="Start again").click()
    assert "?" not in page.url


@pytest.fixture
def zoomed(view: View) -> Iterator[Page]:
    # 1280 by 1024 at 400 %.
    with shown(view(320, 256, reduced_motion="reduce")) as page:
        yield page


@pytest.mark.slow
@pytest.mark.parametrize("kind", PARTS)
def test_at_400_percent_nothing_is_cut_off_and_nothing_moves(
    zoomed: Page, book: Path, kind: str
) -> None:
    opened(zoomed, book, kind)
    for _ in turned(zoomed, kind):
        assert zoomed.evaluate(TOO_WIDE) == []
        assert zoomed.evaluate("document.documentElement.scrollWidth") <= 320
    assert zoomed.evaluate("document.getAnimations().length") == 0
    assert zoomed.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def turned(page: Page, kind: str) -> Iterator[str]:
    """Each state of a part in turn, by name."""
    part = page.locator(f"#{kind}")
    yield "as it opens"
    if kind == "electors":
        part.locator("[name=pa][value=harmed]").check()
        part.locator("[name=electors][value=cast]").check()
        part.locator("summary").click()
        yield "changed, other states open"
    elif kind == "ledger":
        part.locator("select").nth(1).select_option(index=1)
        page.locator(".claim:visible summary").first.click()
        yield "one verdict, a claim open"
        part.locator("select").first.select_option(index=4)
        part.locator("select").last.select_option("opinion")
        yield "no claim, or few"
    elif kind == "specs":
        part.get_by_role("button", name="Worst for the verdict").click()
        part.locator(".explore-choice button").first.click()
        yield "one chosen, the curve split"
        for box in part.locator(".explore-choice").first.locator("input").all():
            box.uncheck()
        yield "none left"
    else:
        search = part.locator("input[type=search]")
        search.fill("a")
        part.locator("tbody button").first.click()
        yield "one kept"
        search.fill("no place")
        yield "none found"
    part.get_by_role("button", name="Start again").click()
    page.goto(page.url.partition("?")[0].partition("#")[0] + "?v=9&x=1")
    yield "a link of another version"


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", PARTS)
def test_no_state_of_a_part_shuts_anybody_out(
    view: View, book: Path, axe: str, kind: str, size: str, colours: Any
) -> None:
    with shown(view(*SIZES[size], color_scheme=colours, reduced_motion="reduce")) as page:
        opened(page, book, kind)
        for state in turned(page, kind):
            page.evaluate(axe)
            found = page.evaluate(RUN)
            assert found == [], state


def lone(page: Page, book: Path, folder: Path, kind: str, change: Callable[[Any], None]) -> None:
    """Open a part with other data on a page of its own."""
    text = (book / PARTS[kind]).read_text(encoding="utf-8")
    start = text.index('<script type="application/json">', text.index(f'id="{kind}"')) + 32
    held = json.loads(text[start : text.index("</script>", start)])
    change(held["data"])
    script = "counties" if kind == "towns" else kind
    files = "".join(
        f'<script src="{(paths.ROOT / "assets" / f).as_uri()}" defer></script>'
        for f in ("explore.js", f"explore-{script}.js")
    )
    body = json.dumps(held).replace("<", "\\u003c")
    path = folder / "lone.html"
    path.write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{files}</head><body><main>'
        f'<div class="explore" id="{kind}" data-explore="{script}"><script type="application/json">'
        f"{body}</script></div></main></body></html>",
        encoding="utf-8",
    )
    troubles: list[str] = []
    page.on("pageerror", lambda e: troubles.append(str(e)))
    page.goto(path.as_uri())
    page.locator(f"#{kind}[data-ready]").wait_for()
    assert troubles == []


def eight(data: Any) -> None:
    data["counties"] = data["counties"][:8]


def bare(data: Any) -> None:
    """Neither map nor recount, nor a share of ballots, nor a source."""
    gone = [i for i, c in enumerate(data["columns"]) if c[0] in ("dose", "recount", "expected")]
    data["columns"] = [c for i, c in enumerate(data["columns"]) if i not in gone]
    data["counties"] = [
        [*c[:3], "", None, None, None, None, *(v for i, v in enumerate(c[8:]) if i not in gone)]
        for c in data["counties"][:8]
    ]


def one(data: Any) -> None:
    data["counties"] = data["counties"][:1]


def many(data: Any) -> None:
    every = data["counties"]
    data["counties"] = [[f"{n}.{c[0]}", *c[1:]] for n in range(15) for c in every]


@DESK
@pytest.mark.parametrize("change", [eight, bare, one, many])
def test_counties_of_a_book_of_any_size_can_be_searched(
    page: Page, book: Path, tmp_path: Path, change: Callable[[Any], None]
) -> None:
    lone(page, book, tmp_path, "counties", change)
    page.locator("tbody button").first.click()
    name = page.locator("#county h3").inner_text()
    assert name
    assert page.locator("#county").inner_text().count("undefined") == 0
    if change is not bare:
        chart = page.get_by_role("application")
        chart.focus()
        for key in ("Home", "ArrowRight", "ArrowUp", "End", "Enter"):
            page.keyboard.press(key)
        assert page.locator("#county h3").count() == 1
    else:
        assert page.locator("svg").count() == 0
    page.get_by_role("button", name="Start again").click()
    assert page.locator("#county h3").count() == 0


@DESK
def test_a_book_with_one_specification_alone_can_be_read(
    page: Page, book: Path, tmp_path: Path
) -> None:
    def single(data: Any) -> None:
        place = data["places"][0]
        for choice in place["choices"]:
            choice["options"] = choice["options"][:1]
        place["code"], place["marks"] = [0], []
        for name in ("estimate", "half", "sign", "n"):
            place[name] = place[name][:1]
        data["places"] = [place]

    lone(page, book, tmp_path, "specs", single)
    page.get_by_role("button", name="Worst for the verdict").click()
    said(page, "Specification 1 of 1")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    assert "papermill" in page.locator(".explore-panel").inner_text()
    assert page.locator(".explore-choice").count() == 0
