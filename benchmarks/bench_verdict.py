"""Why is it wrong? Planted label errors and honest mistakes, as the verdicts on a network of one's own tell them apart.

    VISAGE_TEST_PHOTOS=... python -m benchmarks.bench_verdict [--preset dense] [--runs DIR ...]

Of the labels of the test photos 5% are changed at random, again and again. At least 90% of these should get the verdict "wrong
label", and at most 10% of the mistakes under a right label. Both shares are printed by the run's own evidence alone and with
the second opinion of an embedding, apart for every second person, by whom the line in `core.explain.opinions` was chosen, and
for the others, who judge it. Trains on the built-in faces and on pins40, the latter only with the shared photos; `--runs` takes
finished runs instead.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.bench_accuracy import folder_of
from benchmarks.measure import machine
from core.datasets import get_dataset
from core.embeddings import load_backbone
from core.experiment import run_experiment
from core.experiment.second_opinion import align_crops, taught_by
from core.explain import Opinions, form_opinions
from core.explain.opinions import CLEAR_GAP
from core.openset import Gallery
from core.preparation import load_prepared
from core.review import Judged, read_judged
from core.review.reasons import Known, Taught, taught_faces, verdicts
from core.runs import Run, new_run, read_run
from core.settings import PRESETS, DataSettings, preset

PLANTED, DRAWS = 0.05, 20
GAPS = (0.01, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2)
MOST_MISSED, MOST_FALSE = 0.1, 0.1


@dataclass(frozen=True, eq=False)
class Case:
    """A run's test photos.

    Attributes:
        taught: The run's own vectors; None in runs of an earlier program.
        gallery: Some training photos of each person, as the embedding sees them.
        vectors: float32 (N, D), the test faces as it sees them, in the order of `judged`.
    """

    run: Run
    judged: Judged
    taught: Taught | None
    gallery: Gallery
    vectors: npt.NDArray[np.float32]

    def opinions(self, judged: Judged) -> Opinions:
        """Return what the embedding says of the faces that are named wrong under other labels."""
        rows = np.flatnonzero(judged.wrong)
        return form_opinions(self.gallery, [judged.sha256[row] for row in rows], self.vectors[rows], judged.labels[rows])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_verdict", description=__doc__.split("\n")[0])
    parser.add_argument("--preset", choices=[name for name in PRESETS if "embedding" not in name], default="dense")
    parser.add_argument("--runs", nargs="+", type=Path, help="finished runs with networks of their own")
    chosen = parser.parse_args(arguments)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as artifacts:
        os.environ.setdefault("VISAGE_ARTIFACTS", artifacts)
        directories = chosen.runs or _trained(chosen.preset)
        good = [_judge(case_of(read_run(each))) for each in directories]
        return int(not all(good))


def _trained(name: str) -> Iterator[Path]:
    for source in filter(None, ("orl", folder_of("pins40"))):
        directory = new_run(replace(preset(name), data=DataSettings(source)))
        run_experiment(directory)
        yield directory


def case_of(run: Run) -> Case:
    """Return the test photos of a run, embedded; those whose face cannot be aligned are left out."""
    judged, face = read_judged(run, "test"), run.settings.face
    catalogue = get_dataset(judged.dataset_id)
    prepared, some = load_prepared(catalogue, face), taught_by(run)
    assert prepared is not None
    assert some is not None
    aligned = align_crops(catalogue, prepared, face, (judged.sha256, judged.labels))
    backbone = load_backbone(preset("embedding"))
    gallery = Gallery(backbone.embed(some.pixels), some.labels, len(run.class_names))
    row_of = {sha256: row for row, sha256 in enumerate(judged.sha256)}
    rows = [row_of[sha256] for sha256 in aligned.sha256]
    judged = replace(
        judged,
        sha256=aligned.sha256,
        paths=tuple(judged.paths[row] for row in rows),
        labels=judged.labels[rows],
        logits=judged.logits[rows],
    )
    return Case(run, judged, taught_faces(run, judged), gallery, backbone.embed(aligned.pixels))


def planted(labels: npt.NDArray[np.int64], people: int, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return labels of which some are wrong now, and which these are."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(labels)) < PLANTED
    return np.where(wrong, (labels + rng.integers(1, people, len(labels))) % people, labels), wrong


@dataclass(frozen=True)
class Found:
    """One verdict: of a planted label or not, of the people who chose the line or not, by each kind of evidence."""

    planted: bool
    chose: bool
    alone: bool
    together: bool
    gap: float


def _verdicts(case: Case, seed: int) -> Iterator[Found]:
    """Yield the verdicts on all wrong answers, and on planted labels that the network by chance agrees with."""
    labels, changed = planted(case.judged.labels, len(case.judged.people), seed)
    judged = replace(case.judged, labels=labels)
    opinions = case.opinions(judged)
    alone = verdicts(case.run, judged, case.taught, Known())
    together = verdicts(case.run, judged, case.taught, Known(opinions=opinions))
    for row in np.flatnonzero(judged.wrong | changed).tolist():
        own, other = (each[row].kind == "wrong_label" if row in each else False for each in (alone, together))
        opinion = opinions.of(judged.sha256[row], int(labels[row]), judged.people)
        yield Found(bool(changed[row]), bool(labels[row] % 2 == 0), own, other, opinion.gap if opinion else -1.0)


def _judge(case: Case) -> bool:
    """Print the shares of a run; return whether those of the people who judge are good enough."""
    found = [each for seed in range(DRAWS) for each in _verdicts(case, seed)]
    run = case.run
    name = run.dataset.name if run.dataset else "?"
    print(f"\n{run.settings.preset} on {name}: {1 - case.judged.wrong.mean():.1%} right, {DRAWS} draws", flush=True)
    chose, judges = ([each for each in found if each.chose is kind] for kind in (True, False))
    for gap in GAPS:
        _show(f"  chosen by, line {gap:g}", chose, (each.gap >= gap for each in chose))
    _show("  chosen by, own evidence alone", chose, (each.alone for each in chose))
    _show("  judged by, own evidence alone", judges, (each.alone for each in judges))
    hits, false = _show(f"  judged by, line {CLEAR_GAP:g}, as it is told", judges, (each.together for each in judges))
    return hits >= 1 - MOST_MISSED and false <= MOST_FALSE


def _show(title: str, found: Sequence[Found], told: Iterable[bool]) -> tuple[float, float]:
    """Print and return which share of planted labels, and of mistakes under a right one, are called wrong labels."""
    pairs = [(each.planted, said) for each, said in zip(found, told, strict=True)]
    shares = []
    for kind in (True, False):
        own = [said for is_planted, said in pairs if is_planted is kind]
        shares.append(sum(own) / max(len(own), 1))
    counts = [sum(is_planted is kind for is_planted, _ in pairs) for kind in (True, False)]
    print(
        f"{title:42} {shares[0]:6.1%} of {counts[0]:,} planted, {shares[1]:6.1%} of {counts[1]:,} honest mistakes", flush=True
    )
    return shares[0], shares[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
