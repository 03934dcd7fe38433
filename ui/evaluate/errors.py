"""The single faces: mistakes with the reason for each, the most certain ones first, and the right answers."""

from __future__ import annotations

from collections import Counter
from functools import partial

import streamlit as st

from core.errors import RunError
from core.explain import TITLES
from core.review import Judged
from core.review.filtering import POSES, QUALITIES, SIZES, Wanted, find_answers
from core.runs import Run
from ui import resources
from ui.evaluate.gallery import FACES_ON_A_PAGE, caption
from ui.evaluate.why import why_card
from ui.guards import as_text, explained, show_error
from ui.images import png
from ui.resources import explain
from ui.session import current, keep_in_address, show_wanted
from ui.settings_tabs import uses_embedding

FACE = "face"  # the opened photo, in the address
SHOWN, PERSON, NAMED, REASON = "answers", "of", "named", "reason"  # keys of the filters, and their names in the address
_SHOWN = {"wrong": "Mistakes", "right": "Right answers"}
_WIDTH = 148  # px: two beside each other on a phone, all six on a desk
_ALONE = (
    "No second network was asked about these photos, and this one alone is seldom sure that a label is wrong. Measuring the "
    "health of the dataset on the Explore page asks one."
)


def errors(run: Run, judged: Judged) -> None:
    """Show the answers of a set to look through; each opens a card that says why."""
    _say()
    with explained():
        verdicts, known = explain.verdicts(run, judged.key), explain.known(run, judged.key)
        counts = Counter(each.kind for each in verdicts.values())
        if counts:
            st.write("Why they are wrong: " + ", ".join(f"{TITLES[kind]} {count:,}" for kind, count in counts.most_common()))
            if known.opinions is None and not uses_embedding(run.settings):
                st.caption(_ALONE)
        wanted = _choose(judged, bool(known.qualities))
        rows = find_answers(judged, wanted, verdicts, known.qualities)
        st.caption(f"{len(rows):,} {'face' if len(rows) == 1 else 'faces'}, the most certain answers first.")
        _gallery(run, judged, rows, wanted)
        opened = _opened(judged)
        if opened is not None:
            _dialog(run, judged, opened)


def _say() -> None:
    """Tell once what the last action did."""
    if current().said:
        st.toast(as_text(current().said), icon=":material/check:")
        current().said = ""


def _choose(judged: Judged, measured: bool) -> Wanted:
    """Let the person choose which answers to look at; names, reason and kind stand in the address."""
    shown = _menu(SHOWN, _SHOWN, "Show", "wrong")
    people = {"": "Anybody", **{person: person for person in judged.people}}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        person, named = _menu(PERSON, people, "Photos of"), _menu(NAMED, people, "Named as")
        reason = _menu(REASON, {"": "Any reason", **TITLES}, "Why") if shown == "wrong" else ""
        quality, size, pose = (
            st.selectbox(label, ["", *choices], format_func=lambda each: each or "Any", key=f"answers-{label}", width=_WIDTH)
            for label, choices in (("Quality", QUALITIES), ("Size of the face", SIZES), ("Pose", POSES))
        )
    if (quality or size or pose) and not measured:
        st.info("These photos have not been measured yet; the Health tab of the Explore page does that.")
    return Wanted(shown == "wrong", person, named, reason, quality, size, pose)


def _menu(key: str, options: dict[str, str], label: str, first: str = "") -> str:
    show_wanted(key, options, first)
    draw = partial(st.segmented_control, required=True) if key == SHOWN else partial(st.selectbox, width=_WIDTH)
    chosen: str = draw(label, list(options), format_func=options.__getitem__, key=key)
    keep_in_address(key, chosen, first)
    return chosen


def _gallery(run: Run, judged: Judged, rows: list[int], wanted: Wanted) -> None:
    if not rows:
        st.caption("None.")
        return
    pages = -(-len(rows) // FACES_ON_A_PAGE)
    key = f"errors-{run.id}-{judged.key}-{hash(wanted)}"
    number = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    shown = rows[(number - 1) * FACES_ON_A_PAGE : number * FACES_ON_A_PAGE]
    try:
        found = resources.judged_faces(run, judged.key)
    except RunError as error:
        show_error(error)
        found = None
    with st.grid(min_column_width=150, gap="xsmall"):
        for row in shown:
            with st.container(gap="xxsmall"):
                _tile(
                    run, judged, row, png(found.pixels(judged.sha256[row])) if found and found.has(judged.sha256[row]) else None
                )


def _tile(run: Run, judged: Judged, row: int, picture: bytes | None) -> None:
    words = caption(judged, row)
    verdict = explain.verdicts(run, judged.key).get(row)
    if picture is None:
        st.caption("Not in the dataset any more")
    else:
        st.image(picture, width="stretch", alt=f"Face from {judged.paths[row]}")
    st.caption(as_text(words))
    label = verdict.title if verdict else "Look closer"
    sha256 = judged.sha256[row]
    st.button(
        label, key=f"why-{sha256}", width="stretch", help="Why it was named so, and what to do.", icon=":material/zoom_in:",
        on_click=_open, args=(sha256,),
    )  # fmt: skip


def _open(sha256: str) -> None:
    """Look at one face; "" at none. It stands in the address, so a reload shows it again."""
    if sha256:
        st.query_params[FACE] = sha256
    elif FACE in st.query_params:
        del st.query_params[FACE]


def _opened(judged: Judged) -> int | None:
    wanted = st.query_params.get(FACE, "")
    return judged.sha256.index(wanted) if wanted in judged.sha256 else None


def _dialog(run: Run, judged: Judged, row: int) -> None:
    @st.dialog("Why this name?", width="large", on_dismiss=partial(_open, ""))
    def show() -> None:
        why_card(run, judged, row)

    show()
