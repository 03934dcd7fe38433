"""Plain `streamlit run app.py` for a person who never ran Streamlit: it serves, asks nothing, and keeps to itself."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

import psutil

from tests.serving import Server, dashboard


def _connections(pid: int) -> list[psutil._common.pconn]:
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return [each for process in processes for each in process.net_connections("inet")]


def _printed(server: Server) -> str:
    text = b""
    while select.select([server.terminal], [], [], 0.2)[0]:
        text += os.read(server.terminal, 65536)
    return text.decode(errors="replace")


def test_first_start_serves_on_loopback_only_and_calls_nobody(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with dashboard(tmp_path / "artifacts", home) as server:
        seen = []
        for _ in range(20):
            seen += _connections(server.pid)
            time.sleep(0.1)
        text = _printed(server)
    listening = [each for each in seen if each.status == psutil.CONN_LISTEN]
    assert {each.laddr.port for each in listening} == {server.port}
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
    assert not [each for each in seen if each.raddr and each.raddr.ip not in ("127.0.0.1", "::1")]
    assert "email" not in text.lower()
    assert "Traceback" not in text
