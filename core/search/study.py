"""The study behind a search, as one worker sees it: Optuna draws the values, a journal file or a database keeps the trials.

A trial belongs to the process that works on it. Where that process has vanished, whoever looks next marks the trial as failed
and puts its values back, so that a killed worker costs its own unfinished trial and nothing else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from core.search.owners import is_lost, myself
from core.search.records import SearchSettings, State, Trial
from core.search.space import Range, Value, deciders_first, matters, value_of
from core.settings import rng_for

SEEN_SECONDS = 60.0  # how often a worker says that it is there
MOST_TRIES = 3  # values at which the process died so often are left alone: they may need too much memory
RANDOM_TRIALS = 10  # drawn at random before the sampler goes by what it has seen
JUDGED_BEFORE_PRUNING = 5


class Study:
    """One worker's hold on a study that other workers may share."""

    def __init__(self, study: Any, search: SearchSettings) -> None:
        self._study, self._search = study, search

    def take(self) -> Draw | None:
        """Begin a trial, with values that were put back or with new ones; None where all trials are taken."""
        from optuna.trial import TrialState

        self.put_back_lost()
        counted = self._counted()
        if len(counted) >= self._search.trials and not any(each.state == TrialState.WAITING for each in counted):
            return None
        trial = self._study.ask()
        trial.set_user_attr("worker", myself())
        place = len([each for each in self._counted() if each.number < trial.number])
        if place >= self._search.trials:  # another worker took the last one at the same moment
            self._study.tell(trial, state=TrialState.FAIL)
            return None
        self._study.sampler = _sampler(self._search, place)
        return Draw(trial, self._study, self._params(trial), place + 1)

    def _params(self, trial: Any) -> dict[str, Value]:
        params: dict[str, Value] = {}
        for each in deciders_first(self._search.space):
            if matters(each.name, self._search.settings, params):
                params[each.name] = _suggest(trial, each)
        return params

    def _counted(self) -> list[Any]:
        """Return the trials that count: all but those whose values were put back."""
        from optuna.trial import TrialState

        return [each for each in self._study.get_trials(deepcopy=False) if each.state != TrialState.FAIL]

    def put_back_lost(self) -> None:
        """Mark the trials of vanished workers as failed, and put their values back."""
        from optuna.trial import TrialState

        for each in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if is_lost(each):
                again = each.user_attrs.get("tries", 1) < MOST_TRIES
                give_up(self._study, each, again, "Its process died each time.", tries=1)

    def is_over(self) -> bool:
        """Tell whether all trials have ended."""
        from optuna.trial import TrialState

        counted = self._counted()
        open_states = (TrialState.RUNNING, TrialState.WAITING)
        return len(counted) >= self._search.trials and not any(each.state in open_states for each in counted)

    def trials(self) -> list[Trial]:
        """Return all trials in the order in which they began."""
        return [_trial(each) for each in self._study.get_trials(deepcopy=False)]

    def importance(self) -> dict[str, float]:
        """Return the share of each setting in how much the values of the judged trials differ, the largest first.

        Settings that only some trials have varied are left out. Empty where fewer than four trials were judged.

        Source:
            fANOVA: Hutter, Hoos, Leyton-Brown, "An efficient approach for assessing hyperparameter importance", ICML 2014.
        """
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances
        from optuna.trial import TrialState

        done = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(done) < 4 or len({each.value for each in done}) < 2:
            return {}
        try:
            found = get_param_importances(self._study, evaluator=FanovaImportanceEvaluator(seed=0))
        except (ValueError, RuntimeError):  # too few trials share a setting, or it makes no difference at all
            return {}
        return {name: float(share) for name, share in found.items()}


