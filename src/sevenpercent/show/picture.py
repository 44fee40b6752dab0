"""A figure that knows how to be drawn under its title, and what it says to those who cannot see it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from sevenpercent.errors import InputError


@dataclass(frozen=True)
class Picture:
    """A figure without its words.

    Attributes
    ----------
    draw : callable
        Takes ``title``, ``subtitle`` and ``source`` and gives the figure.
    says : str
        What the marks show, mark by mark, for the text that stands for the figure.
    source : str
        Where the numbers come from, unless the cell says otherwise.
    """

    draw: Callable[..., Figure]
    says: str
    source: str = ""


def show(picture: Picture, title: str = "", subtitle: str = "", source: str = "") -> None:
    """Draw a figure under its words and show it, with the same in words."""
    if not title:
        raise InputError("a figure needs a title", fix="Write it below the %%figure line.")
    source = source or picture.source
    drawn = picture.draw(title=title, subtitle=subtitle, source=source)
    alt = ". ".join(part.rstrip(".") for part in (title, subtitle, picture.says) if part) + "."
    raw = io.BytesIO()
    drawn.savefig(raw, format="png", bbox_inches="tight", pad_inches=0.06, facecolor="white")
    plt.close(drawn)
    display({"image/png": raw.getvalue(), "text/plain": alt}, raw=True, metadata={"alt": alt})
