"""The commands that bring photos in: from folders, archives and files of this computer, and from public sets."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli import words
from core.cli.answer import Answer
from core.errors import JobError

if TYPE_CHECKING:
    from core.importing import Plan, Staging, Target

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz")


def import_photos(arguments: argparse.Namespace) -> Answer:
    """Import photos: a folder of people is opened where it is, everything else is copied; all of it or nothing."""
    from core import importing
    from core.jobs import Speaker

    if arguments.job is not None:
        return _job(arguments.job)
    if not arguments.paths:
        arguments.reject("name what to import, or give --job")
    importing.forget_abandoned()
    if _in_place(arguments):
        return _opened(arguments)
    speaker = Speaker()
    archive = Path(arguments.paths[0]).expanduser() if _is_archive(arguments.paths) else None
    if archive is None:
        staging = importing.stage_folders(arguments.paths, arguments.person or "")
    else:
        staging = importing.new_staging("zip", importing.absolute(str(archive)).name, arguments.person or "")
    importing.look(staging, archive, speaker)
    return _finish(staging, arguments, arguments.to or Path(arguments.paths[0]).stem)


def download(arguments: argparse.Namespace) -> Answer:
    """Download a public set of faces and import it."""
    from core import importing
    from core.jobs import JobProcess, Speaker, read_description

    if arguments.job is None:
        if arguments.set is None:
            arguments.reject("name a set, or give --job")
        staging = importing.stage_public_set(arguments.set, Speaker())
        return _finish(staging, arguments, arguments.to or staging.title)
    about = read_description(arguments.job)
    if about.get("kind") != "download":
        raise JobError(f"There is no download in {arguments.job}.", "Start a new one instead.")
    with JobProcess(arguments.job) as job:
        staging = importing.stage_public_set(about["set"], job.report, job.should_stop)
        values = {"staging": str(staging.directory), **plan_values(importing.plan(staging))}
        job.finish(values)
    return Answer(values, about_plan(values))


def _job(directory: Path) -> Answer:
    """Do the work of a job that a page has made: look at photos, or commit them."""
    from core import importing
    from core.jobs import JobProcess, read_description

    about = read_description(directory)
    if about.get("kind") != "import":
        raise JobError(f"There is no import in {directory}.", "Start a new one instead.")
    with JobProcess(directory) as job:
        staging = importing.read_staging(Path(about["staging"]))
        if about["target"] is None:
            importing.look(staging, None, job.report, job.should_stop)
            values = plan_values(importing.plan(staging))
            text = about_plan(values)
        else:
            outcome = importing.commit(staging, importing.Target(**about["target"]), job.report, job.should_stop)
            values = outcome.to_json()
            text = f"{outcome.name}: {outcome.added} photos added."
        job.finish(values)
    return Answer(values, text)


def _in_place(arguments: argparse.Namespace) -> bool:
    from core import importing

    if len(arguments.paths) > 1 or arguments.person or arguments.to or _is_archive(arguments.paths):
        return False
    root = importing.absolute(arguments.paths[0])
    return root.is_dir() and importing.look_at_folder(root, arguments.layout) is not None


def _is_archive(paths: list[str]) -> bool:
    return len(paths) == 1 and paths[0].lower().endswith(ARCHIVES)


def _opened(arguments: argparse.Namespace) -> Answer:
    from core import importing
    from core.experiment import scan_dataset
    from core.jobs import Speaker

    path = arguments.paths[0]
    if arguments.dry_run:
        shown = importing.look_at_folder(importing.absolute(path), arguments.layout)
        assert shown is not None, "it was found to be a folder of people"
        values = _preview_values(importing.FOLDERS, {each.person: each.photos for each in shown.people}, shown.skipped)
        return Answer(values, about_plan(values))
    values = words.dataset_values(scan_dataset(path, Speaker()))
    return Answer(values, words.about_dataset(values))


def _finish(staging: Staging, arguments: argparse.Namespace, name: str) -> Answer:
    """Show what would be imported, or import it and read it; nothing is left of it where that fails."""
    from core import importing
    from core.datasets import get_dataset
    from core.experiment import scan_dataset
    from core.jobs import Speaker

    speaker = Speaker()
    try:
        values = plan_values(importing.plan(staging, arguments.layout))
        if arguments.dry_run:
            return Answer(values, about_plan(values))
        outcome = importing.commit(staging, _target(name, arguments), speaker)
    finally:
        importing.discard(staging)  # committed photos are not in it any more
    dataset = words.dataset_values(scan_dataset(get_dataset(outcome.dataset).source, speaker))
    values = {**dataset, "added": outcome.added, "there": outcome.there, "left_out": [asdict(each) for each in outcome.skipped]}
    left = [f"  {each.path} {each.reason}" for each in outcome.skipped]
    said = [f"{outcome.added} photos added, {outcome.there} were there."]
    said += [f"{len(left)} files were left out:", *left] if left else []
    return Answer(values, "\n".join([*said, words.about_dataset(values)]))


def _target(name: str, arguments: argparse.Namespace) -> Target:
    from core.datasets import list_datasets
    from core.importing import Target

    known = any(each.id == name for each in list_datasets())
    return Target(name if known else "", "" if known else name, arguments.layout, arguments.keep_parts)


def plan_values(planned: Plan) -> dict[str, Any]:
    """Return a plan as JSON values."""
    return _preview_values(planned.layout, Counter(photo.person for photo in planned.photos), planned.skipped)


def _preview_values(layout: str, people: Mapping[str, int], skipped: Any) -> dict[str, Any]:
    return {"layout": layout, "people": dict(sorted(people.items())), "skipped": [asdict(each) for each in skipped]}


def about_plan(values: Mapping[str, Any]) -> str:
    """Return a plan in words."""
    from core.datasets import are_strangers

    people, skipped = values["people"], values["skipped"]
    known = sum(not are_strangers(name) for name in people)
    strangers = " and strangers" if known < len(people) else ""
    lines = [
        f"{sum(people.values())} photos of {known} people{strangers}:",
        *(f"  {name}: {count}" for name, count in people.items()),
    ]
    if skipped:
        lines.append(f"{len(skipped)} files would be left out:")
        lines += [f"  {each['path']} {each['reason']}" for each in skipped]
    return "\n".join(lines)
