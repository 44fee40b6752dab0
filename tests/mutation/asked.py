"""Ask chosen tests, one after the other, until one notices: a plugin of pytest."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from types import FrameType

import pytest

EACH, TOGETHER = 10.0, 20.0
"""Seconds of processor that one test may take, and all that are asked of one fault."""

OPTIONS = (
    "-x",
    "-q",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-m",
    "not slow and not browser",
)

Chosen = Sequence[tuple[str, str]]
"""Files of tests, each with the name of a test in it or its whole address in pytest's words."""


class Asked:
    """Picks and orders the tests, ends those that take too long, and keeps what became of them.

    Attributes
    ----------
    failed : str
        Address of the test that noticed.
    endless : list of str
        Addresses of those that were stopped.
    took : dict
        Address to seconds of processor, of all that ended.
    """

    def __init__(self, chosen: Chosen, each: float = EACH, together: float = TOGETHER) -> None:
        self._rank = {place: i for i, place in reversed(list(enumerate(chosen)))}
        self._each, self._together = each, together
        self._since = time.process_time()
        self.failed = ""
        self.endless: list[str] = []
        self.took: dict[str, float] = {}

    def _at(self, item: pytest.Item) -> int | None:
        file = item.nodeid.partition("::")[0]
        name = getattr(item, "originalname", item.name)
        return self._rank.get((file, item.nodeid), self._rank.get((file, name)))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the chosen tests, in their order."""
        at = [(n, i) for i, item in enumerate(items) if (n := self._at(item)) is not None]
        items[:] = [items[i] for _, i in sorted(at)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Give the test its time."""

        def late(number: int, frame: FrameType | None) -> None:
            self.endless.append(item.nodeid)
            pytest.skip("takes too long")

        signal.signal(signal.SIGPROF, late)
        began = time.process_time()
        if began - self._since > self._together:
            item.session.shouldstop = "the time is over"
        signal.setitimer(signal.ITIMER_PROF, self._each)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.took[item.nodeid] = time.process_time() - began

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failure."""
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported has noticed too."""
        if report.failed:
            self.failed = self.failed or report.nodeid


def ask(chosen: Chosen, *, each: float = EACH, together: float = TOGETHER) -> Asked:
    """Run the chosen tests of the tree that this process stands in."""
    asked = Asked(chosen, each, together)
    if chosen:
        pytest.main([*OPTIONS, *dict.fromkeys(file for file, _ in chosen)], plugins=[asked])
    return asked
