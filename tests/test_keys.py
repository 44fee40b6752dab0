"""A chapter runs again when what it reads has changed, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sevenpercent import hashes, paths
from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import chapters
from sevenpercent.study import kept, keys

BOOK = "midwest-2016"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands in each module of the library, by its hash: read once for all tests."""
    return tmp_path_factory.mktemp("scanned") / "scanned.json"


@pytest.fixture
def project(tmp_path: Path, scanned: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of everything that chapters read, in which anything may be changed."""
    (tmp_path / "_build").mkdir()
    if scanned.is_file():
        shutil.copy(scanned, tmp_path / "_build")
    for name in ("chapters", "scenarios", "src", "benchmarks", "docs"):
        shutil.copytree(
            paths.ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("*.ipynb", "__pycache__"),
        )
    (tmp_path / "data").mkdir()
    for path in paths.DATA.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path / "data" / path.name)
    (tmp_path / "requirements.txt").write_text("1")
    for name, folder in (
        ("ROOT", ""),
        ("CHAPTERS", "chapters"),
        ("SCENARIOS", "scenarios"),
        ("DATA", "data"),
        ("BUILD", "_build"),
    ):
        monkeypatch.setattr(paths, name, tmp_path / folder)
    monkeypatch.setattr(keys, "LIBRARY", tmp_path / "src" / "sevenpercent")
    forget()
    yield tmp_path
    forget()
    if (tmp_path / "_build" / scanned.name).is_file():
        shutil.copy(tmp_path / "_build" / scanned.name, scanned)


def forget() -> None:
    for remembered in (keys.reads, keys._library, keys._keys_behind):
        remembered.cache_clear()


def chapter_keys(project: Path, **settings: object) -> dict[str, str]:
    """Key of each chapter, the numbers that it cites being the same."""
    forget()
    s = scenario.load(project / "scenarios" / f"{BOOK}.yml", settings)
    out = {}
    for name in s.chapters:
        used = keys.tables_of(name, s)
        found = {t: hashes.file_hash(project / "data" / f"{t}.parquet") for t in used}
        out[name] = keys.of(name, s, dict.fromkeys(chapters.needs(name, s), ""), found)
    return out


@pytest.fixture
def before(project: Path) -> dict[str, str]:
    """Keys of the project as it is; they hold hashes, not where it lies, so once will do."""
    if not BEFORE:
        BEFORE.update(chapter_keys(project))
    return BEFORE


BEFORE: dict[str, str] = {}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def add(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


FILES = [
    ("chapters/gap.md", "\nMore.\n", {"gap"}),
    (f"scenarios/{BOOK}/text/gap.md", "\nMore.\n", {"gap"}),
    (f"scenarios/{BOOK}/published.yml", "\n# more\n", {"replications"}),
    (f"scenarios/{BOOK}/calendar.yml", "\n# more\n", {"calendar"}),
    ("benchmarks/results.json", "\n", {"methods"}),
    ("requirements.txt", "\n", None),
    ("scenarios/texas-2024.yml", "\n# more\n", set()),
    (f"scenarios/{BOOK}.yml", "\n# a comment\n", set()),
    ("src/sevenpercent/cli/main.py", "\n# more\n", set()),
    ("src/sevenpercent/run/publish.py", "\n# more\n", set()),
    ("docs/tour.json", "\n", {"rerun"}),
    ("src/sevenpercent/stats/polls.py", "\n# more\n", {"polls"}),
    ("src/sevenpercent/model/words.py", "\n# more\n", None),
]
"""File, what is added to it, and the chapters that run again (None: all of them)."""


HEADERS = [
    ("polls", "compares: true", {"polls"}),
    ("polls", "parameters: {window: polls.minimum}", {"polls"}),
    ("polls", "requires: {tables.units: there is no paper}", {"polls"}),
    ("polls", "needs: [calendar]", {"polls"}),
]
"""Chapter, a line of its header, and the chapters that run again."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "line", "expected"), HEADERS, ids=[h[1] for h in HEADERS])
def test_a_changed_header_reruns_its_chapter_alone(
    project: Path, before: dict[str, str], name: str, line: str, expected: set[str]
) -> None:
    path = project / "chapters" / f"{name}.md"
    key = line.partition(":")[0]
    head, _, rest = path.read_text(encoding="utf-8").partition("\n---\n")
    kept_lines = [own for own in head.splitlines() if not own.strip().startswith(f"{key}:")]
    path.write_text("\n".join([*kept_lines, f"  {line}", "---", rest]), encoding="utf-8")
    assert changed(before, chapter_keys(project)) == expected


def test_one_more_chapter_reruns_the_first_page_alone(
    project: Path, before: dict[str, str]
) -> None:
    """It needs one file: every book without a list of its own has it."""
    polls = (project / "chapters" / "polls.md").read_text(encoding="utf-8")
    own = polls.replace('open_study("polls"', 'open_study("surveys"')
    (project / "chapters" / "surveys.md").write_text(own, encoding="utf-8")
    after = chapter_keys(project)
    assert set(after) - set(before) == {"surveys"}
    assert changed(before, after) == {"index"}


def test_a_reason_that_a_book_gives_for_a_missing_chapter_reruns_its_first_page(
    project: Path,
) -> None:
    book = project / "scenarios" / f"{BOOK}.yml"
    before = chapter_keys(project, **{"tables.polls": None})
    path = project / "chapters" / "polls.md"
    path.write_text(path.read_text().replace("no table of polls", "no poll"), encoding="utf-8")
    moved = changed(before, chapter_keys(project, **{"tables.polls": None}))
    assert moved == {"index", "sensitivity"}  # which has a function of the name `left_out`
    assert scenario.load(book, {"tables.polls": None}).left_out["polls"] == "there is no poll"


@pytest.mark.parametrize(("name", "text", "expected"), FILES, ids=[f[0] for f in FILES])
def test_a_changed_file_reruns_what_reads_it(
    project: Path, before: dict[str, str], name: str, text: str, expected: set[str] | None
) -> None:
    add(project / name, text)
    assert changed(before, chapter_keys(project)) == (set(before) if expected is None else expected)


SETTINGS = [
    ({"polls.window": 7}, {"polls"}),
    ({"audit.draws": 999}, {"audit"}),
    # Harm is planted with the same seeds where verdicts are tried, which those four import.
    ({"validity.draws": 5000}, {"methods", "designs", "calendar", "claims", "index"}),
]


@pytest.mark.parametrize(
    ("settings", "expected"), SETTINGS, ids=[next(iter(s)) for s, _ in SETTINGS]
)
def test_a_setting_reruns_what_uses_it(
    project: Path, before: dict[str, str], settings: dict[str, object], expected: set[str]
) -> None:
    moved = changed(before, chapter_keys(project, **settings))
    assert moved == expected


def test_what_every_comparison_uses_reruns_them_all(project: Path, before: dict[str, str]) -> None:
    moved = changed(before, chapter_keys(project, held="race"))
    assert {"gap", "controls", "index"} <= moved


def test_a_changed_table_reruns_what_reads_it(project: Path, before: dict[str, str]) -> None:
    path = project / "data" / "polls.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    moved = changed(before, chapter_keys(project))
    assert "polls" in moved
    assert not moved & {"gap", "controls", "electoral", "recount"}


def test_numbers_are_found_by_what_made_them(project: Path) -> None:
    s = scenario.load(BOOK)
    assert kept.read(s, "gap") is None
    made = Results()
    made.add("gap.a", 1 / 3, lo=-1, hi=2, n=3, unit="points", label="x", tables=["county_votes"])
    kept.write(s, "gap", made)
    assert dict(kept.read(s, "gap") or {}) == dict(made)
    assert kept.read(s.model_copy(update={"held": "race"}), "gap") is None
    assert kept.key_of(s, "index") is None  # the numbers that it cites are not at hand
    path = kept.place(str(kept.key_of(s, "gap")), "gap")
    path.write_text("{")
    assert kept.read(s, "gap") is None


def test_every_header_names_files_that_are_there() -> None:
    for path in paths.CHAPTERS.glob("*.md"):
        for pattern in chapters.read(path.stem).files:
            assert list(paths.ROOT.glob(pattern.format(scenario=BOOK))), (path.name, pattern)


def test_tables_are_those_of_the_header_and_of_the_scenario() -> None:
    s = scenario.load(BOOK)
    assert set(keys.tables_of("data", s)) >= set(tables.describe())
    assert "polls" not in keys.tables_of("gap", s)
