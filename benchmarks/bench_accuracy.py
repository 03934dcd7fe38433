"""How well the presets recognise, on leak-safe splits, each figure by whole runs: means with 95% intervals.

    VISAGE_TEST_PHOTOS=... python -m benchmarks.bench_accuracy [--rows orl lfw34 pins40 ...] [--preset embedding]

Rows: `orl` (5 photos a person teach, 5 judge), `lfw34` and `pins40` (80/20, with calibration), `one_photo` (one photo a person
teaches, all others judge), `strangers` (27 people known, 13 strangers). All but `orl` need the shared photos and are skipped
without them. Seeds 10 and up: recipes were chosen on others. An own VISAGE_ARTIFACTS keeps the prepared faces.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import machine
from benchmarks.trials import deal, interval, opened, photos_folder, run_on
from core.calibration import Reliability
from core.errors import VisageError
from core.experiment.embedding import EmbeddedPart, Embedder
from core.experiment.lineup import PartFaces
from core.models.logits import Answers
from core.openset import auroc, line_at
from core.recognizer.loading import load_recognizer
from core.recognizer.naming import name_faces
from core.runs import read_run
from core.settings import PRESETS, Settings, preset, rng_for, with_values

FIRST = 10  # the first seed
KNOWN_PEOPLE = 27
DRAWN = 2000  # random samples that show what chance does to a calibration error
DRAWS = {"orl": 10, "lfw34": 10, "pins40": 10, "one_photo": 20, "strangers": 5}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_accuracy", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="which rows (default all)")
    parser.add_argument("--preset", choices=PRESETS, default="embedding")
    parser.add_argument("--draws", type=int, help="how many draws of each row")
    parser.add_argument("--first", type=int, default=FIRST, help=f"the first seed (default {FIRST})")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting of the preset")
    chosen = parser.parse_args(arguments)
    settings = with_values(preset(chosen.preset), dict(each.split("=", 1) for each in chosen.set))
    print(f"{chosen.preset}. {machine()}", flush=True)
    with tempfile.TemporaryDirectory() as artifacts:
        os.environ.setdefault("VISAGE_ARTIFACTS", artifacts)
        for row in chosen.rows:
            source = "orl" if row == "orl" else folder_of("lfw34" if row == "lfw34" else "pins40")
            if source is None:
                print(f"{row}: skipped, VISAGE_TEST_PHOTOS names no folder with these photos", flush=True)
            else:
                began = time.perf_counter()
                ROWS[row](settings, source, range(chosen.first, chosen.first + (chosen.draws or DRAWS[row])))
                print(f"  ({row}: {time.perf_counter() - began:.0f} s)", flush=True)
    return 0


def folder_of(name: str) -> str | None:
    folder = photos_folder()
    return str(folder / name) if folder and (folder / name).is_dir() else None


def seeded(settings: Settings, seed: int) -> Settings:
    return dataclasses.replace(settings, seed=seed)


def orl(settings: Settings, source: str, seeds: range) -> None:
    """5 photos a person teach, 5 judge."""
    dataset, prepared, groups = opened(source, settings)
    found = []
    for seed in seeds:
        parts = deal(dataset.photos, groups, rng_for(seed, "deal"), teach=5, test=5)
        found.append(run_on(seeded(settings, seed), dataset, prepared, parts)[1]["test"]["accuracy"])
    print(f"orl, 5 photos a person teach, 5 judge: accuracy {interval(found)}", flush=True)


def eighty_twenty(name: str, figure: str) -> Callable[[Settings, str, range], None]:
    def measure(settings: Settings, source: str, seeds: range) -> None:
        dataset, prepared, groups = opened(source, settings)
        found, plain, errors, losses = [], [], [], []
        for seed in seeds:
            parts = deal(dataset.photos, groups, rng_for(seed, "deal"))
            directory, result = run_on(seeded(settings, seed), dataset, prepared, parts)
            found.append(result["test"][figure])
            calibration = read_run(directory).calibration
            assert calibration is not None
            before, after = calibration.parts["test"]
            errors.append((before.error, after.error, by_chance(after)))
            losses.append((before.log_loss, after.log_loss))
            if settings.model.architecture == "embedding":
                plain.append(logistic_regression(settings, dataset, prepared, parts, figure))
        print(f"{name}, 80/20: {figure.replace('_', ' ')} {interval(found)}", flush=True)
        show_calibration(errors, losses)
        if plain:
            differences = [ours - theirs for ours, theirs in zip(found, plain, strict=True)]
            print(
                f"  plain logistic regression on the same embeddings {interval(plain)}; ours minus it: {interval(differences)}"
            )

    return measure


def by_chance(reliability: Reliability) -> float:
    """Return the calibration error that exact probabilities show on average on so many photos: groups are small samples."""
    sure, _, faces = np.array(reliability.bins).T
    shares = np.random.default_rng(0).binomial(faces.astype(int), sure, (DRAWN, len(sure))) / faces
    return float((np.abs(shares - sure) * faces).sum(axis=1).mean() / faces.sum())


def show_calibration(errors: list[tuple[float, float, float]], losses: list[tuple[float, float]]) -> None:
    """Print the calibration error and the log loss on the test photos, before and after the temperature."""
    (before, after, chance), (loss, calibrated) = np.mean(errors, axis=0), np.mean(losses, axis=0)
    worse = sum(pair[1] > pair[0] + 1e-6 for pair in losses)
    print(
        f"  calibration error {before:.4f} before, {after:.4f} after, {chance:.4f} by chance; log loss {loss:.4f} before, "
        f"{calibrated:.4f} after, worse in {worse} of {len(losses)}; largest error after {max(each[1] for each in errors):.4f}",
        flush=True,
    )


def part_of(dataset: Any, prepared: Any, chosen: list[Any]) -> PartFaces:
    """Return photos as a part, whoever they show; labels are all 0."""
    shown = [photo.sha256 for photo in chosen if photo.sha256 in prepared.rows]
    rows = np.array([prepared.rows[sha256] for sha256 in shown], np.int64)
    return PartFaces(tuple(shown), rows, np.zeros(len(shown), np.int64), np.zeros(0, np.int64), 0)


def embedded(settings: Settings, dataset: Any, prepared: Any, chosen: list[Any]) -> tuple[EmbeddedPart, list[str]]:
    """Return the vectors of photos and who they show."""
    part = Embedder(dataset.catalogue, prepared, settings).part(part_of(dataset, prepared, chosen), teaching=False)
    return part, [str(photo.person) for photo in chosen if photo.sha256 in prepared.rows]


def logistic_regression(settings: Settings, dataset: Any, prepared: Any, parts: dict[str, str], figure: str) -> float:
    """Return the accuracy of scikit-learn's logistic regression as it comes, on the same embeddings and photos."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, balanced_accuracy_score

    split = {
        name: embedded(settings, dataset, prepared, [photo for photo in dataset.photos if parts.get(photo.sha256) in names])
        for name, names in (("taught", ("train", "validation")), ("test", ("test",)))
    }
    (taught, people), (test, truth) = split["taught"], split["test"]
    answers = LogisticRegression(max_iter=2000).fit(taught.vectors, people).predict(test.vectors)
    score = balanced_accuracy_score if figure == "balanced_accuracy" else accuracy_score
    return float(score(truth, answers))


