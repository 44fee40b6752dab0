"""Frames of results as readers see them: words for names, numbers with their signs."""

from __future__ import annotations

import pandas as pd

from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import signed

FATE = {"remains": "remains", "gone": "gone", "open": "cannot tell"}


def fates_table(fates: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """What became of each raw difference of one outcome, as :func:`compare.fates` gives them."""
    return pd.DataFrame(
        {
            "definition": words.definition(f["definition"]).label,
            "weights": f["weights"],
            "raw": signed(f["before"]),
            "adjusted": signed(f["after"]),
            "from": signed(f["lo"]),
            "to": signed(f["hi"]),
            "": FATE[f["fate"]],
        }
        for f in fates.to_dict("records")
    )
