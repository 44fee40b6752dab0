"""The list of how each county planned to recount: county and method, without a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from sevenpercent.data.readers.files import decode
from sevenpercent.data.readers.names import county_key
from sevenpercent.errors import InputError, nearest


def read(path: Path, methods: Mapping[str, str]) -> dict[str, str]:
    """Planned method by county.

    Parameters
    ----------
    path : Path
        Two columns, no header.
    methods : mapping
        Printed words to ours (``hand``, ``mixed``, ``scanner``).

    Returns
    -------
    dict
        ``names.county_key`` to method.

    Raises
    ------
    InputError
        At an unknown method or a county that stands twice.
    """
    out: dict[str, str] = {}
    for line, cells in enumerate(csv.reader(io.StringIO(decode(path))), 1):
        if not any(cells):
            continue
        county, method = (cell.strip() for cell in cells[:2])
        if method not in methods:
            raise InputError(
                "Unknown method of recounting", file=path, row=line, value=method,
                fix=nearest(method, methods),
            )  # fmt: skip
        if county_key(county) in out:
            raise InputError("A county stands twice", file=path, row=line, value=county)
        out[county_key(county)] = methods[method]
    return out
