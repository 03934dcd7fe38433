"""Cross-validation on Evaluate and on Train: every photo judges once, and one sees how much is chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core import figures, jobs
from core.datasets import Catalogue
from core.errors import JobError
from core.experiment import finished_folds
from core.experiment.speed import estimate, read_speed
from core.runs import Run, layout
from core.settings import Settings, to_json
from core.storage import read_json
from ui.components import chart, figures_row, percent
from ui.guards import as_text, explained
from ui.presets_views import roughly
from ui.progress import REFRESH_SECONDS, ask, duration, show_bar, watch
from ui.session import current
from ui.settings_tabs import uses_embedding

MOST_FOLDS = 10
_ABOUT = (
    "The photos are cut into equal parts, the folds. Each part is judged once by a network that has learnt from all "
    "the others. So every photo is tested, and the differences between folds show how much is chance."
)
_EMBEDDED_ONCE = "The faces are embedded once and kept; in each fold only the last layer learns, which takes seconds."


def cross_validation(run: Run) -> None:
    """Offer a cross-validation with the run's settings, follow it, and show the newest result."""
    st.write(_ABOUT)
    with explained():
        done = list(_jobs_of(run.settings))
        if done and (done[0].alive or done[0].state in ("failed", "lost", "stopped")):
            watch(done[0].directory)
        if not (done and done[0].alive):
            _start(run)
            _show(next((found for job in done if (found := _result_of(job.directory))), None))


def cross_validate_settings(catalogue: Catalogue) -> None:
    """Offer a cross-validation of the settings in view, follow it fold by fold, and show the newest result."""
    settings = current().use_source(catalogue.source)
    st.write(_ABOUT)
    with explained():
        done = list(_jobs_of(settings))
        if done and done[0].alive:
            _live(str(done[0].directory))
            return
        _start_with(settings, catalogue)
        if done and done[0].state in ("stopped", "failed", "lost"):
            _unfinished(done[0])
        found = next(((job, result) for job in done if (result := _result_of(job.directory))), None)
        if found is not None:
            if not _alike(jobs.read_description(found[0].directory).get("settings", {}), settings):
                st.caption("This was measured with other settings than those in view.")
            _show(found[1])


@st.fragment(run_every=REFRESH_SECONDS)
def _live(directory: str) -> None:
    with explained():
        job = jobs.read_job(Path(directory))
        if not job.alive:
            st.rerun()
        show_bar(job)
        help, stopping = "Finished folds are kept; the others can be done later.", job.state == "stopping"
        st.button(
            "Stop", icon=":material/stop_circle:", help=help, disabled=stopping, key="crossvalidation-stop",
            on_click=ask, args=(jobs.request_stop, job.directory),
        )  # fmt: skip
        _rows(finished_folds(job.directory), "crossvalidation-live")


def _start_with(settings: Settings, catalogue: Catalogue) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        folds = st.number_input("Folds", 2, MOST_FOLDS, 5, key="crossvalidation-folds", width=140, help="5 is usual.")
        enough = catalogue.summary().people > 1
        if st.button("Cross-validate", icon=":material/view_module:", key="crossvalidation-start", disabled=not enough):
            current().follow(jobs.start_crossvalidation(settings, int(folds)))
            st.rerun()
    if uses_embedding(settings):
        st.caption(_EMBEDDED_ONCE)
        return
    speed, about = read_speed(), catalogue.summary()
    seconds = estimate(speed, settings, about.photos, about.people) if speed else None
    takes = f", about {roughly(seconds * int(folds))} here" if seconds else ""
    st.caption(f"Trains {folds} networks{takes}.")


def _unfinished(job: jobs.JobState) -> None:
    """Say how a cross-validation ended before its time, and offer to go on with the folds that are missing."""
    folds = finished_folds(job.directory)
    words = {"stopped": "was stopped", "lost": "was interrupted"}.get(job.state, "failed")
    error = f" {as_text(job.error)} {as_text(job.remedy)}" if job.state == "failed" else ""
    kept = f" {len(folds)} finished folds are kept." if len(folds) > 1 else " One finished fold is kept." if folds else ""
    st.info(f"{as_text(job.title)} {words}.{error}{kept}", icon=":material/info:")
    if st.button("Go on with the missing folds", icon=":material/play_arrow:", key="crossvalidation-resume"):
        jobs.resume(job.directory)
        st.rerun()
    _rows(folds, "crossvalidation-kept")


