"""Starting the real dashboard for a test: plain `streamlit run app.py`, on a pseudo-terminal, with an empty HOME."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from core.storage import PROJECT_ROOT


@dataclass(frozen=True)
class Server:
    """A running dashboard.

    Attributes:
        pid: Leader of its process group, as after a start from a terminal.
        terminal: File descriptor of the pseudo-terminal's other end.
    """

    address: str
    port: int
    pid: int
    terminal: int

    def interrupt(self) -> None:
        """Press Ctrl-C in the server's terminal."""
        os.write(self.terminal, b"\x03")


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dashboard(artifacts: Path, home: Path, seconds: float = 60, port: int | None = None) -> Iterator[Server]:
    """Start the dashboard, wait until it is healthy, and end it and nothing else afterwards."""
    port = port or free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    environment |= {
        "HOME": str(home),
        "VISAGE_ARTIFACTS": str(artifacts),
        "STREAMLIT_SERVER_PORT": str(port),
        "BROWSER": "true",  # the program `true` stands in for a browser that would be opened
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    streamlit = Path(sys.executable).parent / "streamlit"
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [streamlit, "run", "app.py"], cwd=PROJECT_ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: _take_terminal(theirs),  # noqa: PLW1509 - the only way to a terminal of its own
    )  # fmt: skip
    os.close(theirs)
    try:
        _wait_until_healthy(port, process, seconds)
        yield Server(f"http://127.0.0.1:{port}", port, process.pid, ours)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        os.close(ours)


def _take_terminal(descriptor: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches the whole foreground group, as in a shell


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the dashboard ended by itself"
        with (
            suppress(URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the dashboard was not healthy within {seconds} s")
