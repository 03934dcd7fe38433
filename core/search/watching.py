"""Where a search stands, told on the page and kept in its directory."""

from __future__ import annotations

import math
import time
from pathlib import Path

from core.progress import Progress, Report
from core.search.records import ENDED, SearchSettings, SearchState, best_of, read_state, write_state
from core.search.study import Study
from core.training import EpochReport

REFRESH_SECONDS = 2.0  # between two looks at the trials of all workers
IMPORTANCE_EVERY = 5  # judged trials


class Watch:
    """Tells where the search stands, on the page and in the directory."""

    def __init__(self, directory: Path, search: SearchSettings, study: Study, report: Report) -> None:
        before = read_state(directory)
        self.directory, self.search, self.study = directory, search, study
        self.now, self.epoch = 0, 0
        self._report, self._began, self._before = report, time.monotonic(), before.spent
        self._importance, self._judged = before.importance, -1
        self._state = before
        self._looked = -math.inf

    @property
    def spent(self) -> float:
        """Seconds worked so far, also before an interruption."""
        return self._before + time.monotonic() - self._began

    def time_is_up(self) -> bool:
        """Tell whether no new trial may begin any more."""
        return 0 < self.search.seconds <= self.spent

    def on_epoch(self, epoch: EpochReport) -> None:
        """Hear of an epoch of the trial under way."""
        self.epoch = epoch.epoch
        if time.monotonic() - self._looked >= REFRESH_SECONDS:
            self.refresh()
        self._tell(f", epoch {epoch.epoch} of {epoch.epochs}")

    def embedding(self, progress: Progress) -> None:
        """Hear that faces are being embedded."""
        self._tell(f", {progress.done:,} of {progress.total:,} faces embedded" if progress.total else "")

    def refresh(self, last: bool = False) -> None:
        """Write all trials for those who watch."""
        self._looked = time.monotonic()
        trials = self.study.trials()
        judged = len([each for each in trials if each.state == "done"])
        if judged != self._judged and (last or judged % IMPORTANCE_EVERY == 0):
            self._importance, self._judged = self.study.importance(), judged
        best = best_of(trials, self.search.highest_is_best)
        self._state = SearchState(trials, best, self._importance, round(self.spent, 3))
        write_state(self.directory, self._state)
        self._tell()

    def _tell(self, more: str = "") -> None:
        ended = len([each for each in self._state.trials if each.state in ENDED])
        now = f"Trial {max(self.now, 1)} of {self.search.trials}"
        self._report(
            Progress("Searching", min(ended, self.search.trials), self.search.trials, "trials", now + self._best() + more)
        )

    def _best(self) -> str:
        best = self._state.best
        if best is None:
            return ""
        right = f"{best.accuracy:.1%}" if best.accuracy is not None else "–"
        return f", best {right}" if self.search.highest_is_best else f", best {right} and log loss {best.value:.2g}"


class SilentWatch(Watch):
    """Tells nobody: the process whose directory it is does that."""

    def refresh(self, last: bool = False) -> None:
        """Write nothing."""

    def _tell(self, more: str = "") -> None:
        pass
