"""The search for better settings: what it may look at, that nothing is lost, and that many workers do the work of one."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from core import jobs
from core.cli import main
from core.errors import JobError, SettingsError, SplitError, StorageError, TrainingError
from core.experiment import embedding, prepare_dataset
from core.experiment.lineup import line_up
from core.jobs import Stopped
from core.progress import Progress
from core.runs import layout, new_run
from core.search import (
    Range,
    SearchSettings,
    SearchState,
    Trial,
    best_settings,
    chosen_space,
    owners,
    read_state,
    read_trials,
    running,
    search_space,
    value_of,
    with_params,
)
from core.search.judging import Judgement, Jury
from core.search.records import ENDED, JOURNAL, best_of, from_source
from core.search.sharing import open_study, shown_storage
from core.settings import PRESETS, Settings, preset, with_values
from core.splits import draw_split
from core.storage import PROJECT_ROOT, write_json
from tests.core.conftest import QUICK, copy_person
from tests.core.test_crossvalidation import SmallPicture

RATE = Range("training.learning_rate", 1e-4, 1e-2, log=True)
DROPOUT = Range("model.dropout", 0.0, 0.6)


class QuickJury:
    """Judges by a formula in place of a training: the best learning rate is 1e-3, the best dropout 0.3."""

    contents = "photos"

    def __init__(self, epochs: int = 1, spoil: Callable[[Settings], None] = lambda settings: None) -> None:
        self.epochs, self.spoil, self.judged = epochs, spoil, list[Settings]()

    def judge(self, settings: Settings, report: Any, should_stop: Any, on_epoch: Any) -> Iterator[Judgement]:
        self.spoil(settings)
        loss = loss_of(settings)
        for epoch in range(1, self.epochs + 1):
            on_epoch(SimpleNamespace(epoch=epoch, epochs=self.epochs, validation_loss=loss, validation_accuracy=1 - loss))
            if should_stop():
                raise Stopped
        self.judged.append(settings)
        yield Judgement(SimpleNamespace(accuracy=1 - loss / 10, log_loss=loss), self.epochs)  # type: ignore[arg-type]


def loss_of(settings: Settings) -> float:
    return float(abs(np.log10(settings.training.learning_rate) + 3) + abs(settings.model.dropout - 0.3))


def new_search(**changes: Any) -> SearchSettings:
    return SearchSettings(preset("dense"), space=(RATE, DROPOUT), **{"trials": 12, **changes})


@pytest.fixture
def jury(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> QuickJury:
    quick = QuickJury()
    monkeypatch.setattr(running, "_jury", lambda *arguments: quick)
    monkeypatch.setattr(running, "load_tensorflow", lambda: [])
    return quick


def _values(directory: Path) -> list[tuple[dict[str, Any], float | None]]:
    return [(each.params, each.value) for each in read_trials(directory) if each.state in ENDED]


def test_a_search_finds_what_the_formula_likes(jury: QuickJury) -> None:
    directory, told = jobs.new_search(new_search(trials=25).to_json()), list[Progress]()
    result = running.run_search(directory, told.append)
    trials = read_trials(directory)
    assert [each.number for each in trials] == list(range(1, 26))
    for each, settings in zip(trials, jury.judged, strict=True):
        assert each.value == pytest.approx(loss_of(settings)) == each.log_loss
        assert with_params(preset("dense"), each.params) == settings
    first = jury.judged[0]
    assert (first.training.learning_rate, first.model.dropout) == (1e-3, 0.2), "the present settings are tried first"
    assert result["best"]["value"] == min(float(each.value or 0) for each in trials) <= 0.1
    assert result["trials"] == {"done": 25, "pruned": 0, "unusable": 0}
    chosen = best_settings(directory)
    assert loss_of(chosen) == pytest.approx(result["best"]["value"])
    assert chosen.training.refit == preset("dense").training.refit, "a run refits as ever"
    assert sum(result["importance"].values()) == pytest.approx(1)
    assert result["importance"]["training.learning_rate"] > 0.5, "it spans 2 of the losses, the dropout 0.3"
    assert (told[-1].done, told[-1].total, told[-1].unit) == (25, 25, "trials")
    assert told[-1].detail.startswith("Trial 25 of 25, best 9")


def test_a_stopped_search_goes_on_as_if_nothing_had_happened(jury: QuickJury) -> None:
    undisturbed, stopped = (jobs.new_search(new_search(trials=16).to_json()) for _ in range(2))
    running.run_search(undisturbed)
    jury.judged.clear()
    for enough in (5, 13):
        with pytest.raises(Stopped):
            running.run_search(stopped, should_stop=lambda enough=enough: len(jury.judged) >= enough)
        assert best_settings(stopped) is not None, "the best so far can be used"
    result = running.run_search(stopped)
    assert _values(stopped) == _values(undisturbed)
    assert result["trials"]["done"] == 16
    assert read_state(stopped).spent > 0


def test_a_trial_that_is_broken_off_is_tried_again(jury: QuickJury) -> None:
    directory = jobs.new_search(new_search(trials=6).to_json())
    jury.epochs, asked = 3, iter(range(100))
    with pytest.raises(Stopped):
        running.run_search(directory, should_stop=lambda: next(asked) >= 9)
    states = [each.state for each in read_trials(directory)]
    assert states[-2:] == ["repeated", "waiting"] and set(states[:-2]) == {"done"}
    broken = read_trials(directory)[-2]
    running.run_search(directory)
    trials = read_trials(directory)
    assert len([each for each in trials if each.state == "done"]) == 6
    assert trials[len(states) - 1].params == broken.params


def test_the_trial_of_a_vanished_process_is_tried_again_but_not_for_ever(
    jury: QuickJury, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = jobs.new_search(new_search(trials=3).to_json())
    search = new_search(trials=3)
    for _ in range(3):
        draw = open_study(search, directory, "photos").take()
        assert draw is not None
        gone = {"host": owners._host(), "pid": 2**22 + 1, "created": 0.0, "seen": time.time()}
        draw._trial.set_user_attr("worker", gone)
    running.run_search(directory)
    trials = read_trials(directory)
    assert [each.state for each in trials[:3]] == ["repeated", "repeated", "unusable"]
    assert "died" in trials[2].words
    assert len([each for each in trials if each.state in ENDED]) == 3


def test_a_worker_elsewhere_is_gone_when_it_has_been_silent_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def trial(**worker: Any) -> Any:
        return SimpleNamespace(user_attrs={"worker": {**owners.myself(), **worker}}, datetime_start=None)

    assert not owners.is_lost(trial())
    assert owners.is_lost(trial(created=1.0)), "another process has that number now"
    assert not owners.is_lost(trial(host="elsewhere", pid=1, seen=time.time() - 30))
    assert owners.is_lost(trial(host="elsewhere", pid=1, seen=time.time() - owners.STALE_SECONDS - 1))


def test_values_that_cannot_be_trained_with_are_no_end(jury: QuickJury) -> None:
    def spoil(settings: Settings) -> None:
        if settings.training.learning_rate > 2e-3:
            raise TrainingError("The loss became nan in epoch 1.", "Train again with a lower learning rate.")

    jury.spoil = spoil
    directory = jobs.new_search(new_search(trials=20).to_json())
    result = running.run_search(directory)
    bad = [each for each in read_trials(directory) if each.state == "unusable"]
    assert bad and all(each.params["training.learning_rate"] > 2e-3 and "nan" in each.words for each in bad)
    assert result["trials"]["unusable"] == len(bad) == 20 - result["trials"]["done"]


def test_no_trial_that_can_be_judged_is_told(jury: QuickJury) -> None:
    def spoil(settings: Settings) -> None:
        raise SettingsError("Faces of 32 px are too small.", "Choose larger ones.")

    jury.spoil = spoil
    directory = jobs.new_search(new_search(trials=2).to_json())
    with pytest.raises(JobError, match="None of the 2 trials"):
        running.run_search(directory)
    with pytest.raises(JobError, match="No trial of this search"):
        best_settings(directory)


def test_what_is_clearly_worse_ends_early(jury: QuickJury) -> None:
    jury.epochs = 10
    directory = jobs.new_search(new_search(trials=30).to_json())
    running.run_search(directory)
    trials = read_trials(directory)
    pruned = [each for each in trials if each.state == "pruned"]
    assert pruned and all(each.value is None and 5 <= each.epochs < 10 for each in pruned)
    judged = sorted(float(each.value or 0) for each in trials if each.state == "done")
    for each in pruned:  # worse than the median of those judged before it
        before = [float(one.value or 0) for one in trials[: each.number - 1] if one.state == "done"]
        assert len(before) >= 5 and loss_of(with_params(preset("dense"), each.params)) > np.median(before) - 1e-12
    assert judged[0] == read_state(directory).best.value  # type: ignore[union-attr]


def test_accuracy_is_made_as_large_as_possible(jury: QuickJury) -> None:
    directory = jobs.new_search(new_search(objective="accuracy").to_json())
    result = running.run_search(directory)
    assert result["best"]["value"] == max(float(each.value or 0) for each in read_trials(directory))


def test_no_new_trial_begins_when_the_time_is_up(jury: QuickJury) -> None:
    jury.spoil = lambda settings: time.sleep(0.05)
    directory = jobs.new_search(new_search(trials=1000, seconds=0.5).to_json())
    result = running.run_search(directory)
    assert result["out_of_time"]
    assert 1 <= result["trials"]["done"] < 20


def test_a_torn_line_in_the_journal_costs_nothing(jury: QuickJury) -> None:
    directory = jobs.new_search(new_search(trials=8).to_json())
    with pytest.raises(Stopped):
        running.run_search(directory, should_stop=lambda: len(jury.judged) >= 4)
    with (directory / JOURNAL).open("ab") as file:
        file.write(b'{"op_code": 4, "trial')
    running.run_search(directory)
    assert len([each for each in read_trials(directory) if each.state == "done"]) == 8


@pytest.mark.parametrize("kind", ["journal", "database"])
def test_searches_in_one_storage_share_the_trials(jury: QuickJury, tmp_path: Path, kind: str) -> None:
    storage = str(tmp_path / "shared.journal") if kind == "journal" else f"sqlite:///{tmp_path / 'shared.db'}"
    first, second = (jobs.new_search(new_search(trials=10, storage=storage).to_json()) for _ in range(2))
    with pytest.raises(Stopped):
        running.run_search(first, should_stop=lambda: len(jury.judged) >= 4)
    running.run_search(second)
    assert len(jury.judged) == 10
    assert running.run_search(first)["best"] == running.run_search(second)["best"]
    other = new_search(storage=storage, study=new_search(storage=storage).name, folds=3)
    with pytest.raises(SettingsError, match="searches something else"):
        running.run_search(jobs.new_search(other.to_json()))
    jury.contents = "other photos"
    with pytest.raises(SettingsError, match="other photos"):
        running.run_search(second)


def test_a_storage_that_cannot_be_used_is_told(jury: QuickJury, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\n\xe0 no journal\n at all\n")
    for storage, words in (
        (str(tmp_path / "missing" / "file"), "There is no folder"),
        (str(tmp_path / "photo.jpg"), "no journal"),
        (f"sqlite:///{tmp_path}/missing/x.db", "cannot be used"),
        ("nosuchkind://somebody:secret@host/x", "cannot be used"),
    ):
        with pytest.raises(StorageError, match=words) as caught:
            running.run_search(jobs.new_search(new_search(storage=storage).to_json()))
        assert "secret" not in str(caught.value)
    assert shown_storage("postgresql://ann:secret@host:5432/x") == "postgresql://ann@host:5432/x"
    assert shown_storage("/a/b@c") == "/a/b@c"


@pytest.mark.parametrize("name", PRESETS)
def test_every_offered_range_is_one_and_the_present_settings_survive(name: str) -> None:
    settings = preset(name)
    space = search_space(settings)
    assert chosen_space(settings) == space[: len(chosen_space(settings))]
    assert len({each.name for each in space}) == len(space) >= 6
    assert with_params(settings, {each.name: value_of(settings, each.name) for each in space}) == settings
    for each in space:
        for end in each.choices or (each.low, each.high):
            assert end is not None
            changed = with_params(settings, {each.name: end})
            assert str(value_of(changed, each.name)) == str(end)
        assert Range.from_json(json.loads(json.dumps(each.to_json()))) == each
    chosen = SearchSettings(settings, space=space)
    assert SearchSettings.from_json(json.loads(json.dumps(chosen.to_json()))) == chosen


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "training.learning_rate", "low": 0.1, "high": 2.0}, "runs from"),
        ({"name": "training.learning_rate", "low": 0.2, "high": 0.1}, "runs from"),
        ({"name": "training.learning_rate", "low": "a", "high": 0.1}, "Give numbers"),
        ({"name": "training.learning_rate"}, "has no ends"),
        ({"name": "model.dropout", "low": 0.0, "high": 0.5, "log": True}, "above 0"),
        ({"name": "training.optimizer", "choices": ["adam", "lion"]}, "lion"),
        ({"name": "split.preset", "choices": ["80/20"]}, "cannot be searched"),
        ({"name": "training.nothing", "low": 0, "high": 1}, "cannot be searched"),
        ({"low": 0, "high": 1}, "is no range"),
        ("text", "is no range"),
    ],
)
def test_a_wrong_range_is_told(values: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Range.from_json(values)


def test_a_wrong_search_is_told() -> None:
    good = new_search().to_json()
    for change in (
        {"trials": 0}, {"trials": 1.5}, {"folds": 1}, {"workers": 99}, {"objective": "test"}, {"seconds": -1}, {"version": 9},
        {"nonsense": 1}, {"space": [RATE.to_json(), RATE.to_json()]},
    ):  # fmt: skip
        with pytest.raises(SettingsError):
            SearchSettings.from_json({**good, **change})
    with pytest.raises(SettingsError, match="fine-tune"):
        SearchSettings(with_values(preset("embedding"), {"embedding.fine_tune": "true"}), space=(RATE,))
    assert SearchSettings.from_json({"settings": good["settings"]}).space == chosen_space(preset("dense"))


def test_what_has_no_effect_is_not_varied(jury: QuickJury) -> None:
    space = (
        Range("training.optimizer", choices=("adam", "sgd")), Range("training.weight_decay", 1e-5, 1e-2, log=True), RATE,
    )  # fmt: skip
    directory = jobs.new_search(SearchSettings(preset("dense"), trials=14, space=space).to_json())
    running.run_search(directory)
    trials = read_trials(directory)
    assert {each.params["training.optimizer"] for each in trials} == {"adam", "sgd"}
    assert all(("training.weight_decay" in each.params) == (each.params["training.optimizer"] == "sgd") for each in trials)


def test_the_best_is_the_first_of_those_alike() -> None:
    trials = [Trial(1, "pruned", None, {}, 1.0), *(Trial(each, "done", value, {}, 1.0) for each, value in ((2, 0.5), (3, 0.2)))]
    trials.append(dataclasses.replace(trials[-1], number=4))
    assert best_of(trials, highest=False) == trials[2]
    assert best_of(trials, highest=True) == trials[1]
    assert best_of(trials[:1], highest=True) is None


def test_a_damaged_or_missing_list_of_trials_is_an_empty_one(tmp_path: Path) -> None:
    assert read_state(tmp_path) == SearchState()
    for content in ("", "{", "[1]", '{"trials": [{"number": 1}]}', '{"unknown": 1}'):
        (tmp_path / "trials.json").write_text(content)
        assert read_trials(tmp_path) == []
    write_json(tmp_path / layout.JOB, {"kind": "speed"})
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(JobError, match="There is no search"):
            best_settings(folder)


@pytest.fixture
def small_picture(monkeypatch: pytest.MonkeyPatch) -> SmallPicture:
    backbone = SmallPicture()
    monkeypatch.setattr(embedding, "load_backbone", lambda settings: backbone)
    return backbone


def _embedding_search(source: Path, **changes: Any) -> SearchSettings:
    return from_source(
        SearchSettings(preset("embedding"), **{"space": chosen_space(preset("embedding")), **changes}), str(source)
    )


@pytest.mark.parametrize("folds", [0, 3])
def test_no_test_photo_is_looked_at(
    artifacts: Path, three_people: Path, small_picture: SmallPicture, folds: int, tmp_path: Path
) -> None:
    search = _embedding_search(three_people, folds=folds)
    dataset, prepared = prepare_dataset(str(three_people), search.settings.face)
    run = new_run(search.settings, tmp_path / "run")
    lineup = line_up(run, dataset, prepared, search.settings)  # what a training with these settings would draw
    tests = set(lineup.parts["test"].sha256)
    assert len(tests) == 3
    asked: list[int] = []

    class Watched:
        shape, dtype = prepared.pixels.shape, prepared.pixels.dtype

        def __len__(self) -> int:
            return len(prepared.pixels)

        def __getitem__(self, rows: Any) -> Any:
            asked.extend(np.atleast_1d(rows).tolist())
            return prepared.pixels[rows]

    jury = Jury(dataset, dataclasses.replace(prepared, pixels=Watched()), search)
    judged = list(jury.judge(search.settings, lambda progress: None, lambda: False, lambda epoch: None))
    assert len(judged) == max(1, folds)
    rows = {sha256: row for sha256, row in prepared.rows.items() if sha256 not in tests}
    assert set(asked) == set(rows.values()), "every other photo, and none of these"
    for parts in jury.rounds:
        assert not tests & {sha256 for faces in parts.values() for sha256 in faces.sha256}
    if not folds:
        assert jury.rounds[0]["validation"].sha256 == lineup.parts["validation"].sha256
        assert jury.people == lineup.people
    else:  # every photo that is no test photo judges once
        assert sorted(sha256 for parts in jury.rounds for sha256 in parts["test"].sha256) == sorted(rows)


def test_a_head_is_judged_as_worked_out_by_hand(artifacts: Path, three_people: Path, small_picture: SmallPicture) -> None:
    from core.heads import train_head
    from core.models import softmax

    search = _embedding_search(three_people)
    dataset, prepared = prepare_dataset(str(three_people), search.settings.face)
    settings = with_params(search.settings, {"embedding.regularisation": 0.02, "embedding.head": "cosine"})
    jury = Jury(dataset, prepared, search)
    (judged,) = jury.judge(settings, lambda progress: None, lambda: False, lambda epoch: None)
    groups = dataset.catalogue.groups(settings.split.duplicate_distance)
    split = draw_split(dataset.photos, groups, settings.split, settings.seed)
    people = ["Ann", "Bo", "Čeda"]

    def vectors(rows: Any, flipped: bool) -> Any:
        faces = [prepared.pixels[prepared.rows[dataset.photos[row].sha256]] for row in rows]
        return small_picture.embed(np.stack([face[:, ::-1] for face in faces] if flipped else faces))

    def labels(rows: Any) -> Any:
        return np.array([people.index(str(dataset.photos[row].person)) for row in rows])

    taught = np.stack([vectors(split.train, False), vectors(split.train, True)], axis=1).reshape(-1, 144)
    head = train_head(taught, np.repeat(labels(split.train), 2), 3, settings.embedding, steps=settings.training.epochs)
    both = vectors(split.validation, False) + vectors(split.validation, True)
    logits = head.logits((both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32))
    own = softmax(logits)[np.arange(len(logits)), labels(split.validation)]
    assert judged.report.log_loss == pytest.approx(float(-np.log(own).mean()), rel=1e-4)
    assert judged.report.accuracy == pytest.approx((logits.argmax(axis=1) == labels(split.validation)).mean())


def test_faces_are_embedded_once_for_all_trials(artifacts: Path, three_people: Path, small_picture: SmallPicture) -> None:
    space = (Range("embedding.regularisation", 1e-3, 1.0, log=True),)
    directory = jobs.new_search(_embedding_search(three_people, trials=4, space=space).to_json())
    result = running.run_search(directory)
    assert result["trials"]["done"] == 4
    assert small_picture.asked == 2 * 18, "eighteen faces are no test faces, each with its mirror image"


def test_too_few_photos_are_told(artifacts: Path, tmp_path: Path, small_picture: SmallPicture) -> None:
    for name, source in (("Ann", "s1"), ("Bo", "s2")):
        copy_person(tmp_path / "few" / name, source, range(1, 4))
    search = _embedding_search(tmp_path / "few", trials=2)
    with pytest.raises(SplitError, match="no validation photo"):
        running.run_search(jobs.new_search(search.to_json()))


def _machine(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Search in a process with artifacts of its own, as on another machine."""
    (folder / "artifacts").mkdir(parents=True)
    command = [sys.executable, "-m", "core", "search", *words]
    environment = {**os.environ, "VISAGE_ARTIFACTS": str(folder / "artifacts")}
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=said)


