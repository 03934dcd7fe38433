"""The answers in values and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.experiment import Dataset
    from core.preparation import PreparedFaces
    from core.runs import Run
    from core.settings import FaceSettings


def dataset_values(dataset: Dataset) -> dict[str, Any]:
    """Return what reading a dataset has found, as JSON values."""
    catalogue, scanned, summary = dataset.catalogue, dataset.scanned, dataset.catalogue.summary()
    return {
        "dataset": catalogue.id,
        "name": catalogue.name,
        "source": catalogue.source,
        "photos": len(dataset.photos),
        "people": summary.people,
        "strangers": summary.strangers,
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
    strangers = f", {values['strangers']} of them show strangers" if values["strangers"] else ""
    lines = [f"{values['name']}: {values['photos']} photos of {values['people']} people{strangers}."]
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
    lines += [result["trouble"]] if result.get("trouble") else []
    return "\n".join(lines)


def about_evaluation(values: Mapping[str, Any]) -> str:
    """Return the outcome of an evaluation in words."""
    lines = [
        f"{values['data']}: {_figures(values)}.",
        f"Left out: {values['seen']} photos seen in training, {values['strangers']} photos of people the run does not know.",
    ]
    if values["enrolled"]:
        lines.append(
            f"Enrolled people: {values['enrolled']} photos, {_share(values['enrolled_named'])} of the faces named right."
        )
    if "stranger_rate" in values:
        lines += [
            f"Strangers: {_share(values['stranger_rate'])} of {values['stranger_faces']} faces get a name.",
            f"Known people: {_share(values['known_named'])} of the faces are named, and named right.",
            f"Told apart by their score (AUROC): {_number(values['auroc'])}.",
        ]
    return "\n".join(lines)


def about_crossvalidation(values: Mapping[str, Any]) -> str:
    """Return the outcome of a cross-validation in words."""
    folds, interval = values["folds"], values["interval"]["accuracy"]
    lines = [f"{values['data']} with {values['preset']}, {len(folds)} folds, {values['seconds']:.0f} s:"]
    lines += [f"  fold {fold['fold']}: {_figures(fold)}" for fold in folds]
    text = f"Mean accuracy {_share(values['mean']['accuracy'])}"
    if interval:
        text += f", between {_share(interval[0])} and {_share(interval[1])} ({values['interval_method']})"
    lines.append(f"{text}.")
    if values["training_only"]:
        lines.append(f"Not judged, as their photos are all alike: {', '.join(values['training_only'])}.")
    return "\n".join(lines)


def about_stranger_test(values: Mapping[str, Any]) -> str:
    """Return the outcome of a stranger test in words."""
    return (
        f"{values['thresholds']['source']}\n"
        f"At that line {_share(values['known_named'])} of {values['known_faces']} known faces are named, and named right. "
        f"Told apart by their score (AUROC): {_number(values['auroc'])}.\n"
        f"Left out were {', '.join(values['left_out'])}."
    )


def about_speed(values: Mapping[str, Any]) -> str:
    """Return how fast this machine is in words."""
    kinds = (
        ("detection", "a photo, to find its face"),
        ("embedding", "a view, to embed"),
        ("training", "a face, to learn from"),
    )
    lines = [f"Start: {values['startup']:.1f} s."]
    for kind, what in kinds:
        lines += [
            f"{name}: {seconds * 1000:.1f} ms {what}." if seconds is not None else f"{name}: cannot be used here."
            for name, seconds in values[kind].items()
        ]
    return "\n".join(lines)


def about_enrolment(values: Mapping[str, Any]) -> str:
    """Return what became of a new person's photos in words."""
    lines = [f"{values['person']}: {values['added']} faces added; {len(values['people'])} people were added to this run."]
    lines += [f"  {each['file']}: {each['error']}" for each in values["problems"]]
    return "\n".join([*lines, *values["notes"]])


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"


def _figures(part: Mapping[str, Any]) -> str:
    if part["accuracy"] is None:
        return "no photos"
    return f"{part['accuracy']:.1%} of {part['photos']} photos right ({part['no_face']} without a face)"


def about_photos(photos: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what was found in each photo in words."""
    return [
        f"{photo['file']}: {_faces(photo['faces']) or 'no face found'}"
        if not photo["error"]
        else f"{photo['file']}: {photo['error']}"
        for photo in photos
    ]


def _faces(faces: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{face['person'] or 'unknown'} ({face['decision']}, {face['probability']:.1%})" for face in faces)


def about_batch(values: Mapping[str, Any]) -> str:
    """Return what came of a batch in words."""
    return (
        f"{values['photos']:,} photos with {values['faces']:,} faces, {values['seconds']:.0f} s: {values['known']:,} faces of "
        f"{values['people']:,} people named, {values['unsure']:,} unsure, {values['unknown']:,} unknown.\n"
        f"No face in {values['no_face']:,} photos; {values['errors']:,} could not be read."
    )


def about_packing(values: Mapping[str, Any]) -> str:
    """Return what a zip file of a batch holds in words."""
    lines = [f"{values['photos']:,} photos in {values['file']}."]
    return "\n".join([*lines, *(f"  {each['path']}: {each['reason']}" for each in values["missing"])])


def about_runs(values: Mapping[str, Any]) -> str:
    """Return the list of runs in words."""
    lines = [
        f"{run['run']}  {run['name']}  {run['state']}"
        + (f"  {run['accuracy']:.1%} on the test photos" if run["accuracy"] is not None else "")
        for run in values["runs"]
    ]
    lines += [f"{run['run']}  cannot be read: {run['error']}" for run in values["broken"]]
    return "\n".join(lines) or "There are no runs yet."


def about_health(values: Mapping[str, Any]) -> str:
    """Return what was measured of a dataset's photos in words."""
    from core.datasets.health import FLAGS

    lines = [f"{values['name']}: {values['photos']} photos, measured in {values['seconds']:.0f} s."]
    lines += [f"  {FLAGS[name].title}: {count}" for name, count in values["flags"].items()]
    if values["not_judged"]:
        lines.append(f"Names were not judged. {values['not_judged']}")
    doubtful = values["doubtful"][: min(10, values["flags"]["doubtful"])]
    lines += [f"  {each['path']}: {each['person']}, or {each['likely']}?" for each in doubtful]
    lines += [f"{pair['first']} and {pair['second']} look like the same person." for pair in values["alike"]]
    return "\n".join([*lines, *values["missing"]])


def about_drift(zones: Mapping[str, float | None]) -> str:
    """Return from which strength on each random change is dangerous in words."""
    return "\n".join(f"{name}: " + ("harmless" if at is None else f"dangerous from {at:g}") for name, at in zones.items())
