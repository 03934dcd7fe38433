"""The report: one HTML file with everything inside, which asks no other file and no server for anything."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from core.evaluation.intervals import Interval
from core.report.drawing import Series, histograms, lines
from core.report.gathering import NOT_CHECKED, Facts
from core.review.answers import confused_pairs
from core.review.faces import find_faces
from core.runs import layout

MOST_PHOTOS = 48
MOST_PEOPLE_IN_MATRIX = 30
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 860px; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
.wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #8884; }
th { text-align: left; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
svg .grid { stroke: #8884; } svg .mark { stroke: currentColor; stroke-dasharray: 5 4; }
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(120px, 1fr)); gap: .8rem; }
figure { margin: 0; } figure img { width: 100%; } figcaption { font-size: .8rem; overflow-wrap: anywhere; }
.small { font-size: .85rem; opacity: .8; }
"""
# Whatever a name may hold, the browser runs nothing in this page and loads nothing from elsewhere.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html_report(facts: Facts, photos: bool = False) -> str:
    """Return the report of a run as one HTML file.

    Args:
        facts: What is told.
        photos: Whether faces that were named wrong are shown; without it no picture of anybody is inside.

    Raises:
        RunError: photos are wanted, and they are gone.
    """
    run = facts.run
    sections = [
        ("Figures", _figures(facts)),
        ("Training", _training(facts)),
        ("People", _people(facts)),
        ("Who is taken for whom", _confusion(facts)),
        ("Certainty", _certainty(facts)),
        ("People whom it does not know", _strangers(facts)),
        ("Is it honest?", _honesty(facts)),
        *([("Faces named wrong", _faces(facts))] if photos else []),
        ("Split", _split(facts)),
        ("Settings", _settings(facts)),
    ]
    body = "".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections)
    name = escape(run.name)
    about = f"{run.created:%Y-%m-%d}, preset {run.settings.preset}, {run.dataset.name if run.dataset else 'unknown photos'}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><h1>{name}</h1><p>{escape(about)}: {len(run.class_names):,} people.</p>{body}</body></html>\n"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> str:
    """Return a table; the first `words` columns are words, the others numbers."""

    def line(tag: str, cells: Sequence[object]) -> str:
        kinds = ["" if place < words else ' class="n"' for place in range(len(cells))]
        return "".join(f"<{tag}{kind}>{escape(str(cell))}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))

    body = "".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{line("th", head)}</tr></thead><tbody>{body}</tbody></table></div>'


def _paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{escape(each)}</p>" for each in sentences)


def _figures(facts: Facts) -> str:
    summary, judged = facts.summary, facts.judged
    said = [f"{judged.title}: {judged.photos:,} photos of {summary.people:,} people."]
    if judged.no_face:
        said.append(f"In {len(judged.no_face):,} of them no face was found; they count as wrong.")
    guesses = [("Guessing at random", f"{summary.chance:.1%}", ""), ("Always the most frequent", f"{summary.majority:.1%}", "")]
    few = [f"{len(summary.few)} people have under 5 photos here: their own figures are rough."] if summary.few else []
    return (
        _paragraphs([" ".join(said)])
        + _table(("Figure", "Value", "95% interval"), [*facts.figures(), *guesses])
        + _paragraphs(few)
    )


def _training(facts: Facts) -> str:
    history = [each for each in facts.run.history if each.phase == "select"]
    if not history:
        return "<p>No history was kept.</p>"
    charts = []
    for name, title in (("loss", "Loss"), ("accuracy", "Accuracy")):
        series: list[Series] = []
        for label, field in (("Training", name), ("Validation", f"validation_{name}")):
            points = [(each.epoch, getattr(each, field)) for each in history if getattr(each, field) is not None]
            if points:
                series.append((label, [epoch for epoch, _ in points], [value for _, value in points]))
        charts.append(
            lines(series, ("Step" if facts.run.settings.model.architecture == "embedding" else "Epoch", title), title)
        )
    return "".join(charts)


def _people(facts: Facts) -> str:
    rows = [
        (each.person, f"{each.precision:.3f}", f"{each.recall:.3f}", f"{each.f1:.3f}", each.support)
        for each in facts.judged.report.per_person
    ]
    return _table(("Person", "Precision", "Recall", "F1", "Photos"), rows)


def _confusion(facts: Facts) -> str:
    report, people = facts.judged.report, facts.judged.people
    pairs = confused_pairs(report, people)
    listed = _table(("Shows", "Named", "Photos"), pairs, words=2) if pairs else "<p>Nobody was taken for anybody else.</p>"
    if len(people) > MOST_PEOPLE_IN_MATRIX:
        return listed
    rows = [(name, *report.confusion[place].tolist()) for place, name in enumerate(people)]
    numbers = [str(place) for place in range(1, len(people) + 1)]
    matrix = _table(
        ("Shows, named as number", *numbers, "No face"), [(f"{at}. {row[0]}", *row[1:]) for at, row in enumerate(rows, 1)]
    )
    return listed + matrix


def _certainty(facts: Facts) -> str:
    found, record = facts.reliability, facts.run.calibration
    if found is None:
        return "<p>There is no face to measure it by.</p>"
    ideal: Series = ("As sure as right", [0, 1], [0, 1])
    dots: Series = ("Faces", [sure for sure, _, _ in found.bins], [right for _, right, _ in found.bins])
    said = [f"Calibration error {found.error:.1%}."]
    if record is not None:
        said.append(f"Temperature {record.temperature.value:.2f}. {record.temperature.source}")
    chart = lines([dots, ideal], ("How sure", "How often right"), "How often names are right over how sure it was", (0, 1))
    sure, wrong = facts.judged.probabilities.max(axis=1), facts.judged.wrong
    bars = histograms(
        [("Named right", sure[~wrong]), ("Named wrong", sure[wrong])], ("How sure", "Share"), "How sure it was of its names"
    )
    return _paragraphs([" ".join(said)]) + chart + bars


def _strangers(facts: Facts) -> str:
    scores, thresholds = facts.scores, facts.run.thresholds
    said = _paragraphs([facts.line() or "It has no line for unknown faces."])
    if scores is None or thresholds is None or scores.score != thresholds.score or not len(scores.known):
        return said
    kinds = [("Known faces", scores.known), *([("Strangers", scores.strangers)] if len(scores.strangers) else [])]
    title = (thresholds.score.capitalize(), "Share")
    return said + histograms(kinds, title, "How known faces and strangers score; the line is dashed", thresholds.known)


def _honesty(facts: Facts) -> str:
    """Return what all checks say, and the accuracy of each kind of photos."""
    said = _paragraphs([*(facts.checks or [NOT_CHECKED]), *facts.stored.words()])
    rows = [
        (each.title, f"{band.name} ({band.range})", f"{band.photos:,}", _share(band.accuracy), _reach(band.interval))
        for each in facts.stored.slices
        for band in each.bands
    ]
    return said + (_table(("By", "Group", "Photos", "Accuracy", "95% interval"), rows, words=2) if rows else "")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _reach(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.1%} to {interval.high:.1%}"


def _faces(facts: Facts) -> str:
    judged = facts.judged
    faces = find_faces(facts.run, judged)
    sure = judged.probabilities.max(axis=1, initial=0)
    order = [int(row) for row in np.argsort(-sure, kind="stable") if judged.wrong[row] and faces.has(judged.sha256[int(row)])]
    if not order:
        return "<p>No face was named wrong.</p>"
    figures = []
    for row in order[:MOST_PHOTOS]:
        shown, named = judged.people[int(judged.labels[row])], judged.people[int(judged.predicted[row])]
        words = escape(f"{shown}, named {named}, {sure[row]:.0%} sure")
        figures.append(
            f'<figure><img alt="{words}" src="data:image/png;base64,{_encoded(faces.pixels(judged.sha256[row]))}">'
            f"<figcaption>{words}</figcaption></figure>"
        )
    return f'<p>{len(order):,} faces, the most certain first.</p><div class="faces">{"".join(figures)}</div>'


def _encoded(pixels: np.ndarray) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _split(facts: Facts) -> str:
    titles = {"train": "Training", "validation": "Validation", "test": "Test"}
    rows = [(titles[part], f"{facts.counts()[part]:,}") for part in layout.PARTS]
    settings, split = facts.run.settings, facts.run.split
    said = [f"Split {settings.split.preset}, seed {settings.seed}; near-duplicates of a person stay on one side."]
    for word, people in (("validation", split and split.without_validation), ("test", split and split.without_test)):
        if people:
            said.append(f"Without {word} photos: {', '.join(people)}.")
    return _table(("Part", "Photos"), rows) + _paragraphs(said)


def _settings(facts: Facts) -> str:
    environment = facts.run.environment
    libraries = environment.get("libraries") or {}
    versions = ", ".join(f"{name} {version}" for name, version in libraries.items())
    words = f"Python {environment.get('python', '?')}; {versions}." if libraries else ""
    return (
        f"<details><summary>All settings</summary>{_table(('Setting', 'Value'), facts.settings(), words=2)}</details>"
        f'<p class="small">{escape(words)}</p>'
    )
