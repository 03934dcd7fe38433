"""The model card: what a network is for, what it was made from, how good it is, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.report.gathering import NOT_CHECKED, Facts

_MARKDOWN = "\\`*_{}[]()<>#+-!|~$"
FEW_PHOTOS = 100  # judged photos; with fewer the intervals are wide


def model_card(facts: Facts) -> str:
    """Return the model card of a run in Markdown; it names nobody of the people and no file.

    Source:
        The parts follow Mitchell et al., "Model cards for model reporting" (arXiv 1810.03993).
    """
    run = facts.run
    return "\n".join(
        [
            f"# Model card: {plain(run.name)}",
            "",
            f"Trained on {run.created:%Y-%m-%d} with Visage, preset {plain(run.settings.preset)}.",
            *_section("What it is for", _purpose(facts)),
            *_section("Data", _data(facts)),
            *_section("Figures", _figures(facts)),
            *_section("People whom it does not know", [plain(facts.line()) or "It has no line for unknown faces."]),
            *_section("Is it honest?", _bullets([*(facts.nameless or [NOT_CHECKED]), *facts.stored.words()])),
            *_section("Limits", _bullets(_limits(facts))),
            *_section("Privacy", _privacy(facts)),
            "",
        ]
    )


def plain(text: str) -> str:
    """Return text so that Markdown shows it letter for letter, in one line."""
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in " ".join(text.split()))


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"## {title}", "", *lines]


def _bullets(sentences: Iterable[str]) -> list[str]:
    return [f"- {plain(each)}" for each in sentences]


def _purpose(facts: Facts) -> list[str]:
    return [
        f"It tells which of {len(facts.run.class_names):,} people a face in a photo shows, or that it shows none of them: to "
        "sort one's own photos. It is not made to decide anything about anybody, to prove who somebody is, or to watch people."
    ]


def _data(facts: Facts) -> list[str]:
    counts, run = facts.counts(), facts.run
    split = run.settings.split
    return [
        f"- Dataset: {plain(run.dataset.name if run.dataset else 'unknown')}, {len(run.class_names):,} people.",
        f"- Photos: {counts['train']:,} for training, {counts['validation']:,} for validation, {counts['test']:,} to test.",
        f"- Split: {plain(split.preset)}, seed {run.settings.seed}; near-duplicates of a person stay on one side.",
        f"- Dataset fingerprint: `{run.dataset.fingerprint[:16] if run.dataset else ''}`.",
    ]


def _figures(facts: Facts) -> list[str]:
    rows = [f"| {title} | {value} | {interval} |" for title, value, interval in facts.figures()]
    return [
        f"{plain(facts.judged.title)}: {facts.judged.photos:,} photos of {facts.summary.people:,} people.",
        "",
        "| Figure | Value | 95% interval |",
        "| --- | ---: | --- |",
        *rows,
        f"| Guessing at random | {facts.summary.chance:.1%} | |",
        f"| Always the most frequent person | {facts.summary.majority:.1%} | |",
    ]


def _limits(facts: Facts) -> list[str]:
    said = [
        "The figures hold for photos like those it was judged by: other cameras, ages, lights or poses may do worse.",
        "It has not been examined for differences between groups of people, such as age, gender or skin colour.",
        "A name is a probability, not a proof; twins and other look-alikes may be taken for each other.",
    ]
    lines = facts.run.thresholds
    if lines is None or not lines.tested_on_strangers:
        said.append("It was not tested on strangers: it may give names to people whom it does not know.")
    if facts.judged.photos < FEW_PHOTOS:
        said.append(f"It was judged by {facts.judged.photos} photos only, so the intervals are wide.")
    if facts.summary.few:
        said.append(f"{len(facts.summary.few)} people were judged by fewer than 5 photos each.")
    if facts.judged.key != "test":
        said.append("The figures are not about test photos of its own.")
    return said


def _privacy(facts: Facts) -> list[str]:
    kept = (
        "embeddings of faces and the network's weights" if facts.run.settings.model.architecture == "embedding" else "weights"
    )
    return [
        f"The run's folder holds {kept} that were learnt from photos of real people, and their names: biometric data, which "
        "many laws protect. Share it only with the consent of those people. This card names none of them."
    ]
