"""Demographics of counties: survey shares of the election-context file, area of the Gazetteer."""

from __future__ import annotations

import pandas as pd

from sevenpercent.data.readers import medsl, places
from sevenpercent.data.recipe import Made, Options, RawFiles


def counties(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build county demographics.

    ``copy`` names columns taken as they are, ``percent`` those turned into shares, and
    ``complement`` those whose share is one less the printed percentage. Counties in ``drop`` are
    parts of another county whose row covers them; ``recode`` renames codes.

    Returns one row per county of the file, with ``land_km2`` and ``density`` (people per km2); null
    where the file gives nothing.
    """
    gazetteer = places.read_gazetteer(raw.by_id(options["gazetteer"]))
    columns = {**options["copy"], **options["percent"], **options["complement"]}
    frame = medsl.read_context_demographics(raw.by_id(options["context"]), columns)
    frame = frame[~frame.fips.isin(options["drop"])]
    frame["fips"] = frame.fips.replace(options["recode"])
    for name in options["percent"]:
        frame[name] = frame[name] / 100
    for name in options["complement"]:
        frame[name] = 1 - frame[name] / 100
    named = gazetteer[["fips", "state", "county", "land_km2"]]
    frame = frame.merge(named, on="fips", how="left", validate="one_to_one")
    return frame.assign(density=frame.population / frame.land_km2)
