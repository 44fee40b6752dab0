"""What papermill finds under the engine's name, before or after the engine itself is imported.

Papermill loads every entry point while it is imported itself; the engine imports papermill. This
stands between them and imports nothing until a notebook is to be run.
"""

from __future__ import annotations

from typing import Any


class _Lazy:
    """The engine of :mod:`sevenpercent.run.engine`, imported when it is first asked for anything."""

    def __getattr__(self, name: str) -> Any:
        from sevenpercent.run.engine import InProcess

        return getattr(InProcess, name)


Lazy = _Lazy()
