"""The parts of the home page."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.datasets import BUILTIN, ORL_CREDIT, get_dataset
from core.drawing import draw_faces
from core.images import decode, resize
from core.recognizer import FacePrediction
from core.runs import PhotoRecord, Run, list_runs
from core.settings import DEFAULT_PRESET, PRESETS
from ui import resources
from ui.components import percent
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.images import png
from ui.progress import REFRESH_SECONDS, duration, show_bar, show_end, stop_button
from ui.session import current
from ui.settings_tabs import uses_embedding

SHOWN_HEIGHT = 336  # px: the built-in photos are small, so they are shown three times as large


def welcome() -> None:
    """Say in two sentences what this is."""
    st.markdown(
        "Train a face classifier on your own photos, see honestly how good it is, and let it name the faces in new ones. "
        "Everything stays on this computer."
    )


def first_face() -> None:
    """Offer the way from nothing to the first named face, and show where it stands."""
    run = _first_run()
    with st.container(border=True):
        if run is None:
            _start()
        elif run.state in ("queued", "running", "stopping"):
            st.subheader("Learning 40 names")
            _live(run)
        elif run.result is not None:
            _named_face(run)
        else:
            show_end(jobs.read_job(run.directory))
            _start("Start afresh")


def _first_run() -> Run | None:
    """Return the newest run on the built-in faces: a reload or a second browser finds it by the file, not by memory."""
    return next((run for run in list_runs().runs if run.settings.data.source == BUILTIN), None)


def _start(label: str = "Train on the built-in faces") -> None:
    st.subheader("See it work first")
    st.write(
        "400 photos of 40 people come with Visage. One button finds the faces, learns the 40 names, tests itself, "
        "and names a face that it has not learnt from. It takes about a minute."
    )
    if st.button(label, type="primary", icon=":material/play_arrow:"):
        with explained():
            current().follow(jobs.start_training(PRESETS[DEFAULT_PRESET], name="First faces"))
            st.rerun()
    st.caption(ORL_CREDIT)


@st.fragment(run_every=REFRESH_SECONDS)
def _live(run: Run) -> None:
    job = jobs.read_job(run.directory)
    if not job.alive:
        st.rerun()
    show_bar(job)
    with st.container(horizontal=True, vertical_alignment="center"):
        stop_button(job)
        st.page_link(page_named("train"), label="Watch on the Train page", icon=":material/model_training:")
    st.caption("This goes on when you leave the page or close the browser.")


def _named_face(run: Run) -> None:
    assert run.result is not None
    with explained():
        photo = _first_test_photo(run)
        if photo is None:
            st.info("The run has no test photo to name.")
            return
        picture, words = st.columns([1, 2], vertical_alignment="center")
        data = (get_dataset(_dataset_id(run)).root / photo.path).read_bytes()
        found = resources.prediction(run, photo.path, data)
        with picture:
            decoded = decode(data, photo.path)
            grown = resize(decoded.pixels, round(decoded.width * SHOWN_HEIGHT / decoded.height), SHOWN_HEIGHT)
            drawn = draw_faces(grown, decoded.width / grown.shape[1], [(each.detection, each.decision) for each in found.faces])
            st.image(png(drawn), alt=f"A test photo of {photo.person} with the found face in a box")
        with words:
            _verdict(run, photo, max(found.faces, key=lambda each: each.detection.score, default=None))
            _after()


def _verdict(run: Run, photo: PhotoRecord, face: FacePrediction | None) -> None:
    assert run.result is not None
    if face is None:
        st.subheader("No face was found in this test photo")
    else:
        best, sure = as_text(face.top[0][0]), _sure(face.probability)
        named = {"known": f"This is {best}, {sure} sure", "unsure": f"This may be {best}, {sure} sure"}
        st.subheader(named.get(face.decision, f"Unknown. It looks most like {best}"))
        st.write("Right." if face.top[0][0] == photo.person else f"Wrong: it is {as_text(photo.person)}.")
    test = run.result["test"]
    st.write(f"It named {percent(test['accuracy'])} of {test['photos']} test photos right. None of them was used to learn.")
    st.caption(_what_happened(run))


def _sure(probability: float) -> str:
    return "more than 99%" if probability > 0.99 else percent(probability, 0)


def _what_happened(run: Run) -> str:
    assert run.result is not None
    taught = run.result["train"]["photos"] + (run.result["validation"]["photos"] if run.result["refitted"] else 0)
    took = f"It took {duration(run.result['seconds'])}."
    if uses_embedding(run.settings):
        described = "a network taught with millions of other faces put every face into numbers"
        return f"What happened: {described}, and from those of {taught} photos it learnt the 40 names. {took}"
    return f"What happened: a network learnt the 40 names from the pixels of {taught} photos alone. {took}"


def _after() -> None:
    with st.container(horizontal=True):
        st.page_link(page_named("evaluate"), label="See where it errs", icon=":material/analytics:")
        st.page_link(page_named("predict"), label="Name faces in a photo", icon=":material/familiar_face_and_zone:")


def _first_test_photo(run: Run) -> PhotoRecord | None:
    tested = run.split.part("test") if run.split else []
    return next((photo for photo in sorted(tested, key=lambda each: each.path) if photo.use == "face"), None)


def _dataset_id(run: Run) -> str:
    assert run.dataset is not None
    return run.dataset.id


def ways_on() -> None:
    """Show the way through the pages, in the order of the work."""
    st.subheader("Then your own photos")
    st.write("Put the photos of each person into a folder of their own. A handful each is a good start.")
    steps = [
        ("explore", "Open your folder and see what is in it."),
        ("augment", "See which variants of the faces teach."),
        ("train", "Choose a network and start it."),
        ("evaluate", "See how good it is, and where it errs."),
        ("predict", "Upload photos; the faces in them get names."),
    ]
    with st.grid(min_column_width=160):
        for name, sentence in steps:
            with st.container(border=True, height="stretch"):
                st.page_link(page_named(name), label=f"**{name.capitalize()}**", icon=":material/arrow_forward:")
                st.caption(sentence)
