"""What a notebook opens."""

from sevenpercent.study.study import Study, open_study

__all__ = ["Study", "open_study"]
