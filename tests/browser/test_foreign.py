"""A book whose every name is an attack: each shows as its letters, and nothing of it runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Dialog
from test_pages import browser
from test_yours import STATE, YEAR, good

from sevenpercent import paths

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def attack(n: int) -> str:
    """Code for a page, a sum for a template, a heading for Markdown."""
    return f"<script>alert({n})</script>{{{{ 7*7 }}}}<u>*x*</u>"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a book with an attack wherever a reader's text can stand."""
    root = tmp_path_factory.mktemp("attacked")
    marker = root / "ran"
    for path in paths.ROOT.iterdir():
        if path.name not in ("_build", "scenarios", "data"):
            (root / path.name).symlink_to(path)
    shutil.copytree(paths.SCENARIOS, root / "scenarios")
    (root / "data").mkdir()
    for path in paths.DATA.iterdir():
        (root / "data" / path.name).symlink_to(path)
    table = good().drop(columns=["state", "year"])
    table["system"] = [("Optical Scan", f"DRE {attack(1)}")[i % 3 == 0] for i in range(len(table))]
    table[attack(2)] = [str(10 + (7 * i) % 31) for i in range(len(table))]
    table.loc[3, "county"] = attack(3)
    table.loc[5, "county"] = f"{{{{ self.__init__.__globals__['os'].popen('touch {marker}') }}}}"
    table.loc[7, "county"] = "=cmd|' /C calc'!A0"
    file = f"<u>{attack(4)[-9:-8]}{{{{ 7*7 }}}}.csv"
    table.to_csv(root / file, index=False)
    asked = [
        "new", "attacked", file, "--year", str(YEAR), "--focus", STATE, "--claimed", "2",
        "--dem", attack(5), "--rep", attack(6), "--title", attack(7), "--who", attack(8),
        "--columns", f"{file}:fips=fips,type=system", "--controls", f"{attack(2)}={attack(9)}",
        "--machines", f"touch=type:DRE {attack(1)}+label:{attack(10)}",
    ]  # fmt: skip
    env = {**os.environ, "SEVENPERCENT_ROOT": str(root), "COLUMNS": "200"}
    for command in (asked, ["build", "attacked", "--despite-errors"]):
        done = subprocess.run(
            [sys.executable, "-m", "sevenpercent.cli.main", *command],
            cwd=root, env=env, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert not marker.exists()
    return root / "_build" / "attacked" / "html"


def test_every_attack_shows_as_letters(html: Path) -> None:
    letters = 0
    for path in html.rglob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert not page.find_all("u"), path.name
        ran = [s for s in page.find_all("script") if "json" not in str(s.get("type"))]
        assert not [s for s in ran if "alert(" in s.get_text()], path.name
        text = page.get_text()
        letters += text.count("{{ 7*7 }}")
        assert not re.search(r"</script>\s*49", text), path.name
        assert not re.search(r"\\[<{*]", text), path.name
    assert letters > 50


def test_no_attack_runs_in_a_browser(browser: Browser, html: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []

    def heard(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    for path in sorted([*html.glob("*/*.html"), html / "search.html"]):
        page.goto(path.as_uri())
        page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
        page.wait_for_timeout(100)
        assert not said, path.name
    context.close()


def test_no_download_begins_a_formula(html: Path) -> None:
    files = [p for p in html.rglob("*.csv") if p.stat().st_size]
    assert files
    for path in files:
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            assert not re.search(r'(^|,)"?[=@]', line), (path.name, line)
