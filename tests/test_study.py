"""What a notebook opens: paragraphs that follow settings, tidy numbers, analysis without a kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import numbers, scenario, words
from sevenpercent.model.results import Results
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.study import cells, magics, text
from sevenpercent.study.study import Study


@pytest.fixture(scope="module")
def book() -> scenario.Scenario:
    return scenario.load()


def study(book: scenario.Scenario, chapter: str = "controls", folder: Path | None = None) -> Study:
    made = Study(chapter, book, tables.load, lambda name: Results(), None)
    if folder is not None:
        made.text = text.Text(folder / f"{chapter}.md")
    return made


@pytest.mark.parametrize(
    ("n", "said"), [(0, "None.\n\nEnd."), (1, "One.\n\nEnd."), (5, "Many.\n\nEnd.")]
)
def test_conditions_choose_between_paragraphs(n: int, said: str) -> None:
    body = "? n > 1\nMany.\n\n?or n == 1\nOne.\n\n?else\nNone.\n\nEnd."
    assert words.chosen(body, {"n": n}) == said


@pytest.mark.parametrize(
    ("n", "said"), [(0, "Here.\nNone.\nEnd."), (1, "Here.\nOne.\nEnd."), (5, "Here.\nEnd.")]
)
def test_a_paragraph_goes_on_after_a_plus(n: int, said: str) -> None:
    body = "Here.\n\n?+ n == 1\nOne.\n\n?+or n < 1\nNone.\n\n?+\nEnd."
    assert words.chosen(body, {"n": n}) == said
    assert words.chosen("?+\nFirst.", {}) == "First."


def test_a_condition_that_cannot_be_decided_is_an_error() -> None:
    with pytest.raises(InputError, match="cannot be decided"):
        words.chosen("? nobody > 1\nMany.", {})


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ 1 | count('county', 'counties') }}", "one county"),
        ("{{ 0 | count('county', 'counties') }}", "no county"),
        ("{{ 3 | count('county', 'counties') }}", "three counties"),
        ("{{ 20 | count('estimate') }}", "20 estimates"),
        ("{{ 1 | verb('holds', 'hold') }}", "holds"),
        ("{{ 2 | verb('holds', 'hold') }}", "hold"),
        ("{{ -1 | lower_higher }}", "lower"),
        ("{{ 0.5 | sign('less', 'more') }}", "more"),
    ],
)
def test_numbers_and_grammar_agree(template: str, said: str) -> None:
    assert words.fill(template, {}) == said


def test_a_block_stands_for_its_own_settings_only(tmp_path: Path) -> None:
    (tmp_path / "controls.md").write_text(
        "<!-- block: answer -->\nOur words.\n<!-- block: how; any setting -->\nAlways.\n"
        "<!-- block: alone -->\nOnly here.\n"
        "<!-- block: some; follows claim.percent, parties -->\nWhile these stay.\n"
    )

    def said(name: str, body: str, **settings: str) -> str:
        made = study(scenario.load(overrides=settings), folder=tmp_path)
        return magics.paragraph(made, name, body, {})

    assert said("answer", "Neutral.") == "Our words."
    assert said("answer", "Neutral.", held="race") == "Neutral."
    assert said("how", "Neutral.", held="race") == "Always."
    assert "left out here" in said("alone", "", held="race")
    assert "held" in said("alone", "", held="race")
    assert said("alone", "", **{"redraw.draws": "999"}) == "Only here."
    assert said("alone", "", flips="[WI]") == "Only here."  # changes another chapter only
    assert said("some", "", held="race") == "While these stay."
    assert said("some", "", **{"claim.votes": "10"}) == "While these stay."
    assert "claim.percent" in said("some", "", held="race", **{"claim.percent": "6"})
    assert "held" not in said("some", "", held="race", **{"claim.percent": "6"})
    assert "left out here" in said("some", "", **{"parties.harmed.candidate": "A. Bell"})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("<!-- block: some; follow year -->", "begins no block .*row 2"),
        ("<!-- block: some; follows yaer -->", "Did you mean 'year'"),
    ],
)
def test_a_block_that_cannot_be_read_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "controls.md").write_text(f"<!-- block: how -->\n{line}\nWords.\n")
    with pytest.raises(InputError, match=message):
        magics.paragraph(study(scenario.load(), folder=tmp_path), "some", "", {})


def test_words_follow_the_setting(book: scenario.Scenario) -> None:
    vocabulary = Vocabulary(book)
    assert vocabulary.controls("race_education").words == "race and education"
    assert "2012" in vocabulary.controls("race_education_prior").words
    assert "change" in vocabulary.outcome("change_two_party").words
    assert "change" not in vocabulary.outcome("level_two_party").words
    for name in book.controls:
        assert vocabulary.controls(name).columns == book.controls[name]
    with pytest.raises(InputError, match="Did you mean"):
        vocabulary.controls("race_educatoin")


def test_keys_derive_from_rows() -> None:
    rows = numbers.rows(
        [{"place": "WI", "definition": "any", "part": "counties", "value": 3}], analysis="gap"
    )
    assert list(numbers.results(rows)) == ["gap.wi.any.counties"]
    again = numbers.loads(numbers.dumps(rows))
    assert numbers.results(again)["gap.wi.any.counties"].value == 3
    assert numbers.table(rows).loc[0, "key"] == "gap.wi.any.counties"
    with pytest.raises(InputError, match="twice"):
        numbers.results(pd.concat([rows, rows]))


def test_one_row_is_picked() -> None:
    frame = pd.DataFrame({"place": ["WI", "PA", "PA"], "estimate": [1.0, 2.0, 3.0]})
    assert numbers.pick(frame, place="WI").estimate == 1.0
    for which in ({"place": "PA"}, {"place": "MI"}, {"state": "WI"}):
        with pytest.raises(InputError):
            numbers.pick(frame, **which)


def test_the_analysis_runs_without_a_kernel(book: scenario.Scenario) -> None:
    small = book.model_copy(
        update={"states": ["WI"], "nation": False, "weights": ["none"], "models": []}
    )
    done = cells.run("controls", small, tables.load, lambda name: Results())
    key = f"controls.wi.any_dre_vv.change_two_party.{book.held}.none.hc2_bm"
    adjusted: Any = done.variables["adjusted"]
    assert done.results[key].value == pytest.approx(adjusted.estimate, rel=1e-11)
