"""The same few faces after each epoch: who the network says they are, and how sure it is by now."""

from __future__ import annotations

import streamlit as st

from core.runs import Run
from core.runs.live import SampleEpoch
from ui.components import percent
from ui.guards import as_text
from ui.resources.training import face_pictures

STEPS_SHOWN = 4  # earlier answers under a face


def sample_faces(run: Run, samples: tuple[SampleEpoch, ...]) -> None:
    """Show the watched faces with their latest names, and below each how sure the network was before.

    Raises:
        DatasetError: the run's dataset is gone.
    """
    if not samples or run.dataset is None:
        return
    last = samples[-1]
    photos = tuple(each.sha256 for each in last.answers)
    pictures = face_pictures(run.dataset.id, photos, run.settings.face)
    right = sum(each.named == each.person for each in last.answers)
    st.caption(f"The same {len(photos)} faces after each epoch: {right} named right after epoch {last.epoch}")
    with st.grid(min_column_width=104, gap="xsmall"):
        for place, (answer, picture) in enumerate(zip(last.answers, pictures, strict=True)):
            with st.container(gap=None):
                if picture is not None:
                    st.image(picture, width="stretch", alt=f"A face of {answer.person}")
                good = answer.named == answer.person
                mark = ":green[:material/check:]" if good else ":red[:material/close:]"
                st.markdown(f"{mark} {as_text(answer.named)} {percent(answer.probability, 0)}")
                st.caption(_trail(samples, place) if good else f"is {as_text(answer.person)} · {_trail(samples, place)}")


def _trail(samples: tuple[SampleEpoch, ...], place: int) -> str:
    """Return how sure the network was of the right name at a few earlier epochs, and now."""
    every = max(1, (len(samples) - 1) // (STEPS_SHOWN - 1) if len(samples) > 1 else 1)
    shown = [*samples[:-1:every][: STEPS_SHOWN - 1], samples[-1]]
    return " → ".join(_sureness(each, place) for each in shown)


def _sureness(sample: SampleEpoch, place: int) -> str:
    answer = sample.answers[place]
    return percent(answer.probability, 0) if answer.named == answer.person else "wrong"
