"""Wisconsin's municipal codes (HINDI): lookup to census codes, and which equipment a place uses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.readers.places import collapse, place_key

OWNED = ["scanner", "accessible", "dre_make", "dre_model", "any_dre", "dre_no_scanner"]


def read(path: Path) -> pd.DataFrame:
    """Read the lookup from HINDI codes to census codes.

    Returns ``place`` (municipality and county in one, upper case), ``hindi`` (five digits) and
    ``place_code`` (ten digits, null where the lookup has none), each combination once. Raises
    InputError when a column is missing.
    """
    rows = files.read_table(path, ["muni_county_2016", "hindi", "MCD_FIPS"], encoding=files.ANY)
    out = pd.DataFrame(
        {
            "place": rows["muni_county_2016"].map(collapse),
            "hindi": rows["hindi"].where(rows["hindi"].str.isdigit()).str.zfill(5),
            "place_code": rows["MCD_FIPS"].where(rows["MCD_FIPS"].str.isdigit()),
        }
    )
    out["place_code"] = out["place_code"].str.zfill(10)
    return out[out["hindi"].notna()].drop_duplicates(ignore_index=True)


def owner(places: pd.DataFrame, equipment: pd.DataFrame) -> pd.DataFrame:
    """Equipment of each place by name in its county; else by code; else by its main part.

    Returns ``OWNED`` and ``found`` (``name``, ``code``, ``main``), null where the list has no such
    place; index as `places`.

    `places`: ``county``, ``municipality`` and ``hindi``. A municipality in several counties is
    listed once, mostly marked as its main part; its other parts use the same machines; `equipment`:
    see ``wec_equipment.read``.
    """
    named = equipment.assign(
        key=[
            place_key(c, m)
            for c, m in zip(equipment["county"], equipment["municipality"], strict=True)
        ]
    )
    keys = [place_key(c, m) for c, m in zip(places["county"], places["municipality"], strict=True)]
    only = ~named["municipality"].duplicated(keep=False)
    main = named[named["main"] | only].drop_duplicates("municipality", keep=False)
    steps = [
        (
            "name",
            pd.Series(keys, index=places.index),
            named.drop_duplicates("key").set_index("key"),
        ),
        ("code", places["hindi"], named.drop_duplicates("hindi").set_index("hindi")),
        ("main", places["municipality"], main.set_index("municipality")),
    ]
    out = pd.DataFrame(index=places.index, columns=[*OWNED, "found"], dtype="object")
    for step, key, rows in steps:
        open_ = out["found"].isna() & key.isin(rows.index)
        out.loc[open_, OWNED] = rows.loc[key[open_], OWNED].to_numpy()
        out.loc[open_, "found"] = step
    return out
