"""A papermill engine that runs the cells in the process it is called in, as ipykernel would.

Ours, because papermill's own engine starts a process with all its imports for every notebook, and
the in-process ones at hand (ploomber-engine, ipykernel's) number cells otherwise or want a client.
The shell, its compiler and its messages are ipykernel's, what becomes of a message in the notebook
is nbclient's; only the wire between the two is missing, and so is the reader who could be asked.

A process should run one notebook: what its cells do to modules stays done, as in any kernel.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from sevenpercent.workers import limited

NAME = "sevenpercent"
INLINE = "matplotlib_inline.backend_inline"

Message = dict[str, Any]


class InProcess(Engine):  # type: ignore[misc]
    """The engine; ``papermill --engine sevenpercent`` finds it by its entry point."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        execution_timeout: float | None = None,
        working: Path | None = None,
        **ignored: object,
    ) -> None:
        """Run all cells of a notebook up to the first that fails.

        `nb_man`: papermill's NotebookExecutionManager, which holds the notebook and is told of every
        cell; `execution_timeout`: seconds after which a cell fails; for ever when not given;
        `working`: file that holds the source of the cell at work, for those who find the process
        gone; the rest is what papermill says to engines with a kernel.
        """
        client = PapermillNotebookClient(nb_man)
        at: list[Any] = []
        with _shell(lambda message: client.process_message(message, *at)) as shell:
            for index, cell in enumerate(nb_man.nb.cells):
                at[:] = cell, index
                nb_man.cell_start(cell, index)
                try:
                    if cell.cell_type != "code" or not cell.source.strip():
                        continue
                    if working is not None:
                        working.write_text(cell.source, encoding="utf-8")
                    cell.execution_count = shell.execution_count
                    client.clear_before_next_output = False
                    may_fail = "raises-exception" in cell.metadata.get("tags", [])
                    if not (_run(shell, cell.source, execution_timeout) or may_fail):
                        nb_man.cell_exception(cell, cell_index=index)
                        break
                finally:
                    nb_man.cell_complete(cell, cell_index=index)
        nb_man.nb.metadata["language_info"] = IPythonKernel.language_info
        client.set_widgets_metadata()


class _Recorder(Session):
    """Session of ipykernel whose messages end in the notebook."""

    def __init__(self, receive: Callable[[Message], object]) -> None:
        super().__init__()
        self._receive = receive

    def send(
        self,
        stream: Any,
        msg_or_type: Message | str,
        content: Message | None = None,
        parent: Message | None = None,
        *rest: Any,
        **more: Any,
    ) -> Message:
        message = msg_or_type
        if isinstance(message, str):
            message = self.msg(message, content=content, parent=parent)
        message["content"] = self.unpack(self.pack(message["content"]))
        self._receive(message)
        return message


class _Stream(io.TextIOBase):
    """Standard output or error of the cells: what was written goes out when it is flushed."""

    def __init__(self, session: _Recorder, name: str) -> None:
        self._session, self._name = session, name
        self._written: list[str] = []

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "UTF-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._written.append(text)
        return len(text)

    def flush(self) -> None:
        text = "".join(self._written)
        self._written.clear()
        if text:
            self._session.send(None, "stream", {"name": self._name, "text": text})


@contextmanager
def _shell(receive: Callable[[Message], object]) -> Iterator[Any]:
    """Shell in a namespace of its own; what it changes in this process is put back."""
    session = _Recorder(receive)
    environment, path = dict(os.environ), list(sys.path)
    config = Config()
    config.HistoryManager.enabled = False
    shell: Any = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    shell.displayhook.session = shell.display_pub.session = session
    _inline(shell)
    out, err = _Stream(session, "stdout"), _Stream(session, "stderr")
    try:
        with redirect_stdout(out), redirect_stderr(err):
            yield shell
    finally:
        shell.restore_sys_module_state()
        ZMQInteractiveShell.clear_instance()
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(environment)


def _inline(shell: Any) -> None:
    """Let figures end in the notebook, as a kernel does before anything is imported."""
    os.environ.setdefault("MPLBACKEND", f"module://{INLINE}")
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
    if backend := sys.modules.get(INLINE):  # it was set up for the shell of another notebook
        backend.configure_inline_support.__dict__.clear()
        backend.configure_inline_support(shell, f"module://{INLINE}")


def _run(shell: Any, source: str, seconds: float | None) -> bool:
    """Run one cell; False when it failed."""
    with limited(seconds):
        done = shell.run_cell(source, store_history=True)
    sys.stdout.flush()
    sys.stderr.flush()
    shell.payload_manager.clear_payload()
    return bool(done.success) and not shell._last_traceback_during_displayhook


papermill_engines.register(NAME, InProcess)
