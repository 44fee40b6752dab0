"""The browser of specifications: each with its identifier, sentence and numbers."""

from __future__ import annotations

from typing import Any

import pytest
from test_explore import by_script

from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.show import specifications
from sevenpercent.stats.multiverse.summary import estimated
from sevenpercent.study import cells


@pytest.fixture(scope="module")
def multiverse() -> dict[str, Any]:
    s = scenario.load("texas-2024")
    load = tables.loader(s.tables.folder)
    return cells.run("multiverse", s, load, lambda name: Results()).variables


def test_the_browser_of_specifications_has_each_with_its_identifier_and_sentence(
    multiverse: dict[str, Any],
) -> None:
    v = multiverse
    data = specifications.browser(
        v["specs"], v["grids"], v["options"], v["moved"], v["marks"], v["words"], "texas-2024"
    ).data
    found = by_script(
        "explore-specs.js",
        """given.places.map(p => part.unpack(p, given.sentence)).map(p => ({
          errors: p.errors,
          rows: p.order.map(i => [p.stem(i), p.says(i), p.estimate[i], p.half[i], p.n[i]]),
          told: part.tell(p, part.kept(p, p.choices.map(c => new Set(c.options.keys())))),
        }))""",
        data,
    )
    known = estimated(v["specs"])
    for place, one in zip(v["grids"], found, strict=True):
        own = known[known["place"] == place].set_index("id")
        rows = {f"{stem}.{one['errors']}": rest for stem, *rest in one["rows"]}
        assert set(rows) == set(own.index)
        for name, spec in own.iterrows():
            said, estimate, half, n = rows[str(name)]
            assert said == spec["sentence"]
            assert abs(estimate / 100 - spec["estimate"]) <= 0.0051
            assert abs((estimate - half) / 100 - spec["lo"]) <= 0.0102
            assert n == spec["n"]
        told, outcomes = one["told"], v["grids"][place].outcomes
        assert told["below"] == pytest.approx((own["estimate"] < 0).mean())
        assert told["under"] == pytest.approx((own["hi"] < 0).mean())
        assert told["over"] == pytest.approx((own["lo"] > 0).mean())
        shares = own["outcome"].map(lambda name, of=outcomes: of[name].share)
        assert told["median"] == pytest.approx(own.loc[shares, "estimate"].median(), abs=0.0051)
        assert told["mixed"] == (not shares.all())
