"""Analysis frames of a scenario's places."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.model import frames
from sevenpercent.model.scenario import NATION, Scenario
from sevenpercent.model.terms import PRINTED

__all__ = ["NATION", "Tables", "county_frame", "election", "readings", "varies"]

Tables = Callable[[str], pd.DataFrame]


def county_frame(scenario: Scenario, tables: Tables, place: str) -> pd.DataFrame:
    """Analysis frame of one state, or of the whole nation for ``US``.

    A reading whose published list was corrected stands twice: as corrected, and as printed under
    its name with ``_printed``.
    """
    frame = election(scenario, tables, place, scenario.year, scenario.prior_year)
    if scenario.treatment.version == "printed":
        return frame
    equipment = tables(scenario.tables.equipment)
    equipment = equipment[equipment["year"] == scenario.year]
    equipment = equipment[equipment["fips"].astype(object).isin(frame["fips"].astype(object))]
    if not equipment["version"].eq("printed").any():
        return frame
    printed = frames.treatments(equipment, scenario.year, "printed").reindex(frame["fips"])
    for name in printed.columns:
        both = frame[name].notna().to_numpy() & printed[name].notna().to_numpy()
        if (frame[name].to_numpy()[both] != printed[name].to_numpy()[both]).any():
            frame[name + PRINTED] = printed[name].to_numpy()
    return frame


def election(
    scenario: Scenario, tables: Tables, place: str, year: int, prior_year: int
) -> pd.DataFrame:
    """The same map of machines in another election: what it shows of `year` less `prior_year`."""
    t, names = scenario.treatment, scenario.tables
    wanted = names.votes, names.equipment, names.demographics
    how = {"vintage": t.vintage, "version": t.version, "equipment_year": scenario.year}
    years = {"year": year, "prior_year": prior_year}
    return _joined(tables, wanted, place, **years, **how, **scenario.parties.sides).copy()


@lru_cache(maxsize=64)
def _joined(tables: Tables, names: tuple[str, ...], place: str, **how: Any) -> pd.DataFrame:
    """The frame that the same tables give; a chapter asks for most of its frames several times."""
    states = None if place == NATION else [place]
    return frames.county_frame(*(tables(name) for name in names), states=states, **how)


def readings(scenario: Scenario, frame: pd.DataFrame, place: str) -> list[str]:
    """Readings of the scenario that vary within a place, with two counties or more on each side."""
    wanted = scenario.treatment.national if place == NATION else list(scenario.treatment.readings)
    return [r for r in wanted if r in frame and varies(frame[r].dropna())]


def varies(values: pd.Series[float] | NDArray[np.float64]) -> bool:
    """Whether two places or more lie on either side."""
    return bool(min((values > values.min()).sum(), (values < values.max()).sum()) >= 2)
