"""Public sets are fetched from servers of our own: whole, in parts, stopped, spoilt, and with nobody answering."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core import importing
from core.errors import DatasetError
from core.importing import PUBLIC_SETS, Target
from core.importing.public_sets import downloads_root
from core.jobs import Stopped
from core.progress import Progress
from tests.core.pictures import picture_bytes

pytestmark = pytest.mark.usefixtures("artifacts")


def lfw_archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for seed, name in enumerate(("Aaron_Eckhart/Aaron_Eckhart_0001.jpg", "Zico/Zico_0001.jpg", "pairs.txt")):
            data = picture_bytes(seed, "JPEG")
            info = tarfile.TarInfo(f"lfw_funneled/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def pins_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for seed, name in enumerate(("pins_tom ellis/tom ellis0_1.jpg", "pins_Zac Efron/Zac Efron1_2.jpg")):
            archive.writestr(f"105_classes_pins_dataset/{name}", picture_bytes(seed, "JPEG"))
        archive.writestr("noise.txt", bytes(3 * 2**20))  # kagglehub writes a megabyte at a time
    return buffer.getvalue()


@dataclass
class Server:
    """What is sent, how much of it before the server hangs up, the hash that Kaggle's answer names, and what was asked."""

    content: bytes
    cut: int | None = None
    md5: str | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server(lfw_archive())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            state.asked.append((self.path, wanted))
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if start >= len(state.content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.content) - start))
            self.send_header("Accept-Ranges", "bytes")
            if state.md5:
                self.send_header("X-Goog-Hash", f"md5={state.md5}")
            self.end_headers()
            self.wfile.write(state.content[start : state.cut])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append((self.path, None))
            if self.path.endswith("GetDataset"):
                body = json.dumps({"currentVersionNumber": 3}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            else:  # as Kaggle does: the bytes are elsewhere
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{state.port}/bytes")
                self.send_header("Content-Length", "0")
                self.end_headers()

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
def lfw(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    sha256 = hashlib.sha256(server.content).hexdigest()
    ours = replace(PUBLIC_SETS["lfw"], url=f"http://127.0.0.1:{server.port}/lfw.tgz", sha256=sha256)
    monkeypatch.setitem(PUBLIC_SETS, "lfw", ours)
    return server


@pytest.fixture
def pins(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Let kagglehub speak with our server instead of Kaggle's."""
    from kagglesdk import kaggle_env

    server.content = pins_archive()
    server.md5 = base64.b64encode(hashlib.md5(server.content).digest()).decode()
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, f"http://127.0.0.1:{server.port}")
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("KAGGLEHUB_CACHE", "KAGGLEHUB_VERBOSITY", "TQDM_DISABLE"):
        monkeypatch.setenv(name, "")  # set during the download, put back after the test
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", "/nonexistent")
    return server


def test_lfw_is_downloaded_checked_and_staged(lfw: Server) -> None:
    reports: list[Progress] = []
    staging = importing.stage_public_set("lfw", reports.append)
    planned = importing.plan(staging)
    assert [(each.person, each.staged.path) for each in planned.photos] == [
        ("Aaron Eckhart", "lfw_funneled/Aaron_Eckhart/Aaron_Eckhart_0001.jpg"),
        ("Zico", "lfw_funneled/Zico/Zico_0001.jpg"),
    ]
    assert {each.stage for each in reports} == {"Downloading", "Unpacking", "Looking at the photos"}
    outcome = importing.commit(staging, Target(name=staging.title))
    assert (outcome.name, outcome.added) == ("Labeled Faces in the Wild", 2)
    assert not (downloads_root() / "lfw").exists()


def test_a_download_that_broke_off_goes_on(lfw: Server) -> None:
    lfw.cut = 700
    with pytest.raises(DatasetError, match="cannot be downloaded"):
        importing.stage_public_set("lfw")
    assert importing.list_stagings() == []
    lfw.cut = None
    importing.stage_public_set("lfw")
    assert [each for _, each in lfw.asked] == [None, "bytes=700-"]


def test_a_stopped_download_is_kept(lfw: Server) -> None:
    with pytest.raises(Stopped):
        importing.stage_public_set("lfw", should_stop=lambda: True)
    assert (downloads_root() / "lfw" / "archive.part").exists()
    assert importing.list_stagings() == []


def test_other_bytes_than_published_are_refused(lfw: Server) -> None:
    lfw.content = b"<html>not today</html>"
    with pytest.raises(DatasetError, match="is not Labeled Faces in the Wild"):
        importing.stage_public_set("lfw")
    assert list((downloads_root() / "lfw").iterdir()) == []


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PUBLIC_SETS, "lfw", replace(PUBLIC_SETS["lfw"], url="http://127.0.0.1:9/lfw.tgz"))
    with pytest.raises(DatasetError, match="cannot be downloaded") as caught:
        importing.stage_public_set("lfw")
    assert "Check the connection" in caught.value.remedy


def test_pins_comes_through_kagglehub_and_is_resumed(pins: Server) -> None:
    pins.cut = 3 * 2**19
    with pytest.raises(DatasetError, match="Pins cannot be downloaded"):
        importing.stage_public_set("pins")
    pins.cut = None
    staging = importing.stage_public_set("pins")
    assert ("/bytes", f"bytes={2**20}-") in pins.asked
    assert [each.person for each in importing.plan(staging).photos] == ["Tom Ellis", "Zac Efron"]
    outcome = importing.commit(staging, Target(name=staging.title))
    assert (outcome.name, outcome.added) == ("Pins", 2)
    assert not (downloads_root() / "pins").exists()


def test_pins_is_compared_with_the_hash_that_the_server_names(pins: Server) -> None:
    pins.md5 = base64.b64encode(bytes(16)).decode()
    with pytest.raises(DatasetError, match="Pins cannot be downloaded"):
        importing.stage_public_set("pins")


def test_pins_without_a_connection(pins: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from kagglesdk import kaggle_env

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, "http://127.0.0.1:9")
    with pytest.raises(DatasetError, match="Pins cannot be downloaded"):
        importing.stage_public_set("pins")


def test_every_set_says_whose_it_is() -> None:
    for each in PUBLIC_SETS.values():
        assert each.terms and each.citation and each.page.startswith("https://")
