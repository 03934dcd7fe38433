"""An import that waits: the job that looks at it, the preview, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path, PurePath

import pandas as pd
import streamlit as st

from core import datasets, importing, jobs
from core.datasets import Catalogue, SkippedFile
from core.errors import DatasetError
from core.importing import Outcome, Plan, Preview, Staging, Target
from ui.guards import as_text, explained, show_error
from ui.progress import show_end, watch
from ui.session import current

NEW = "A new dataset"
SHOWN_SKIPPED = 1000
_LAYOUTS = {
    importing.AUTO: "Find out",
    importing.FOLDERS: "Folders named after people",
    importing.FILENAMES: "File names like Ann_01.jpg",
    importing.TABLE: "A table (path,label)",
}


def waiting() -> Staging | None:
    """Return the import that waits to be looked at or confirmed; the newest, None where there is none."""
    return next((each for each in reversed(importing.list_stagings())), None)


def job_of(staging: Staging) -> jobs.JobState | None:
    """Return the newest job that works on a staging, or has."""
    found = (job for job in jobs.list_jobs() if job.kind == "import")
    return next((job for job in found if _about(job, "staging") == str(staging.directory)), None)


def collecting(staging: Staging) -> bool:
    """Tell whether photos are still being taken by the camera."""
    return staging.kind == "camera" and not staging.checked and job_of(staging) is None


def unfinished() -> jobs.JobState | None:
    """Return the download that runs, or what has gone wrong last and was not put away; None where there is neither."""
    job = next((job for job in jobs.list_jobs() if job.kind in ("download", "import")), None)
    if job is None or job.state in ("done", "stopped"):
        return None
    return job if job.kind == "download" or job.state in ("failed", "lost") else None


def show_unfinished(job: jobs.JobState) -> None:
    """Show a running download, or what has gone wrong, with a way to put that away."""
    if job.alive or job.kind == "download":
        watch(job.directory)
    else:
        st.error(f"**{as_text(job.error)}** {as_text(job.remedy)}", icon=":material/error:")
    if not job.alive and st.button("Close", icon=":material/close:", key="import-close"):
        jobs.forget_job(job.directory)
        st.rerun()


def review(staging: Staging, catalogue: Catalogue | None) -> None:
    """Show where an import stands: being read, to be confirmed, being kept, or done."""
    if staging.result is not None:
        _show_done(staging, Outcome.from_json(staging.result))
        return
    job = job_of(staging)
    st.markdown(f"**{as_text(staging.title)}**")
    if job is not None and job.alive:
        watch(job.directory)
        return
    if job is not None and job.state == "stopped":
        st.info("Stopped. Nothing was added.", icon=":material/stop_circle:")
    elif job is not None:
        show_end(job)
    try:
        _confirm(staging, catalogue)
    except (DatasetError, FileNotFoundError) as error:
        show_error(error if isinstance(error, DatasetError) else DatasetError("This import is not there any more."))
        _discard_button(staging)


def _confirm(staging: Staging, catalogue: Catalogue | None) -> None:
    """Show what would be imported, and let the person say where to and whether."""
    layout = importing.AUTO if staging.person else _choose_layout(staging)
    if staging.kind == "place":
        shown = importing.look_at_folder(Path(staging.root), layout)
        if shown is None:
            _copy_instead(staging, layout)
            return
        show_preview(shown, adding=False)
        _open_in_place(staging, shown)
        return
    planned = importing.plan(staging, layout)
    target = _choose_target(staging, planned, catalogue, layout)
    shown = importing.preview(planned, datasets.get_dataset(target.dataset) if target.dataset else None)
    show_preview(shown, adding=bool(target.dataset))
    _commit(staging, target, shown)


def show_preview(shown: Preview, adding: bool) -> None:
    """Show the people and photos of an import, and what is left out and why.

    Args:
        adding: Whether a dataset is there that the photos go to.
    """
    photos = sum(each.photos for each in shown.people)
    strangers = [each.person for each in shown.people if datasets.are_strangers(each.person)]
    words = f"{_counted(photos, 'photo')} of {_counted(len(shown.people) - len(strangers), 'person', 'people')}"
    words += " and strangers" if strangers else ""
    st.write(f"{words}, {shown.new:,} of them new." if adding else f"{words}.")
    columns = {"Person": [each.person for each in shown.people], "Photos": [each.photos for each in shown.people]}
    if adding:
        columns |= {"New": [each.new for each in shown.people], "There already": [each.there for each in shown.people]}
    if shown.people:
        st.dataframe(pd.DataFrame(columns), hide_index=True, width="stretch", height=min(35 * len(shown.people) + 38, 300))
    if strangers:
        st.caption(f"{as_text(strangers[0])} is taken for strangers: nobody to learn, but a test of who stays unknown.")
    _show_skipped(shown.skipped)


def _show_skipped(skipped: Sequence[SkippedFile]) -> None:
    if not skipped:
        st.caption("No file is left out.")
        return
    with st.expander(f"{_counted(len(skipped), 'file')} left out", icon=":material/filter_alt:"):
        listed = [(each.path, each.reason, each.remedy) for each in skipped[:SHOWN_SKIPPED]]
        st.dataframe(pd.DataFrame(listed, columns=["File", "Why", "What to do"]), hide_index=True, width="stretch")
        if len(skipped) > SHOWN_SKIPPED:
            st.caption(f"The first {SHOWN_SKIPPED:,} of {len(skipped):,}.")


def _choose_layout(staging: Staging) -> str:
    chosen = st.selectbox(
        "Where are the names?",
        list(_LAYOUTS),
        format_func=_LAYOUTS.__getitem__,
        key=f"layout-{staging.directory.name}",
        width=320,
    )
    return str(chosen)


def _choose_target(staging: Staging, planned: Plan, catalogue: Catalogue | None, layout: str) -> Target:
    """Let the person choose a dataset that is there, or name a new one."""
    known = {each.id: each.name for each in datasets.list_datasets() if not each.problem}
    ids = ["", *known]
    one_person = bool(staging.person)
    first = ids.index(catalogue.id) if catalogue is not None and one_person and catalogue.id in known else 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Add to",
            ids,
            index=first,
            format_func=lambda id: known.get(id, NEW),
            key=f"target-{staging.directory.name}",
            help="Your own folders are never written to: what is added to them is kept beside.",
            width=320,
        )
        name = "" if chosen else _choose_name(staging)
    keep = bool(not chosen and planned.has_parts) and st.checkbox(
        "Keep its train, validation and test folders", key=f"parts-{staging.directory.name}"
    )
    return Target(chosen, name, layout, keep)


def _choose_name(staging: Staging) -> str:
    proposed = importing.clean_person(PurePath(staging.title).stem if staging.kind == "zip" else staging.title)
    key = f"name-{staging.directory.name}"
    return st.text_input("Its name", proposed, max_chars=importing.LONGEST_NAME, key=key, width=320)


def _commit(staging: Staging, target: Target, shown: Preview) -> None:
    with st.container(horizontal=True):
        label = f"Import {_counted(shown.new, 'photo')}"
        if st.button(label, type="primary", icon=":material/check:", disabled=not shown.new, key="import-commit"):
            with explained():
                if not target.dataset and not importing.clean_person(target.name):
                    raise DatasetError("The new dataset has no name.", "Give it one, such as Family.")
                jobs.start_import(staging.directory, staging.title, asdict(target))
                st.rerun()
        _discard_button(staging)


def _open_in_place(staging: Staging, shown: Preview) -> None:
    from ui.dataset_picker import open_folder

    st.caption("The folder is opened where it is: nothing is copied, and nothing in it is ever changed.")
    with st.container(horizontal=True):
        if st.button("Open this folder", type="primary", icon=":material/check:", disabled=not shown.people):
            with explained():
                importing.discard(staging)
                open_folder(staging.root)
        _discard_button(staging)


def _copy_instead(staging: Staging, layout: str) -> None:
    st.write(f"To take the names from {_LAYOUTS[layout].lower()}, Visage copies the photos into a folder of its own.")
    with st.container(horizontal=True):
        if st.button("Look at the photos", type="primary", icon=":material/search:"):
            with explained():
                copied = importing.stage_folder(staging.root)
                jobs.start_import(copied.directory, copied.title)
                importing.discard(staging)
                st.rerun()
        _discard_button(staging)


def _discard_button(staging: Staging) -> None:
    if st.button("Discard", icon=":material/delete:", key="import-discard", help="Nothing has been added yet."):
        importing.discard(staging)
        st.rerun()


def _show_done(staging: Staging, outcome: Outcome) -> None:
    """Put the dataset in view and start reading it, once; then forget the import."""
    catalogue = datasets.get_dataset(outcome.dataset)
    session = current()
    session.wanted["dataset"] = catalogue.id
    importing.discard(staging)
    with explained():
        jobs.start_preparation(catalogue.source, session.settings.face)
    there = f" {outcome.there:,} were there already." if outcome.there else ""
    st.toast(f"{_counted(outcome.added, 'photo')} added to {as_text(outcome.name)}.{there}", icon=":material/check_circle:")
    st.rerun()


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _about(job: jobs.JobState, name: str) -> object:
    return jobs.read_description(job.directory).get(name)
