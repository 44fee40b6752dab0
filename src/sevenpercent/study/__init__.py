"""What a notebook opens; imported when it is asked for, since commands need only this room's keys."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sevenpercent.study.opening import open_study

__all__ = ["open_study"]


def __getattr__(name: str) -> Any:
    if name != "open_study":
        raise AttributeError(name)
    from sevenpercent.study.opening import open_study

    return open_study
