"""The camera on the Predict page: photos that join the others, and names drawn over the moving picture."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from core.openset import Thresholds
from core.runs import Run
from ui import resources
from ui.guards import explained
from ui.predict.live import FRAMES_PER_SECOND, answer_frame
from ui.predict.paste import read_base64
from ui.predict.upload import Upload
from ui.session import current, value_of
from ui.wall.grid import read_asset

KEY, _PLACE = "predict-camera", "predict-camera-place"
# Streamlit fades what it is about to draw again, which the moving picture is several times a second.
_ALWAYS_CLEAR = f"<style>.st-key-{_PLACE} [data-stale] {{ opacity: 1 !important; transition: none !important; }}</style>"
_ELSE = "Or take a photo with any camera and add it under Photos."
_INSECURE = (
    "Browsers give the camera only to pages at an https address, or at localhost on the computer itself. Open this page at "
    f"http://localhost on the computer that runs it, or put it behind https. {_ELSE}"
)
_REFUSED = (
    "The browser does not give this page the camera. Click the symbol beside the address, allow the camera for this page, "
    f"and press the button again. {_ELSE}"
)
_NONE = f"No camera was found. Plug one in and press the button again. {_ELSE}"
_BUSY = f"The camera cannot be used; perhaps another program uses it. Close that one and press the button again. {_ELSE}"
_WORDS = {
    "start": "Turn the camera on",
    "shoot": "Take a photo",
    "live": "Name faces live",
    "pause": "Pause",
    "other": "Other camera",
    "off": "Turn off",
    "video": "What the camera sees",
    "asking": "Waiting for the browser's permission …",
    "taken": "Taken. It is answered below.",
    "paused": "Paused.",
    "slow": "Waiting for the answer …",
    "nobody": "No face in sight",
    "insecure": _INSECURE,
    "failed": _BUSY,
    "errors": {
        "NotAllowedError": _REFUSED,
        "SecurityError": _REFUSED,
        "NotFoundError": _NONE,
        "OverconstrainedError": _NONE,
    },
}
_camera = st.components.v2.component(
    "visage_camera", css=read_asset("buttons.css") + read_asset("camera.css"), js=read_asset("camera.js")
)


def camera(run: Run, lines: Thresholds | None, once: bool) -> None:
    """Let the person take photos, which join those of the page, and see live who stands before the camera.

    Args:
        run: Finished; it names the faces.
        lines: Where known and unknown lie.
        once: Whether a person can be in a picture once only.
    """
    if not has_camera(st.context.url):
        st.info(_INSECURE, icon=":material/no_photography:")
        return
    _view(run, lines, once)
    st.caption(
        "Live frames are named and forgotten at once. A photo that you take stays until you remove it or close this tab."
    )
    with explained():
        resources.recognizer_of(run)  # loading takes seconds: the first frame need not wait for it


@st.fragment
def _view(run: Run, lines: Thresholds | None, once: bool) -> None:
    """Show the camera; a frame draws only this part of the page again, a photo all of it."""
    memory = current().predict

    def framed() -> None:
        memory.live = answer_frame(run, _said("frame"), lines, once)

    def taken() -> None:
        said = _said("photo")
        photo = read_photo(said)
        if photo is not None:
            memory.live = {"frame": said["frame"], "taken": True}
            memory.take([photo])
            st.rerun()

    data = {"words": _WORDS, "rate": FRAMES_PER_SECOND, "answer": memory.live}
    with st.container(key=_PLACE):
        st.html(_ALWAYS_CLEAR)
        _camera(key=KEY, data=data, on_frame_change=framed, on_photo_change=taken)


def _said(event: str) -> Mapping[str, Any]:
    """Return what the browser has just told; empty where that makes no sense."""
    said = value_of(KEY)
    told = said.get(event) if isinstance(said, Mapping) else None
    return told if isinstance(told, Mapping) and isinstance(told.get("frame"), str) else {}


def read_photo(said: Mapping[str, Any]) -> Upload | None:
    """Return the photo that the browser has sent; None where what it sent makes no sense."""
    data = read_base64(said.get("data"))
    if not data:
        return None
    memory = current().predict
    memory.shots += 1
    return Upload(f"Camera photo {memory.shots}", data)


def has_camera(address: str | None) -> bool:
    """Tell whether browsers give a page at this address the camera; one that is not known may be tried.

    Source:
        W3C, "Secure Contexts", section 3.1: https, or a host that never leaves the computer.
    """
    if not address:
        return True
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return False