def test_two_machines_do_the_work_of_one_and_of_one_that_was_killed(
    artifacts: Path, three_people: Path, tmp_path: Path
) -> None:
    storage = tmp_path / "shared.journal"
    changes = [word for change in QUICK for word in ("--set", change)]
    words = ["--data", str(three_people), "--preset", "dense", *changes, "--trials", "4", "--storage", str(storage)]
    words += ["--range", "training.learning_rate=1e-4..1e-2:log", "--range", "model.dropout=0.0..0.5"]
    killed = _machine(tmp_path / "killed", *words)
    _wait(lambda: storage.exists() and b'"worker"' in storage.read_bytes())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    folders = [tmp_path / name for name in ("first", "second")]
    machines = [_machine(folder, *words) for folder in folders]
    assert [each.wait(300) for each in machines] == [0, 0], [(folder / "said.txt").read_text() for folder in folders]
    kept = [next((folder / "artifacts" / "jobs").iterdir()) for folder in folders]
    trials = read_trials(kept[0])
    assert [each for each in trials if each.state == "done"] == [each for each in read_trials(kept[1]) if each.state == "done"]
    assert len([each for each in trials if each.state in ENDED]) == 4
    assert len([each for each in trials if each.state == "repeated"]) == 1
    results = [json.loads((each / layout.RESULT).read_text()) for each in kept]
    assert results[0]["best"] == results[1]["best"]

    best = results[0]["best"]  # the same training, done once more in this process, has the same value
    settings = best_settings(kept[0])
    dataset, prepared = prepare_dataset(str(three_people), settings.face)
    search = dataclasses.replace(new_search(), settings=settings)
    (judged,) = Jury(dataset, prepared, search).judge(settings, lambda progress: None, lambda: False, lambda epoch: None)
    assert judged.report.log_loss == pytest.approx(best["value"], rel=1e-3, abs=1e-4)


