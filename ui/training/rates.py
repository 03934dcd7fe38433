"""The learning-rate finder: a short trial with ever larger steps, its curve, and the rate it suggests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from core import jobs
from core.datasets import Catalogue
from core.errors import JobError
from core.figures.training import rate_curve
from core.jobs.making import job_directories, kind_of
from core.runs import layout
from core.settings import Settings, to_json
from core.storage import read_json
from ui.components import chart, folded
from ui.guards import as_text, explained
from ui.progress import watch
from ui.session import current
from ui.settings_tabs import uses_embedding

KIND = "rate_finder"
_FREE = {"learning_rate", "epochs", "steps", "patience", "schedule", "warmup", "refit", "keep_state"}  # say nothing of the rate


def rate_finder(catalogue: Catalogue) -> None:
    """Offer the search for a learning rate, follow it, and show what it found; not where no learning rate is used."""
    settings = current().use_source(catalogue.source)
    if uses_embedding(settings):
        return
    folded("Learning-rate finder", "rate-finder-open", ":material/query_stats:", lambda: _find(settings))


def _find(settings: Settings) -> None:
    directory = _newest(settings)
    with explained():
        st.write(
            "Trains for a moment with ever larger steps. Where the loss falls fastest, the learning rate is good; "
            "where it rises, the rate is too high. Takes seconds to a few minutes."
        )
        job = watch(directory) if directory else None
        if (job is None or not job.alive) and st.button("Find a learning rate", icon=":material/query_stats:"):
            jobs.start_rate_finder(settings)
            st.rerun()
        if directory and job and job.state == "done":
            _show(directory, settings)


def _newest(settings: Settings) -> Path | None:
    """Return the newest search for these photos and this preset: a reload finds it by its files."""
    for directory in reversed(job_directories()):
        if kind_of(directory) == KIND:
            asked = jobs.read_description(directory).get("settings", {})
            if (asked.get("data", {}).get("source"), asked.get("preset")) == (settings.data.source, settings.preset):
                return directory
    return None


def _show(directory: Path, settings: Settings) -> None:
    result, asked = _result(directory), jobs.read_description(directory).get("settings", {})
    chart(rate_curve(result), "rate-curve")
    # The sentence compares with the rate that was set then.
    if asked.get("training", {}).get("learning_rate") == settings.training.learning_rate or result.get("suggested") is None:
        st.caption(as_text(str(result.get("words", ""))))
    if not _alike(asked, settings):
        st.caption("This was found with other settings than those in view; find it again to be sure.")
    suggested = result.get("suggested")
    if suggested is None:
        return
    rate = float(f"{suggested:.1g}")
    session = current()
    if session.settings.training.learning_rate == rate:
        st.caption(f":material/check: {rate:g} is set.")
    elif st.button(f"Use {rate:g}", type="primary", icon=":material/check:"):
        session.edit(replace(session.settings, training=replace(session.settings.training, learning_rate=rate)))
        session.form_version += 1
        st.rerun()


def _result(directory: Path) -> dict[str, Any]:
    try:
        return dict(read_json(directory / layout.RESULT) or {})
    except (ValueError, TypeError, OSError) as error:
        raise JobError(f"{directory / layout.RESULT} cannot be read ({error}).", "Find the learning rate again.") from error


def _alike(asked: dict[str, Any], settings: Settings) -> bool:
    """Tell whether the search was made with settings that would give the same rate."""
    now = to_json(settings)
    parts = ("face", "augmentation", "model", "seed")
    training = {name: value for name, value in now["training"].items() if name not in _FREE}
    return all(asked.get(part) == now[part] for part in parts) and all(
        asked.get("training", {}).get(name) == value for name, value in training.items()
    )
