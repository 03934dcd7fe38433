"""The settings in tabs: every one of them, and those that have no say beside the others locked, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import streamlit as st

from core.settings import PRESETS, FaceSettings, ModelSettings, Settings, limits_of, parts_of_settings
from core.settings.locks import locks
from ui.guards import as_text
from ui.session import SETTINGS_OPEN, SETTINGS_TAB, current, open_if_wanted, show_wanted
from ui.settings_form import edit_part

MILLISECONDS = {"sface": 14, "dlib": 3}  # to embed one face on two cores

TITLES = {
    "embedding": "Embedding",
    "training": "Training",
    "model": "Network",
    "face": "Faces",
    "split": "Split",
    "augmentation": "Augmentation",
    "openset": "Unknown",
}
_STEPS = {"epochs": ("Steps", "At most so many passes over the stored embeddings; it ends earlier when nothing improves.")}
# An embedding comes with its presets alone, which bring the faces it needs.
_OWN_NETWORKS = tuple(kind for kind in limits_of(ModelSettings, "architecture").choices if kind != "embedding")


def edit_all() -> None:
    """Show all settings of the preset in view, in groups, and keep what the person changes."""
    keep_faces_fitting()
    # Closed, or on another tab, they are not drawn: eighty widgets would slow every other click on the page.
    open_if_wanted(SETTINGS_OPEN)
    box = st.expander("All settings", icon=":material/tune:", key=SETTINGS_OPEN, on_change="rerun")
    if not box.open:
        return
    with box:
        parts = _parts()
        titles = [TITLES[part] for part in parts]
        show_wanted(SETTINGS_TAB, titles)
        shown = st.tabs(titles, key=SETTINGS_TAB, on_change="rerun")
        for tab, part in zip(shown, parts, strict=True):
            if tab.open:
                with tab:
                    _edit_group(part)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _edit_seed()
            if st.button("Back to the preset's settings", icon=":material/restart_alt:"):
                current().reset_settings()
                st.rerun()


def _parts() -> list[str]:
    """Return the parts to show, first those that matter most; the photos are chosen elsewhere."""
    if uses_embedding(current().settings):
        return list(TITLES)
    return [*(part for part in TITLES if part != "embedding"), "embedding"]


def uses_embedding(settings: Settings) -> bool:
    """Tell whether these settings build on a pretrained embedding."""
    return settings.model.architecture == "embedding"


def _edit_group(part: str) -> None:
    """Edit one part: what can be set first, then what is locked, by its reasons."""
    for sentence in _words_on(part):
        st.caption(sentence)
    reasons = {name: reason for name, reason in _locked(part).items() if reason}
    names = [each.name for each in fields(parts_of_settings()[part])]
    _edit(part, tuple(name for name in names if name not in reasons))
    keep_faces_fitting()
    if part == "embedding":
        _cost_of_views()
    # Read again: what was just changed may have locked or opened others.
    if set(reasons) != set(_locked(part)):
        st.rerun()
    for reason in dict.fromkeys(reasons.values()):
        st.caption(f":material/lock: {as_text(reason)}")
        _edit(part, tuple(name for name in names if reasons.get(name) == reason), locked=True)


def _locked(part: str) -> dict[str, str]:
    """Return the locked settings of one part, by their own names."""
    found = locks(current().settings)
    return {name.partition(".")[2]: reason for name, reason in found.items() if name.partition(".")[0] == part}


def _words_on(part: str) -> list[str]:
    settings = current().settings
    if not uses_embedding(settings):
        return []
    if part == "training" and not settings.embedding.fine_tune:
        return ["Only the last layer learns, from embeddings that are worked out once and kept. This takes seconds."]
    if part == "embedding" and settings.embedding.backbone == "onnx":
        return ["Your file takes faces of one size and gives one list of numbers for each. Set the size on the Faces tab."]
    if part == "embedding" and settings.embedding.fine_tune:
        return [
            "Training the last layers of the embedding, too, was measured to be worse than leaving them alone when each person "
            "has few photos, and it takes far longer. With hundreds of photos per person it may help."
        ]
    return []


def _edit(part: str, names: tuple[str, ...], columns: int = 3, locked: bool = False) -> None:
    """Edit some settings of one part, side by side where there is room."""
    if not names:
        return
    session = current()
    words = _STEPS if part == "training" and uses_embedding(session.settings) else None
    choices = {} if locked else {"architecture": _OWN_NETWORKS}
    with st.grid(columns, min_column_width=220):
        edited = edit_part(session.settings, part, names, words=words, choices=choices, locked=locked)
        if not locked:
            session.edit(edited)


def keep_faces_fitting() -> None:
    """Cut the faces as the chosen embedding was taught to see them; with any others it would name nobody."""
    session = current()
    settings = session.settings
    needed = faces_for(settings.embedding.backbone) if uses_embedding(settings) else None
    if needed is not None:
        fitting = replace(settings.face, alignment=needed.alignment, size=needed.size, margin=needed.margin)
        if fitting != settings.face:
            session.edit(replace(settings, face=fitting))


def faces_for(backbone: str) -> FaceSettings | None:
    """Return the faces that a built-in embedding needs, as its preset has them; None for a file of one's own."""
    presets = [each for each in PRESETS.values() if uses_embedding(each)]
    return next((each.face for each in presets if each.embedding.backbone == backbone), None)


def edit_view_count(columns: int = 1) -> None:
    """Edit how many views of each training photo are embedded."""
    _edit("embedding", ("views",), columns=columns)
    _cost_of_views()


def _cost_of_views() -> None:
    if not uses_embedding(current().settings):
        return
    chosen = current().settings.embedding
    each = MILLISECONDS.get(chosen.backbone)
    cost = f", about {each} ms each on two cores" if each else ""
    times = "once" if chosen.views == 1 else f"{chosen.views} times"
    st.caption(f"Each training photo is embedded {times}{cost}. What was embedded is kept, so the next training is quick.")


def edit_changes(columns: int = 3, notes: Mapping[str, str] | None = None) -> None:
    """Edit the random changes of training faces.

    Args:
        columns: At most so many side by side.
        notes: Markdown to write behind the label of some of them.
    """
    settings = current().settings
    in_gray = settings.model.colour == "gray" and not uses_embedding(settings)
    unused = {"saturation", "hue"} if in_gray else set()
    names = tuple(each.name for each in fields(settings.augmentation) if each.name not in unused)
    session = current()
    with st.grid(columns, min_column_width=220):
        session.edit(edit_part(session.settings, "augmentation", names, notes=notes))


def _edit_seed() -> None:
    session = current()
    seed = st.number_input(
        "Seed",
        0,
        2**31 - 1,
        session.settings.seed,
        key=f"{session.preset}.{session.form_version}.seed",
        help="The same seed and settings draw the same split and start from the same weights.",
        width=200,
    )
    session.edit(replace(session.settings, seed=int(seed)))
