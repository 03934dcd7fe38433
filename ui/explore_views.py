"""The parts of the Explore page."""

from __future__ import annotations

import streamlit as st

from core import datasets, figures
from core.datasets import Catalogue, are_strangers
from ui import dataset_care, resources
from ui.components import chart, figures_row
from ui.guards import as_text, explained
from ui.session import current
from ui.wall import exporting


def summary(catalogue: Catalogue) -> None:
    """Show the figures that matter before training."""
    about = catalogue.summary()
    counts = [count for _, count in _people(catalogue)]
    smallest, median = (min(counts), sorted(counts)[len(counts) // 2]) if counts else (0, 0)
    strangers = ("Strangers", f"{about.strangers:,}", "Photos of anybody else. They teach nobody, but test who stays unknown.")
    figures_row(
        [
            ("Photos", f"{about.photos:,}", "Photos that can be read, each content once."),
            ("People", f"{about.people:,}", "One folder each."),
            *([strangers] if about.strangers else []),
            ("Fewest photos", f"{smallest:,}", "Of one person. People with fewer than 3 photos have none for the test."),
            ("Median photos", f"{median:,}", "Half of the people have at most this many."),
            ("Skipped files", f"{about.skipped:,}", "Files that were not used; the Problems tab says why."),
        ]
    )
    if catalogue.source == datasets.BUILTIN:
        st.caption(datasets.ORL_CREDIT)
    for note in catalogue.notes():
        st.info(as_text(note), icon=":material/info:")
    if not about.available:
        st.warning(
            f"The folder {catalogue.source} is not there any more. If it has moved, say where on the Manage tab.",
            icon=":material/folder_off:",
        )


def _people(catalogue: Catalogue) -> list[tuple[str, int]]:
    """Return each person but strangers with the number of their photos."""
    return [each for each in resources.people_of(catalogue) if not are_strangers(each[0])]


def statistics(catalogue: Catalogue) -> None:
    """Show class balance, sizes and colours."""
    st.subheader("Photos per person")
    chart(
        figures.class_balance(_people(catalogue)),
        "class-balance",
        "A network sees people with many photos more often; class weights on the Train page even that out.",
    )
    st.subheader("Photo sizes")
    chart(
        figures.image_sizes(resources.sizes_of(catalogue)),
        "sizes",
        "Width and height of the photos; larger dots stand for more photos.",
    )
    st.subheader("Colours")
    chart(
        figures.channel_histogram(resources.channels_of(catalogue)),
        "channels",
        "How often each brightness occurs in red, green and blue; three equal lines mean gray photos.",
    )


def split(catalogue: Catalogue) -> None:
    """Show how many photos of each person would teach, choose and judge."""
    session = current()
    settings = session.settings
    st.write(
        f"With the split {settings.split.preset} and seed {settings.seed}, as chosen on the Train page. "
        "Near-duplicates of a person stay on one side."
    )
    if strangers := catalogue.summary().strangers:
        st.write(f"{strangers:,} photos of strangers are in none of the three parts: they test who stays unknown.")
    with explained():
        counts = resources.split_counts(catalogue, settings.split, settings.seed)
        figures_row(
            [
                ("Training photos", f"{counts.train:,}", "The network learns from these."),
                ("Validation photos", f"{counts.validation:,}", "They correct how sure it is and choose the best epoch."),
                ("Test photos", f"{counts.test:,}", "Used once, at the end, to judge the result."),
                ("Near-duplicates", f"{counts.grouped:,}", "Photos that look almost like another of the same person."),
            ]
        )
        chart(figures.split_counts(counts.by_person), "split", "Each person's photos in the three parts.")
        _say_who_has_none("validation", counts.without_validation)
        _say_who_has_none("test", counts.without_test)


def _say_who_has_none(part: str, people: tuple[str, ...]) -> None:
    if people:
        shown = ", ".join(people[:10]) + (f" and {len(people) - 10} more" if len(people) > 10 else "")
        st.info(f"Too few photos for a {part} photo: {as_text(shown)}.", icon=":material/info:")


def manage(catalogue: Catalogue) -> None:
    """Take the cleaned dataset out, and care for where its photos are."""
    exporting(catalogue)
    dataset_care.manage(catalogue)
