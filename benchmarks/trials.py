"""Whole runs on splits of a benchmark's own making: the real pipeline, given who teaches, chooses and judges."""

from __future__ import annotations

import dataclasses
import os
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets import Photo
from core.experiment import Dataset, prepare_dataset, run_experiment
from core.experiment.lineup import describe, taught_fingerprints
from core.preparation import PreparedFaces
from core.runs import PhotoRecord, SplitRecord, layout, new_run
from core.runs.records import write_dataset, write_split
from core.settings import DataSettings, Settings

# Student's t, 97.5%, by degrees of freedom; beyond the table the normal value is near enough.
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 14: 2.145, 19: 2.093}


def photos_folder() -> Path | None:
    """Return the folder of shared photos, None where VISAGE_TEST_PHOTOS names none."""
    named = os.environ.get("VISAGE_TEST_PHOTOS")
    return Path(named) if named and Path(named).is_dir() else None


def deal(
    photos: Sequence[Photo],
    groups: Mapping[str, int],
    rng: np.random.Generator,
    *,
    people: Sequence[str] | None = None,
    teach: int | None = None,
    test: float | int = 0.2,
) -> dict[str, str]:
    """Return the part of each photo, by sha256: "train", "validation", "test"; photos left over are in none.

    Near-duplicates of a person stay together. Validation is a tenth of what teaches, one at least where three or more do.

    Args:
        photos: All photos of the dataset.
        groups: Near-duplicate group by sha256.
        rng: Deals.
        people: Whose photos are dealt; None: everybody's.
        teach: How many photos a person teach, validation included; None: all that are no test photos.
        test: How many photos a person judge, or their share; 1.0 with `teach`: all the others.
    """
    parts: dict[str, str] = {}
    for person in sorted({str(photo.person) for photo in photos} if people is None else people):
        own = [photo.sha256 for photo in photos if photo.person == person]
        by_group: defaultdict[int, list[str]] = defaultdict(list)
        for sha256 in sorted(own):
            by_group[groups[sha256]].append(sha256)
        bundles = list(by_group.values())
        bundles = [bundles[place] for place in rng.permutation(len(bundles))]
        if test == 1.0 and teach is not None:  # all the others judge, so those that teach are dealt first
            taught, judged = _fill(bundles, teach)
        else:
            judged, rest = _fill(bundles, round(test * len(own)) if isinstance(test, float) else test)
            taught = rest if teach is None else _fill(rest, teach)[0]
        count = sum(map(len, taught))
        chosen, learnt = _fill(taught, max(1, round(count / 10)) if count >= 3 else 0)
        for name, bundle_list in (("test", judged), ("validation", chosen), ("train", learnt)):
            parts.update({sha256: name for bundle in bundle_list for sha256 in bundle})
    return parts


def _fill(bundles: list[list[str]], wanted: int) -> tuple[list[list[str]], list[list[str]]]:
    """Take bundles that together hold at most `wanted` photos; return those and the rest."""
    taken: list[list[str]] = []
    rest: list[list[str]] = []
    for bundle in bundles:
        (taken if sum(map(len, taken)) + len(bundle) <= wanted else rest).append(bundle)
    return taken, rest


def run_on(
    settings: Settings, dataset: Dataset, prepared: PreparedFaces, parts: Mapping[str, str]
) -> tuple[Path, dict[str, Any]]:
    """Do a whole run on given parts, and return its directory and its result."""
    settings = dataclasses.replace(settings, data=DataSettings(dataset.catalogue.source))
    directory = new_run(settings)
    records = tuple(
        PhotoRecord(photo.sha256, photo.path, str(photo.person), parts[photo.sha256], prepared.status[photo.sha256])
        for photo in dataset.photos
        if photo.sha256 in parts
    )
    record = SplitRecord(records)
    write_split(directory / layout.SPLIT, record)
    taught_fingerprints(dataset.catalogue, record).save(directory / layout.FINGERPRINTS)
    write_dataset(directory / layout.DATASET, describe(dataset, tuple(sorted({each.person for each in records}))))
    return directory, run_experiment(directory)


def opened(source: str, settings: Settings) -> tuple[Dataset, PreparedFaces, dict[str, int]]:
    """Return a dataset, its prepared faces and its near-duplicate groups."""
    dataset, prepared = prepare_dataset(source, settings.face)
    return dataset, prepared, dict(dataset.catalogue.groups(settings.split.duplicate_distance))


def interval(values: Sequence[float]) -> str:
    """Return the mean with its 95% interval and the range, as percentages."""
    mean = statistics.mean(values)
    if len(values) < 2:
        return f"{mean:.2%}"
    half = T_975.get(len(values) - 1, 1.96) * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean:.2%} ± {half:.2%} ({min(values):.2%} .. {max(values):.2%}, {len(values)} draws)"
