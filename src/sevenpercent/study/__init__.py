"""What a notebook opens."""

from sevenpercent.study.opening import open_study
from sevenpercent.study.study import Study

__all__ = ["Study", "open_study"]
