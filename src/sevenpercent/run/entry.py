"""What papermill finds under the engine's name, before or after the engine itself is imported.

Papermill loads every entry point while it is imported itself; the engine imports papermill. This
stands between them and imports nothing until a notebook is to be run.
"""

from __future__ import annotations

from typing import Any


class Lazy:
    """The engine of :mod:`sevenpercent.run.engine`, imported when it is first asked for."""

    @classmethod
    def execute_notebook(cls, *given: Any, **named: Any) -> Any:
        """Run a notebook; see :class:`papermill.engines.Engine`."""
        from sevenpercent.run.engine import InProcess

        return InProcess.execute_notebook(*given, **named)

    @classmethod
    def nb_kernel_name(cls, *given: Any, **named: Any) -> Any:
        """Name of a notebook's kernel."""
        from sevenpercent.run.engine import InProcess

        return InProcess.nb_kernel_name(*given, **named)

    @classmethod
    def nb_language(cls, *given: Any, **named: Any) -> Any:
        """Language of a notebook."""
        from sevenpercent.run.engine import InProcess

        return InProcess.nb_language(*given, **named)
