"""The files around the code: README, lock, licence and references say what is so."""

from __future__ import annotations

import re

import yaml

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run import notebooks
from sevenpercent.run.refresh import END, START, verdict, with_verdict

ROOT = paths.ROOT
LONGEST = 500  # lines of a file that a newcomer reads in one go


def test_the_readme_repeats_the_verdict_of_the_first_chapter() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = readme.partition(START)[2].partition(END)[0].strip()
    index = notebooks.read(paths.CHAPTERS / "index.ipynb")
    assert told
    assert readme == with_verdict(readme, verdict(index)), "run `make refresh`"


def test_no_claim_of_the_book_waits_for_a_number() -> None:
    ledger = notebooks.read(paths.CHAPTERS / "claims.ipynb")
    said = "\n".join(text for _, text in notebooks.texts(ledger))
    assert "does not hold" in said
    assert "not yet tested" not in said, "a claim names a key that no chapter publishes"


def test_files_that_the_readme_names_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+/|[\w./-]+\.(?:cff|json|yml))`", readme)
    named += re.findall(r"\]\(([^)#]+)\)", readme)
    assert named
    for name in named:
        if not name.startswith("_build"):
            assert (ROOT / name).exists(), name


def test_every_chapter_of_every_scenario_stands_in_the_contents() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {c["file"] for part in toc["parts"] for c in part["chapters"]} | {toc["root"]}
    for path in paths.SCENARIOS.glob("*.yml"):
        for name in scenario.load(path.stem).chapters:
            assert f"chapters/{name}" in listed, f"{name} of {path.stem}"


def test_references_have_a_year_and_an_author_each() -> None:
    entries = (ROOT / "references.bib").read_text(encoding="utf-8").split("\n@")
    keys = [re.search(r"\{(\w+),", e) for e in entries]
    assert all(keys)
    assert len({k[1] for k in keys if k}) == len(entries)
    for entry in entries:
        assert re.search(r"year = \{\d{4}\}", entry), entry
        assert "author = {" in entry, entry


def test_the_citation_has_the_version_of_the_package() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{cited["version"]}"' in pyproject


def test_no_file_is_long() -> None:
    files = (ROOT / "src").rglob("*.py")
    long = {p.name: n for p in files if (n := len(p.read_text("utf-8").splitlines())) > LONGEST}
    assert not long