def _alike(asked: dict[str, Any], settings: Settings) -> bool:
    """Tell whether a cross-validation was made with settings that would give the same figures."""
    now = to_json(settings)
    return all(asked.get(name) == now[name] for name in now if name not in ("openset", "schema_version", "preset"))


def _show(result: dict[str, Any] | None) -> None:
    if result is None:
        return
    _summary(result)
    _folds(result)
    _people(result)


def _start(run: Run) -> None:
    key = f"crossvalidation-{run.id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        folds = st.number_input("Folds", 2, MOST_FOLDS, 5, key=f"{key}-folds", width=140, help="5 is usual.")
        if st.button("Cross-validate", icon=":material/view_module:", key=key):
            with explained():
                jobs.start_crossvalidation(run.settings, int(folds))
                st.rerun()
    if uses_embedding(run.settings):
        st.caption(_EMBEDDED_ONCE)
    else:
        st.caption(f"Trains {folds} networks, each about as long as this run took: {_time_of(run)}.")


def _time_of(run: Run) -> str:
    return duration(run.result["seconds"]) if run.result else "its time is not known"


def _jobs_of(of: Settings) -> Iterator[jobs.JobState]:
    """Yield the cross-validations of these photos and this preset, the newest first: a reload finds them by their files."""
    for job in jobs.jobs_of_kind("crossvalidation"):
        settings = jobs.read_description(job.directory).get("settings", {})
        source = settings.get("data", {}).get("source")
        if (source, settings.get("preset")) == (of.data.source, of.preset):
            yield job


def _result_of(directory: Path) -> dict[str, Any] | None:
    try:
        return read_json(directory / layout.RESULT)
    except (ValueError, OSError) as error:
        raise JobError(f"{directory / layout.RESULT} cannot be read ({error}).", "Cross-validate again.") from error


def _summary(result: dict[str, Any]) -> None:
    mean, spread, interval = (result[name]["accuracy"] for name in ("mean", "spread", "interval"))
    if mean is None:
        st.info("No fold had a photo to judge by.", icon=":material/info:")
        return
    low, high = interval or (mean, mean)
    figures_row(
        [
            ("Mean accuracy", percent(mean), f"Over {len(result['folds'])} folds; each photo is judged once."),
            ("Spread", percent(spread), "Standard deviation between the folds."),
            ("Calibration error", percent(result["mean"]["calibration_error"]), "How far certainty and truth lie apart."),
            ("Time", duration(result["seconds"]), "For all folds."),
        ]
    )
    if interval:
        st.write(f"With 95% certainty the mean lies between {percent(low)} and {percent(high)}.")
    accuracies = [row["accuracy"] for row in result["folds"] if row["accuracy"] is not None]
    chart(
        figures.fold_accuracies(accuracies, mean, low, high),
        "folds",
        "Each dot is the accuracy of one fold; the dotted line is their mean, the band its 95% interval.",
    )


def _folds(result: dict[str, Any]) -> None:
    st.markdown("**Each fold**")
    _rows(result["folds"], "crossvalidation-folds-table")


def _rows(folds: Sequence[dict[str, Any]], key: str) -> None:
    if not folds:
        return
    rows = [
        {
            "Fold": row["fold"],
            "Accuracy": row["accuracy"],
            "Balanced": row["balanced_accuracy"],
            "Log loss": row["log_loss"],
            "Photos": row["photos"],
            "Seconds": row["seconds"],
        }
        for row in folds
    ]
    share = st.column_config.NumberColumn(format="percent")
    numbers = {
        "Log loss": st.column_config.NumberColumn(format="%.3f"),
        "Seconds": st.column_config.NumberColumn(format="%.1f"),
    }
    columns = {"Accuracy": share, "Balanced": share, **numbers}
    st.dataframe(rows, hide_index=True, width="stretch", column_config=columns, key=key)


def _people(result: dict[str, Any]) -> None:
    st.markdown("**Each person, the least recognised first**")
    people = sorted(result["people"], key=lambda each: (each["recall"] is None, each["recall"]))
    rows = [
        {"Person": each["person"], "Named right": each["recall"], "Spread": each["spread"], "Photos": each["photos"]}
        for each in people
    ]
    share = st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent")
    columns = {"Named right": share, "Spread": st.column_config.NumberColumn(format="percent")}
    st.dataframe(rows, hide_index=True, width="stretch", column_config=columns)
    if result["training_only"]:
        names = as_text(", ".join(result["training_only"]))
        st.caption(f"Not judged, because all photos of each look almost the same: {names}.")