class Draw:
    """A trial under way: the values drawn for it, and the ways in which it can end."""

    def __init__(self, trial: Any, study: Any, params: Mapping[str, Value], place: int) -> None:
        self.params, self.place = dict(params), place
        self._trial, self._study, self._seen = trial, study, time.monotonic()

    def beat(self) -> None:
        """Say now and then that this worker is still there."""
        if time.monotonic() - self._seen >= SEEN_SECONDS:
            self._seen = time.monotonic()
            self._trial.set_user_attr("worker", myself())

    def is_clearly_worse(self, value: float, step: int) -> bool:
        """Note an intermediate value, and tell whether other trials were clearly better by then."""
        self._trial.report(value, step)
        return bool(self._trial.should_prune())

    def done(self, value: float, accuracy: float | None, log_loss: float | None, epochs: int) -> None:
        """End the trial with its value."""
        for name, number in (("accuracy", accuracy), ("log_loss", log_loss), ("epochs", epochs)):
            self._trial.set_user_attr(name, number)
        self._study.tell(self._trial, value)

    def prune(self, epochs: int) -> None:
        """End the trial early, as it is clearly worse than others."""
        from optuna.trial import TrialState

        self._trial.set_user_attr("epochs", epochs)
        self._study.tell(self._trial, state=TrialState.PRUNED)

    def cannot_be(self, words: str) -> None:
        """End the trial as one whose values cannot be trained with; the sampler will keep away from them."""
        give_up(self._study, self._trial, False, words)

    def put_back(self) -> None:
        """End the trial without a value, and have its values tried again."""
        give_up(self._study, self._trial, True)


def give_up(study: Any, trial: Any, again: bool, words: str = "", tries: int = 0) -> None:
    """End a trial that was not judged.

    Args:
        study: Its study.
        trial: The trial, also one of another process.
        again: Whether its values are put back to be tried again; else they count as bad ones.
        words: Why not.
        tries: How many tries to count on top of those before.
    """
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    storage, about = study._storage, {"tries": trial.user_attrs.get("tries", 1) + tries}
    try:
        if not again:
            storage.set_trial_user_attr(trial._trial_id, "words", words)
        storage.set_trial_state_values(trial._trial_id, TrialState.FAIL if again else TrialState.PRUNED)
    except UpdateFinishedTrialError:  # another worker was faster
        return
    if again:
        study.enqueue_trial(dict(trial.params), user_attrs=about)


def enqueue_present(study: Any, search: SearchSettings) -> None:
    """Have the present settings tried first, where the ranges hold them: no search shall end worse than it began."""
    params: dict[str, Value] = {}
    for each in deciders_first(search.space):
        value = value_of(search.settings, each.name)
        if matters(each.name, search.settings, params):
            if not each.holds(value):
                return
            params[each.name] = value
    study.enqueue_trial(params)


def _sampler(search: SearchSettings, place: int) -> Any:
    """Return the sampler for the trial at `place`: each has random numbers of its own, so a search that was interrupted
    draws what an undisturbed one would have drawn.

    Source:
        Tree-structured Parzen estimator: Bergstra, Bardenet, Bengio, Kégl, "Algorithms for hyper-parameter optimization",
        NeurIPS 2011.
    """
    from optuna.samplers import TPESampler

    seed = int(rng_for(search.settings.seed, "search", place).integers(2**31))
    return TPESampler(n_startup_trials=RANDOM_TRIALS, seed=seed)


def _suggest(trial: Any, of: Range) -> Value:
    if of.choices:
        return str(trial.suggest_categorical(of.name, of.choices))
    if of.whole:
        return int(trial.suggest_int(of.name, of.low, of.high, log=of.log, step=1 if of.log else of.step or 1))
    return float(trial.suggest_float(of.name, of.low, of.high, log=of.log, step=None if of.log else of.step))


def _trial(stored: Any) -> Trial:
    about, last = stored.user_attrs, stored.last_step
    ended = stored.datetime_complete or stored.datetime_start
    seconds = 0.0
    if stored.datetime_start is not None:
        end = ended.timestamp() if stored.state.is_finished() else time.time()
        seconds = round(max(0.0, end - stored.datetime_start.timestamp()), 3)
    value = stored.value if stored.state.name == "COMPLETE" else None
    return Trial(
        number=stored.number + 1,
        state=_state(stored),
        value=value if value is None or math.isfinite(value) else None,
        params=dict(stored.params),
        seconds=seconds,
        epochs=int(about.get("epochs", (last or 0))),
        accuracy=about.get("accuracy"),
        log_loss=about.get("log_loss"),
        words=str(about.get("words", "")),
    )


def _state(stored: Any) -> State:
    if stored.state.name == "PRUNED":
        return "unusable" if "words" in stored.user_attrs else "pruned"
    found: dict[str, State] = {"RUNNING": "running", "COMPLETE": "done", "FAIL": "repeated", "WAITING": "waiting"}
    return found[stored.state.name]