def _wait(condition: Callable[[], object], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "words",
    [
        "search",
        "search --data orl --job x",
        "search --data orl --objective test",
        "search --data orl --trials 0",
        "search --data orl --folds 1",
        "search --data orl --range training.epochs",
        "search --data orl --range training.learning_rate=1..2..3",
        "search --data orl --range training.learning_rate=1e-4..5",
        "search --data orl --range split.preset=80/20|folders",
        "search --data orl --range training.optimizer=adam|lion",
    ],
)
def test_wrong_arguments_are_told(words: str, artifacts: Path) -> None:
    try:
        code = main(words.split())
    except SystemExit as error:
        code = int(error.code or 0)
    assert code == 2
    assert not (artifacts / "jobs").exists()


def test_the_command_line_asks_for_what_it_says(artifacts: Path, capsys: pytest.CaptureFixture[str], jury: QuickJury) -> None:
    words = "search --data orl --preset dense --trials 4 --objective accuracy --json --seed 3"
    words += " --range training.learning_rate=1e-4..1e-2:log --range model.units=64|64,32 --range training.batch_size=8..16"
    assert main(words.split()) == 0
    answer = json.loads(capsys.readouterr().out)
    directory = Path(answer["job"])
    asked = SearchSettings.from_json(json.loads((directory / layout.JOB).read_text())["search"])
    assert asked.space == (
        RATE, Range("model.units", choices=("64", "64,32")), Range("training.batch_size", 8, 16),
    )  # fmt: skip
    assert (asked.trials, asked.objective, asked.settings.seed) == (4, "accuracy", 3)
    job = jobs.read_job(directory)
    assert (job.kind, job.state, job.title) == ("search", "done", "Search settings of dense for the built-in faces, 4 trials")
    assert main(["search", "--job", str(artifacts / "jobs" / "nowhere")]) == 1
    assert os.environ["VISAGE_ARTIFACTS"] == str(artifacts)


