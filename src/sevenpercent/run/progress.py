"""What a person watching a build sees: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm


class Progress:
    """Count the steps of a build as they end.

    `steps`: how many there will be; `lines`: steps that are told one by one where there is no
    terminal; of more, every so-manieth.
    """

    def __init__(self, steps: int, lines: int | None = None) -> None:
        self._steps, self._ended = steps, 0
        self._every = -(-steps // lines) if lines else 1
        self._start = time.monotonic()
        form = "{bar:24} {n_fmt}/{total_fmt} {desc}"
        self._bar = tqdm(total=steps, bar_format=form) if sys.stderr.isatty() else None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def say(self, text: str) -> None:
        """Print a line that is no step."""
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            print(text, file=sys.stderr, flush=True)

    def done(self, step: str, how: str) -> None:
        """End one step."""
        self._ended += 1
        line = f"{time.monotonic() - self._start:6.1f} s  {step:<12} {how}"
        if self._bar is not None:
            self._bar.set_description_str(step)
            self._bar.update()
        elif self._ended % self._every == 0 or self._ended == self._steps:
            print(line, file=sys.stderr, flush=True)
