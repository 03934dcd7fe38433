"""The parts of the Evaluate page; every figure was computed when the run ended and is only shown here."""

from __future__ import annotations

import streamlit as st

from core import figures
from core.evaluation import EvaluationReport
from core.review import Answer, confused_pairs
from core.runs import Run
from ui import resources
from ui.components import chart, figures_row, percent, picture_wall
from ui.guards import as_text, explained
from ui.images import png
from ui.progress import duration
from ui.resources.runs import changed_since
from ui.settings_tabs import uses_embedding
from ui.strangers_views import line_in_words
from ui.train_views import learning_curves, unit_of

PARTS = {"test": "Test photos", "validation": "Validation photos", "train": "Training photos"}
FACES_ON_A_PAGE = 36


def choose_part(run: Run) -> str:
    """Let the person choose whose photos are judged; the test photos are the honest choice and come first."""
    options = [part for part in PARTS if part in run.reports and run.reports[part].photos]
    if not options:
        st.warning("This run has no evaluated photos.")
        st.stop()
    chosen = st.segmented_control("Judged by", options, default=options[0], format_func=PARTS.__getitem__, required=True)
    if chosen == "train":
        st.info("The network has learnt from these photos; this says nothing about new ones.", icon=":material/info:")
    if chosen == "validation":
        st.caption("These photos helped to choose how sure the answers are and when to stop, so they flatter a little.")
    return chosen or options[0]


def summary(run: Run, part: str) -> None:
    """Show the figures of one part beside what guessing would reach."""
    report = run.reports[part]
    figures_row(
        [
            ("Accuracy", percent(report.accuracy), "Share of photos whose person was named right."),
            ("Balanced", percent(report.balanced_accuracy), "Balanced accuracy: the same share, each person counting alike."),
            ("Macro F1", f"{report.macro_f1:.3f}", "Mean over people of F1, which weighs wrong names against missed ones."),
            (
                "Log loss",
                "–" if report.log_loss is None else f"{report.log_loss:.3f}",
                "Punishes certainty in wrong names; 0 is perfect.",
            ),
            ("Photos", f"{report.photos:,}", f"{report.no_face} of them without a found face, counted as wrong."),
        ]
    )
    st.caption(
        f"Guessing at random would reach {percent(report.chance)}, "
        f"always naming the most frequent person {percent(report.majority)}."
        + (f" {report.set_aside} photos with several faces are set aside." if report.set_aside else "")
    )
    few = [each.person for each in report.per_person if 0 < each.support < 5]
    if few and part == "test":
        st.caption(
            f"{len(few)} of {len(report.per_person)} people have fewer than 5 test photos, so their own figures are rough."
        )


def say_what_changed(run: Run) -> None:
    """Say where the dataset is not the one that the run was made from."""
    with explained():
        changed = changed_since(run)
        if changed is not None:
            st.info(f"{as_text(changed)} The figures below are those of the photos at that time.", icon=":material/update:")


def curves(run: Run) -> None:
    """Show how loss and accuracy went over the epochs."""
    learning_curves(run, f"evaluate-{run.id}")
    if any(each.phase == "refit" for each in run.history):
        assert run.result is not None
        st.caption(_again(run))


def _again(run: Run) -> str:
    assert run.result is not None
    if uses_embedding(run.settings):
        return "Dashed: learnt once more, with the validation photos included. This one is kept."
    again = "After validation had chosen the epochs, a second network was trained with the validation photos included. "
    return again + ("It is the one that is kept." if run.result["refitted"] else "It fitted worse, so the first one is kept.")


def classification_report(run: Run, part: str) -> None:
    """Show precision, recall, F1 and support for each person."""
    report = run.reports[part]
    rows = [
        {"Person": each.person, "Precision": each.precision, "Recall": each.recall, "F1": each.f1, "Photos": each.support}
        for each in report.per_person
    ]
    share = st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f")
    st.dataframe(rows, hide_index=True, width="stretch", column_config=dict.fromkeys(("Precision", "Recall", "F1"), share))
    st.caption(
        "Precision: of the photos given this name, the share that is right. "
        "Recall: of this person's photos, the share that was found."
    )
    st.download_button("Download as CSV", _csv(report), f"{run.id}-{part}-report.csv", "text/csv", icon=":material/download:")


def _csv(report: EvaluationReport) -> str:
    import pandas

    return str(pandas.DataFrame([vars(each) for each in report.per_person]).to_csv(index=False))