def one_photo(settings: Settings, source: str, seeds: range) -> None:
    """One photo a person teaches, all others judge; no validation, so the probabilities are as the preset gives them."""
    dataset, prepared, groups = opened(source, settings)
    found, errors, losses = [], [], []
    for seed in seeds:
        parts = deal(dataset.photos, groups, rng_for(seed, "deal"), teach=1, test=1.0)
        directory, result = run_on(seeded(settings, seed), dataset, prepared, parts)
        found.append(result["test"]["accuracy"])
        calibration = read_run(directory).calibration
        assert calibration is not None
        before, after = calibration.parts["test"]
        errors.append((before.error, after.error, by_chance(after)))
        losses.append((before.log_loss, after.log_loss))
    print(f"pins40, one photo a person: accuracy {interval(found)}", flush=True)
    show_calibration(errors, losses)


def strangers(settings: Settings, source: str, seeds: range) -> None:
    """27 people known, 13 strangers: the curve, and the run's own line, drawn without the 13."""
    dataset, prepared, groups = opened(source, settings)
    areas, at_one_percent, let_in, named = [], [], [], []
    for seed in seeds:
        rng = rng_for(seed, "deal")
        everybody = sorted({str(photo.person) for photo in dataset.photos})
        known = {everybody[place] for place in rng.permutation(len(everybody))[:KNOWN_PEOPLE]}
        parts = deal(dataset.photos, groups, rng, people=sorted(known))
        directory, _ = run_on(seeded(settings, seed), dataset, prepared, parts)
        judged = [photo for photo in dataset.photos if parts.get(photo.sha256) == "test"]
        unknown = [photo for photo in dataset.photos if photo.person not in known]
        scores, decisions, right = asked(settings, directory, dataset, prepared, judged)
        theirs, their_decisions, _ = asked(settings, directory, dataset, prepared, unknown)
        areas.append(auroc(scores, theirs))
        at_one_percent.append(float(((scores >= line_at(theirs, 0.01)) & right).mean()))
        let_in.append(float((their_decisions == "known").mean()))
        named.append(float(((decisions == "known") & right).mean()))
    print(f"pins40, 27 known, 13 strangers: AUROC {np.mean(areas):.4f} ({min(areas):.4f} .. {max(areas):.4f})")
    print(f"  known faces named right where 1% of the strangers get a name: {interval(at_one_percent)}")
    print(f"  at the run's own line: strangers named {interval(let_in)}, known named right {interval(named)}", flush=True)


def asked(
    settings: Settings, directory: Path, dataset: Any, prepared: Any, photos: list[Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the open-set score, the decision, and whether the name is right, of the faces in some photos."""
    recognizer = load_recognizer(directory)
    people = [str(photo.person) for photo in photos if photo.sha256 in prepared.rows]
    if settings.model.architecture == "embedding":
        part, _ = embedded(settings, dataset, prepared, photos)
        kernel, bias = recognizer.network.get_layer("logits").get_weights()
        answers = Answers(part.vectors @ kernel + bias, part.vectors)
    else:
        rows = part_of(dataset, prepared, photos).rows
        answers = recognizer.answer([np.asarray(prepared.pixels[row]) for row in rows])
    names = name_faces(answers, recognizer.knowledge)
    right = np.array([name.top[0][0] == person for name, person in zip(names, people, strict=True)])
    return np.array([name.score for name in names]), np.array([name.decision for name in names]), right


ROWS: dict[str, Callable[[Settings, str, range], None]] = {
    "orl": orl,
    "lfw34": eighty_twenty("lfw34", "balanced_accuracy"),
    "pins40": eighty_twenty("pins40", "accuracy"),
    "one_photo": one_photo,
    "strangers": strangers,
}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except VisageError as error:
        sys.exit(str(error))
