"""Answering the photos of the page one after another: results appear as they come, and a person can stop in between."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.openset import Thresholds
from core.runs import Run
from ui.guards import as_text
from ui.predict.answer import answer
from ui.predict.upload import Upload
from ui.session import current


def show(run: Run, uploads: Sequence[Upload], lines: Thresholds | None, second: Run | None, once: bool) -> None:
    """Show what the run says about each photo; each is looked at once only, however often the page is drawn.

    Whatever a person does meanwhile draws the page again: what is answered by then is there at once, and the others follow.

    Args:
        run: Finished; it names the faces.
        uploads: The photos, the newest first.
        lines: Where known and unknown lie.
        second: Another run whose answers stand beside; None for none.
        once: Whether a person can be in a photo once only.
    """
    memory = current().predict
    runs = run.id if second is None else f"{run.id} {second.id}"
    left = [upload for upload in uploads if _mark(runs, upload) not in memory.answered]
    shown = [upload for upload in uploads if not (memory.halted and upload in left)]
    progress = _Progress(0 if memory.halted else len(left))
    for upload in shown:
        progress.turn_to(upload if upload in left else None)
        _photo(run, upload, lines, second, once)
        memory.answered.add(_mark(runs, upload))
    progress.end()
    if memory.halted and left:
        _go_on(left)


def _mark(runs: str, upload: Upload) -> str:
    """Return what tells that these runs have answered a photo."""
    return f"{runs} {upload.key}"


class _Progress:
    """A bar and a Stop button above the answers, while several photos wait for theirs."""

    def __init__(self, total: int) -> None:
        self._total, self._begun = total, 0
        self._place = st.empty()
        if total > 1:
            with self._place.container(horizontal=True, vertical_alignment="center"):
                self._bar = st.empty()
                st.button("Stop", icon=":material/stop_circle:", help="What is answered so far stays.", on_click=_halt)

    def turn_to(self, upload: Upload | None) -> None:
        """Tell which photo is looked at now; None for one that was answered before."""
        if self._total > 1 and upload is not None:
            text = f"Photo {self._begun + 1} of {self._total} · {as_text(upload.name)}"
            self._bar.progress(self._begun / self._total, text=text)
            self._begun += 1

    def end(self) -> None:
        """Take the bar away."""
        self._place.empty()


def _halt() -> None:
    current().predict.halted = True


def _go_on(left: Sequence[Upload]) -> None:
    count = "1 photo was" if len(left) == 1 else f"{len(left)} photos were"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(f"Stopped: {count} not looked at.", icon=":material/stop_circle:")
        st.button("Go on", icon=":material/play_arrow:", type="primary", on_click=_carry_on)


def _carry_on() -> None:
    current().predict.halted = False


def _photo(run: Run, upload: Upload, lines: Thresholds | None, second: Run | None, once: bool) -> None:
    """Show one photo's answer, and offer to remove the photo from the page."""
    with st.container(gap="xxsmall"):
        _answered(run, upload, lines, second, once)
        st.button(
            "Remove this photo",
            key=f"remove-{upload.key}",
            icon=":material/close:",
            type="tertiary",
            on_click=current().predict.drop,
            args=(upload.key,),
        )


@st.fragment
def _answered(run: Run, upload: Upload, lines: Thresholds | None, second: Run | None, once: bool) -> None:
    """Show one photo's answer as a part of the page that is drawn again by itself."""
    answer(run, upload, lines, second, once)
