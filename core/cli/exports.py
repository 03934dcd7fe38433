"""The command that takes a cleaned dataset out: a zip file with a folder per person."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.cli.answer import Answer
from core.errors import JobError


def export_dataset(arguments: argparse.Namespace) -> Answer:
    """Write the photos that can be used, or their faces, into a zip file; whole or not at all."""
    from core.curation.exports import run_export
    from core.experiment import prepare_dataset, scan_dataset
    from core.jobs import JobProcess, load_tensorflow, read_description
    from core.settings import FaceSettings

    directory = arguments.job or _new_job(arguments)
    about = read_description(directory)
    if about.get("kind") != "export":
        raise JobError(f"There is no export in {directory}.", "Give --data and --to instead.")
    face = FaceSettings(**about["face"])
    with JobProcess(directory) as job:
        if about["what"] == "crops":
            if face.detector == "mtcnn":
                load_tensorflow()
            catalogue = prepare_dataset(about["source"], face, job.report, job.should_stop)[0].catalogue
        else:
            catalogue = scan_dataset(about["source"], job.report, job.should_stop).catalogue
        values = run_export(directory, catalogue, job.report, job.should_stop)
        job.finish(values)
    return Answer(values, about_export(values))


def _new_job(arguments: argparse.Namespace) -> Path:
    from core.datasets import open_dataset
    from core.jobs import new_export
    from core.settings import DEFAULT_PRESET, preset, with_values

    if arguments.to is None:
        arguments.reject("give the zip file with --to")
    open_dataset(arguments.data)  # a wrong path is told before anything is made
    settings = with_values(preset(arguments.preset or DEFAULT_PRESET), dict(arguments.set or []))
    return new_export(arguments.data, arguments.what, settings.face, arguments.to.expanduser())


def about_export(values: Mapping[str, Any]) -> str:
    """Return what an export holds in words."""
    what = "faces" if values["what"] == "crops" else "photos"
    lines = [f"{values['photos']:,} {what} of {values['people']:,} people in {values['file']}."]
    if values["missing"]:
        lines.append(f"{len(values['missing']):,} could not be exported:")
        lines += [f"  {each['path']} {each['reason']}" for each in values["missing"]]
    return "\n".join(lines)