def confusion_matrix(run: Run, part: str) -> None:
    """Show who was taken for whom."""
    report = run.reports[part]
    normalised = st.toggle("As shares of each person's photos", key=f"normalised-{run.id}")
    chart(
        figures.confusion_matrix(report.confusion, run.class_names, normalised),
        f"confusion-{run.id}-{part}",
        "Rows are the true people, columns the names given; the last column counts photos without a found face.",
    )
    pairs = confused_pairs(report, run.class_names)
    if pairs:
        st.markdown("**Taken for one another most often**")
        st.dataframe(
            [{"Person": true, "Taken for": predicted, "Photos": count} for true, predicted, count in pairs],
            hide_index=True, width="stretch",
        )  # fmt: skip


def faces(run: Run, part: str) -> None:
    """Show wrongly and correctly named faces with their probabilities, the most certain mistakes first."""
    if part not in run.scores:
        st.info("Single faces are kept for test and validation photos.", icon=":material/info:")
        return
    with explained():
        answers = resources.answers(run, part)
        wrong, right = [each for each in answers if not each.correct], [each for each in answers if each.correct]
        chart(
            figures.confidence_histogram([each.probability for each in right], [each.probability for each in wrong]),
            f"confidence-{run.id}-{part}",
            "How certain the network was when it was right and when it was wrong.",
        )
        _gallery(f"Wrongly named ({len(wrong)})", wrong, run, part)
        _gallery(f"Correctly named ({len(right)})", right, run, part)


def _gallery(heading: str, answers: list[Answer], run: Run, part: str) -> None:
    st.subheader(heading)
    if not answers:
        st.caption("None.")
        return
    pages = -(-len(answers) // FACES_ON_A_PAGE)
    number = st.pagination(pages, key=f"{heading}-{run.id}-{part}") if pages > 1 else 1
    shown = answers[(number - 1) * FACES_ON_A_PAGE : number * FACES_ON_A_PAGE]
    picture_wall([(png(each.pixels), _caption(each), f"Face from {each.path}") for each in shown], width=150)


def _caption(answer: Answer) -> str:
    if answer.correct:
        return f"{answer.person} · {percent(answer.probability, 0)}"
    own = percent(answer.true_probability, 0)
    return f"{answer.person} ({own}), taken for {answer.predicted} ({percent(answer.probability, 0)})"


def calibration(run: Run, part: str) -> None:
    """Show whether the network is right as often as it says it is sure, before and after its correction."""
    record = run.calibration
    if record is None:
        st.info("This run was trained before calibration was measured. Train again to see it.", icon=":material/info:")
        return
    if part not in record.parts:
        st.info("Calibration is measured on test and validation photos.", icon=":material/info:")
        return
    before, after = record.parts[part]
    st.write("Of the faces that are named with 80% certainty, 80% should be named right. Then the dots lie on the dotted line.")
    error = "Expected calibration error: how far certainty and truth lie apart, on average over all faces. 0 is perfect."
    temperature = "What the network's answers are divided by: above 1 it was too sure of itself, below 1 not sure enough."
    figures_row(
        [
            ("Error before", percent(before.error), error),
            ("Error after", percent(after.error), error),
            ("Log loss before", f"{before.log_loss:.3f}", "Punishes certainty in wrong names; 0 is perfect."),
            ("Log loss after", f"{after.log_loss:.3f}", "The same after the correction."),
            ("Temperature", f"{record.temperature.value:.2f}", temperature),
        ]
    )
    st.caption(as_text(record.temperature.source))
    chart(
        figures.reliability_diagram(before, after),
        f"reliability-{run.id}-{part}",
        "Each dot is a group of faces, all groups alike in size. Dots above the line: it is right more often than it claims.",
    )


def details(run: Run) -> None:
    """Show what the run was made with, for those who want to repeat it."""
    with st.expander("Settings and machine of this run", icon=":material/receipt_long:"):
        from core.settings import to_json

        assert run.result is not None
        if run.thresholds is not None:
            st.write(f"Line for a sure name: {line_in_words(run.thresholds)}. {as_text(run.thresholds.source)}")
        steps = f"{unit_of(run)}s: {run.result['epochs']}. Time: {duration(run.result['seconds'])}."
        st.write(f"{steps} Folder: {as_text(str(run.directory))}")
        for word, people in (
            ("validation", run.split and run.split.without_validation),
            ("test", run.split and run.split.without_test),
        ):
            if people:
                st.write(f"Without {word} photos: {as_text(', '.join(people))}")
        st.json({"settings": to_json(run.settings), "environment": run.environment}, expanded=False)
