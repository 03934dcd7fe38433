"""The report and the model card: whole, closed to the outside, and letter for letter what people are called."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from core.errors import RunError
from core.evaluation.ceiling import Ceiling
from core.evaluation.forecast import Draw
from core.evaluation.intervals import wilson
from core.evaluation.slices import Band, Slicing
from core.experiment.background import Audit, Share
from core.experiment.curve_record import curve_of
from core.report import Facts, gather, html_report, model_card
from core.report.drawing import histograms, lines
from core.report.stored import StoredChecks, read_stored_checks
from core.runs import layout
from core.storage import read_json, write_json
from tests.core.conftest import TrainedRun, core_command

NASTY = '<script>alert("x")</script> & | *b*'


@pytest.fixture
def run(trained_run: TrainedRun, tmp_path: Path) -> Path:
    """Return a copy of the run, to be changed."""
    return Path(shutil.copytree(trained_run.directory, tmp_path / "run"))


class Reader(HTMLParser):
    """Collects the tags, every address they name, and the words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "img", "line", "rect", "circle", "polyline"):
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "data", "action")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [], "every tag is closed"
    return reader


def rename(run: Path, old: str, new: str) -> None:
    """Let a person of a run be called otherwise, everywhere."""
    for name in (layout.DATASET, layout.SPLIT, layout.REPORT):
        values = read_json(run / name)
        write_json(run / name, _renamed(values, old, new))


def _renamed(values: object, old: str, new: str) -> object:
    if isinstance(values, dict):
        return {key: _renamed(each, old, new) for key, each in values.items()}
    if isinstance(values, list):
        return [_renamed(each, old, new) for each in values]
    return new if values == old else values


def test_the_report_stands_alone_and_tells_the_figures(run: Path) -> None:
    facts = gather(run)
    page = html_report(facts)
    found = read(page)
    assert found.addresses == []
    assert "://" not in page
    assert "url(" not in page
    assert not found.tags & {"script", "img", "link", "iframe", "object", "base"}
    words = " ".join(found.words)
    assert f"{facts.summary.accuracy.value:.1%}" in words
    assert "Test photos" in words
    assert facts.judged.key == "test"
    assert "training.epochs" in words
    assert page.count("<svg") == 5  # loss, accuracy, certainty twice, scores


def test_no_path_of_the_machine_is_told(run: Path, trained_run: TrainedRun) -> None:
    facts = gather(run)
    for text in (html_report(facts), model_card(facts)):
        assert str(trained_run.photos) not in text
        assert str(run) not in text
        assert ".pgm" not in text
        assert "data.source" not in text


def test_names_are_shown_letter_by_letter(run: Path) -> None:
    rename(run, "Ann", NASTY)
    about = read_json(run / layout.RUN)
    write_json(run / layout.RUN, {**about, "name": f"Run {NASTY}"})
    facts = gather(run)
    found = read(html_report(facts, photos=False))
    assert "script" not in found.tags
    assert NASTY in found.words
    assert f"Run {NASTY}" in found.words
    card = model_card(facts)
    assert card.splitlines()[0] == r'# Model card: Run \<script\>alert\("x"\)\</script\> \& \| \*b\*'.replace(r"\&", "&")


def test_photos_are_inside_only_if_wanted(run: Path) -> None:
    facts = gather(run)
    judged = facts.judged
    wrong = replace(judged, logits=np.roll(judged.logits, 1, axis=1))  # everybody is taken for somebody else
    facts = replace(facts, judged=wrong)
    assert "<img" not in html_report(facts)
    found = read(html_report(facts, photos=True))
    assert len(found.addresses) == wrong.wrong.sum() > 0
    assert all(each.startswith("data:image/png;base64,") for each in found.addresses)
    gone = replace(facts, judged=replace(wrong, dataset_id="gone-1"))
    with pytest.raises(RunError, match="cannot be shown"):
        html_report(gone, photos=True)
    assert html_report(gone)


def test_the_card_tells_purpose_data_figures_limits_and_nobodys_name(run: Path) -> None:
    facts = gather(run)
    card = model_card(facts)
    titles = re.findall(r"^## (.*)$", card, re.MULTILINE)
    assert titles == [
        "What it is for", "Data", "Figures", "People whom it does not know", "Is it honest?", "Limits", "Privacy",
    ]  # fmt: skip
    assert "one of 3 people" not in card
    assert "which of 3 people" in card
    low, high = facts.summary.accuracy.interval.low, facts.summary.accuracy.interval.high  # type: ignore[union-attr]
    assert f"| Accuracy | {facts.summary.accuracy.value:.1%} | {low:.1%} to {high:.1%} |" in card
    assert "not tested on strangers" in card
    assert "Nobody has compared it with a careless split" in card
    assert not any(person in card for person in ("Čeda", "Ann "))


