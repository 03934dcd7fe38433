"""What a search is asked for, and what those who watch it read; nothing here needs Optuna."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.errors import JobError, SettingsError
from core.runs import layout
from core.search.space import Range, Value, chosen_space, with_params
from core.settings import DataSettings, Settings, from_json, to_json
from core.storage import read_json, write_json

Objective = Literal["log_loss", "accuracy"]
OBJECTIVES: tuple[Objective, ...] = ("log_loss", "accuracy")
VERSION = 1
MOST_TRIALS, MOST_FOLDS, MOST_WORKERS = 1000, 10, 16
TRIALS = "trials.json"  # all trials, for those who watch; replaced whole
JOURNAL = "study.journal"  # Optuna's own record, from which a search goes on

State = Literal["running", "done", "pruned", "unusable", "repeated", "waiting"]
"""done: judged. pruned: ended early, as it was clearly worse than others. unusable: these values cannot be trained with.
repeated: its process was stopped or has vanished; the values are tried again. waiting: is about to be tried (again)."""
ENDED: frozenset[str] = frozenset({"done", "pruned", "unusable"})


@dataclass(frozen=True)
class SearchSettings:
    """What a search does.

    Attributes:
        settings: What a trial starts from; everything outside `space` stays as it is, the split of the photos above all.
        trials: How many in all, by all workers.
        objective: What is compared: "log_loss" sees how sure right and wrong names were, so it tells settings apart that
            name the same few validation photos right; "accuracy" is the share of photos named right.
        folds: 0: judged by the validation photos. 2 or more: judged by folds of all photos but the test photos.
        space: What is varied, and between which values.
        seconds: After so long no new trial begins; 0: no limit.
        workers: How many processes on this machine.
        storage: A journal file or a database's address that workers share; empty: a journal in the job's own directory.
        study: The name of the search in a shared storage; empty: made of what is asked for, so that the same command on
            another machine joins in.

    Raises:
        SettingsError: a number is out of its limits, nothing is varied, or a setting is varied twice.
    """

    settings: Settings
    trials: int = 20
    objective: Objective = "log_loss"
    folds: int = 0
    space: tuple[Range, ...] = ()
    seconds: float = 0.0
    workers: int = 1
    storage: str = ""
    study: str = ""

    def __post_init__(self) -> None:
        _whole("trials", self.trials, 1, MOST_TRIALS)
        _whole("workers", self.workers, 1, MOST_WORKERS)
        if self.folds != 0:
            _whole("folds", self.folds, 2, MOST_FOLDS)
        if self.objective not in OBJECTIVES:
            raise SettingsError(f"The objective is {self.objective!r}.", f"Choose one of {', '.join(OBJECTIVES)}.")
        if isinstance(self.seconds, bool) or not isinstance(self.seconds, int | float) or not 0 <= self.seconds < 1e9:
            raise SettingsError(f"The limit of time is {self.seconds!r}.", "Give seconds, or 0 for no limit.")
        names = [each.name for each in self.space]
        if not names or len(set(names)) < len(names):
            raise SettingsError("A search varies at least one setting, and each one once.", "Choose what is to be searched.")
        if self.settings.model.architecture == "embedding" and self.settings.embedding.fine_tune:
            raise SettingsError("A search learns from stored embeddings and cannot fine-tune.", "Switch fine-tuning off.")

    @property
    def highest_is_best(self) -> bool:
        """Whether a larger value is the better one."""
        return self.objective == "accuracy"

    @property
    def name(self) -> str:
        """The name of the study."""
        if not self.storage:
            return "search"
        return self.study or f"visage-{self.settings.preset}-{self.question[:12]}"

    @property
    def question(self) -> str:
        """A hash of all that decides what a trial's value means: two searches with the same one can share trials."""
        values = to_json(self.settings)
        values.pop("data")  # another machine has the photos elsewhere
        asked = [VERSION, values, self.objective, self.folds, sorted(json.dumps(each.to_json()) for each in self.space)]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the search as JSON values."""
        values = {name: value for name, value in vars(self).items() if name not in ("settings", "space")}
        space = [each.to_json() for each in self.space]
        return {"version": VERSION, **values, "settings": to_json(self.settings), "space": space}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SearchSettings:
        """Rebuild a search from `to_json`; absent values get their defaults, an absent space the main settings.

        Raises:
            SettingsError: a value is wrong, or a newer program wrote it.
        """
        version = values.get("version", VERSION)
        if type(version) is not int or not 1 <= version <= VERSION:
            raise SettingsError(f"This search has version {version}; this program reads up to {VERSION}.", "Update Visage.")
        settings = from_json(values.get("settings", {}))
        space = tuple(Range.from_json(each) for each in values.get("space") or ())
        rest = {name: value for name, value in values.items() if name not in ("version", "settings", "space")}
        try:
            return cls(settings, space=space or chosen_space(settings), **rest)
        except TypeError as error:
            raise SettingsError(f"The search cannot be read ({error}).", "Start a new one.") from error


def _whole(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise SettingsError(f"The number of {name} is {value!r}.", f"It has to be a whole number from {low} to {high}.")


@dataclass(frozen=True)
class Trial:
    """One try of a search.

    Attributes:
        number: From 1, in the order in which they began.
        value: What is compared; None while it runs and where it was not judged to its end.
        params: The values tried, by dotted name of the setting.
        seconds: What it has taken so far.
        epochs: Epochs trained so far, or folds judged; 0 where that does not apply.
        accuracy, log_loss: Of the faces that judged.
        words: Why it ended as it did; empty where there is nothing to say.
    """

    number: int
    state: State
    value: float | None
    params: dict[str, Value]
    seconds: float
    epochs: int = 0
    accuracy: float | None = None
    log_loss: float | None = None
    words: str = ""


@dataclass(frozen=True)
class SearchState:
    """Where a search stands.

    Attributes:
        best: The best trial so far; None before the first was judged.
        importance: The share of each setting in how much the values differ; empty before a few trials were judged.
        spent: Seconds worked so far, over all times that it was resumed.
    """

    trials: list[Trial] = field(default_factory=list)
    best: Trial | None = None
    importance: dict[str, float] = field(default_factory=dict)
    spent: float = 0.0


def best_of(trials: list[Trial], highest: bool) -> Trial | None:
    """Return the best judged trial, the earlier one of two alike."""
    judged = [(each.value, each) for each in trials if each.state == "done" and each.value is not None]
    return min(judged, key=lambda pair: (-pair[0] if highest else pair[0], pair[1].number), default=(None, None))[1]


def write_state(directory: Path, state: SearchState) -> None:
    """Replace what those who watch read."""
    write_json(directory / TRIALS, {"version": VERSION, **asdict(state)}, durable=False)


def read_state(directory: Path) -> SearchState:
    """Return where the search in a job directory stands; empty before the first trial."""
    try:
        values = dict(read_json(directory / TRIALS) or {})
        values.pop("version", None)
        best = values.pop("best", None)
        trials = [Trial(**each) for each in values.pop("trials", [])]
        return SearchState(trials=trials, best=Trial(**best) if best else None, **values)
    except (ValueError, TypeError, OSError):  # not forced to the disk: a power cut may leave it empty
        return SearchState()


def read_trials(directory: Path) -> list[Trial]:
    """Return all trials of the search in a job directory, in the order in which they began."""
    return read_state(directory).trials


def read_search(directory: Path) -> SearchSettings:
    """Return what the search in a job directory was asked for.

    Raises:
        JobError: there is no search.
        SettingsError: a value is wrong, or a newer program wrote it.
    """
    try:
        about = read_json(directory / layout.JOB) or {}
        asked = about["search"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise JobError(f"There is no search in {directory}.", "Start a new one.") from error
    return SearchSettings.from_json(asked)


def best_settings(directory: Path) -> Settings:
    """Return the settings of the best trial so far, ready for `jobs.start_training`.

    Raises:
        JobError: there is no search, or no trial was judged yet.
    """
    search, best = read_search(directory), read_state(directory).best
    if best is None:
        raise JobError("No trial of this search has been judged yet.", "Wait for the first one, or resume the search.")
    return with_params(search.settings, best.params)


def from_source(search: SearchSettings, source: str) -> SearchSettings:
    """Return the search for the photos of another source."""
    return replace(search, settings=replace(search.settings, data=DataSettings(source)))