def test_a_search_waits_its_turn_as_trainings_do(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.jobs import start
    from core.jobs.queue import _tickets

    monkeypatch.setattr(start, "command", lambda directory: [sys.executable, "-c", "import time; time.sleep(30)"])
    directory = jobs.start_search(new_search().to_json())
    try:
        assert list(_tickets().values()) == [directory.resolve()]
        assert jobs.read_job(directory).state == "queued"
    finally:
        for pid, child in list(start._children.items()):
            child.kill()
            child.wait()
            start._children.pop(pid, None)
    monkeypatch.undo()
    assert start.command(directory) == [sys.executable, "-m", "core", "search", "--job", str(directory)]


def test_further_processes_of_a_search_work_on_its_trials(artifacts: Path, three_people: Path) -> None:
    settings = with_values(preset("dense"), dict(change.split("=") for change in QUICK))
    asked = from_source(SearchSettings(settings, trials=6, space=(RATE, DROPOUT), workers=2), str(three_people))
    directory = jobs.new_search(asked.to_json())
    result = running.run_search(directory)
    assert sum(result["trials"].values()) == 6
    numbers = [each.number for each in read_trials(directory) if each.state in ENDED]
    assert len(numbers) == 6 and len({str(each.params) for each in read_trials(directory)}) == 6, "no values are tried twice"
    said = (directory / JOURNAL).read_text()
    workers = {json.loads(line)["user_attr"]["worker"]["pid"] for line in said.splitlines() if '"worker"' in line}
    assert os.getpid() in workers
    assert not [each for each in workers if each != os.getpid() and psutil.pid_exists(each)], "none is left behind"