def test_what_the_checks_found_is_told(run: Path) -> None:
    audit = Audit(Share(95, 100), Share(60, 100), Share(80, 100), 0.14)
    write_json(run / layout.HONESTY, {"schema_version": 1, "background": audit.to_json()})
    people = gather(run).run.class_names
    right = np.stack([np.arange(60) % 10 < keep for keep in (6, 7, 8, 9)])
    draw = Draw(right, np.arange(60) % len(people))
    curve = curve_of([0.25, 0.5, 0.75, 1.0], np.array([2.0, 4, 6, 8]), [draw], people, own=np.full(3, 8), seconds=3.0)
    write_json(run / layout.LEARNING_CURVE, curve.to_json())
    facts = gather(run)
    assert facts.checks == (audit.words(), *curve.words())
    assert facts.nameless == (audit.words(), curve.words()[0])
    assert "Caught" in html_report(facts)
    assert "Caught" in model_card(facts)
    (run / layout.HONESTY).write_text("{")
    with pytest.raises(RunError, match=r"honesty\.json"):
        gather(run)


def test_what_is_stored_of_the_photos_is_told(run: Path) -> None:
    facts = gather(run)
    judged = facts.judged
    assert facts.stored.twins is not None
    assert facts.stored.twins.words() in html_report(facts)
    assert [each.title for each in facts.stored.slices] == ["Brightness", "Sharpness", "Size", "Pose"]
    found = read(html_report(facts))
    assert "By" in found.words and any(each.startswith("Dark (") for each in found.words)
    ceiling = Ceiling(judged.photos, 2, 38, 0.05, wilson(2, 40))
    worse = Slicing("pose", (Band("Far turned", "40°", "", 20, 5, wilson(5, 20), worse=True),), 0)
    told = replace(facts, stored=StoredChecks((worse,), None, ceiling))
    for text in (html_report(told), model_card(told).replace("\\", "")):
        assert "nobody can honestly exceed an accuracy of 95.0%" in text
        assert "Pose, far turned (from 40°): 25.0% of 20 photos right." in text
    gone = read_stored_checks(facts.run, replace(judged, dataset_id="gone-1"))
    assert gone == StoredChecks()
    assert gone.words() == ()


def test_the_command_writes_both_files(run: Path, tmp_path: Path) -> None:
    report, card = tmp_path / "a.html", tmp_path / "b.md"
    done = core_command("report", "--run", run, "--to", report, "--card", card, "--judged-by", "validation", "--json")
    assert done.returncode == 0, done.stderr
    facts = gather(run, "validation")
    assert report.read_text(encoding="utf-8") == html_report(facts)
    assert card.read_text(encoding="utf-8") == model_card(facts)
    assert "not about test photos" in model_card(facts)
    with pytest.raises(RunError, match="called 'nonsense'"):
        gather(run, "nonsense")
    (run / layout.RESULT).unlink()
    with pytest.raises(RunError, match="not finished"):
        gather(run)


def test_the_command_wants_a_file(run: Path) -> None:
    done = core_command("report", "--run", run)
    assert done.returncode == 2
    assert "--card" in done.stderr
    done = core_command("report", "--run", run, "--card", run / "nowhere" / "card.md")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_charts_leave_out_what_is_no_number_and_bear_empty_data() -> None:
    nan = float("nan")
    drawn = lines([("<a>", [1, 2, 3], [0.5, nan, 1.0]), ("b", [1, 2], [nan, nan])], ("x", "y"), "Both")
    assert "nan" not in drawn
    assert drawn.count("<circle") == 2
    assert "&lt;a&gt;" in drawn
    assert histograms([("a", []), ("b", [])], ("x", "y"), "Nothing").startswith("<svg")
    one = histograms([("a", [0.5, 0.5])], ("x", "y"), "One", line=0.5)
    assert one.count("<rect") == 1


def test_facts_of_an_older_run(run: Path) -> None:
    (run / layout.OPENSET).unlink()
    values = read_json(run / layout.REPORT)
    values.pop("calibration")
    write_json(run / layout.REPORT, values)
    facts: Facts = gather(run)
    assert html_report(facts)
    assert model_card(facts)
