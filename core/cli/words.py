"""The answers in values and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.experiment import Dataset
    from core.preparation import PreparedFaces
    from core.recognizer import PhotoPrediction
    from core.runs import Run
    from core.settings import FaceSettings


def dataset_values(dataset: Dataset) -> dict[str, Any]:
    """Return what reading a dataset has found, as JSON values."""
    catalogue, scanned = dataset.catalogue, dataset.scanned
    return {
        "dataset": catalogue.id,
        "name": catalogue.name,
        "source": catalogue.source,
        "photos": len(dataset.photos),
        "people": len({photo.person for photo in dataset.photos}),
        "new": scanned.new,
        "changed": scanned.changed,
        "removed": scanned.removed,
        "unchanged": scanned.unchanged,
        "skipped": [asdict(file) for file in catalogue.skipped()],
        "notes": catalogue.notes(),
        "conflicts": [asdict(conflict) for conflict in catalogue.conflicts()],
    }


def prepared_values(face: FaceSettings, prepared: PreparedFaces) -> dict[str, Any]:
    """Return how many faces were found, as JSON values."""
    return {
        "detector": face.detector,
        "faces": prepared.count("face"),
        "no_face": prepared.count("no_face"),
        "several_faces": prepared.count("several_faces"),
        "unreadable": [{"path": each.path, "reason": each.what, "remedy": each.remedy} for each in prepared.problems],
    }


def run_values(run: Run) -> dict[str, Any]:
    """Return a run's line in the list, as JSON values."""
    test = (run.result or {}).get("test") or {}
    return {
        "run": str(run.directory),
        "name": run.name,
        "created": run.created.isoformat(),
        "state": run.state,
        "preset": run.settings.preset,
        "people": len(run.class_names),
        "accuracy": test.get("accuracy"),
    }


def about_dataset(values: Mapping[str, Any]) -> str:
    """Return the outcome of a scan in words."""
    lines = [f"{values['name']}: {values['photos']} photos of {values['people']} people."]
    lines += values["notes"]
    if values["conflicts"]:
        lines.append(f"{len(values['conflicts'])} photos appear under two people; they are in --json.")
    if values["skipped"]:
        lines.append(f"{len(values['skipped'])} files were skipped:")
        lines += [f"  {file['path']} {file['reason']}" for file in values["skipped"]]
    return "\n".join(lines)


def about_faces(values: Mapping[str, Any]) -> str:
    """Return the outcome of a preparation in words."""
    found = (
        f"Faces found in {values['faces']} photos, none in {values['no_face']}, "
        f"several without a main one in {values['several_faces']}."
    )
    return "\n".join([found, *(f"  {each['path']}: {each['reason']}" for each in values["unreadable"])])


def about_result(result: Mapping[str, Any]) -> str:
    """Return the outcome of a training in words."""
    lines = [f"{result['run']}: {result['people']} people, {result['epochs']} epochs, {result['seconds']:.0f} s."]
    lines += [f"  {part}: {_figures(result[part])}" for part in ("train", "validation", "test")]
    return "\n".join(lines)


def about_evaluation(values: Mapping[str, Any]) -> str:
    """Return the outcome of an evaluation in words."""
    return (
        f"{values['data']}: {_figures(values)}.\n"
        f"Left out: {values['seen']} photos seen in training, {values['strangers']} photos of people the run does not know."
    )


def _figures(part: Mapping[str, Any]) -> str:
    if part["accuracy"] is None:
        return "no photos"
    return f"{part['accuracy']:.1%} of {part['photos']} photos right ({part['no_face']} without a face)"


def about_photo(photo: PhotoPrediction) -> str:
    """Return what was found in one photo in words."""
    if photo.error:
        return f"{photo.file}: {photo.error}"
    names = [f"{face.person or 'unknown'} ({face.decision}, {face.probability:.1%})" for face in photo.faces]
    return f"{photo.file}: {', '.join(names) or 'no face found'}"


def about_runs(values: Mapping[str, Any]) -> str:
    """Return the list of runs in words."""
    lines = [
        f"{run['run']}  {run['name']}  {run['state']}"
        + (f"  {run['accuracy']:.1%} on the test photos" if run["accuracy"] is not None else "")
        for run in values["runs"]
    ]
    lines += [f"{run['run']}  cannot be read: {run['error']}" for run in values["broken"]]
    return "\n".join(lines) or "There are no runs yet."
