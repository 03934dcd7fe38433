"""The commands that name the faces in photos, and that take the answers out as files."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli import words
from core.cli.answer import Answer
from core.errors import JobError, PhotoError

if TYPE_CHECKING:
    from core.batch import Batch

PREDICT = "Name the faces in photos; fails only if no photo at all can be read."
PACK = "Make a zip file of a batch's photos; the Predict page starts this."
DECISIONS = ("all", "known", "unsure", "unknown")


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `predict`."""
    parser.add_argument("--run", type=Path, metavar="DIR", help="a finished run")
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO_OR_FOLDER", help="folders are searched to the bottom")
    parser.add_argument("--once-per-photo", action="store_true", help="nobody is twice in a photo")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table with a line for each face")
    parser.add_argument("--annotated", type=Path, metavar="DIR", help="write the photos with boxes and names into this folder")
    parser.add_argument("--sorted", type=Path, metavar="DIR", help="copy the photos into a folder per person, in this folder")
    parser.add_argument(
        "--redact", action="append", metavar="WHOM",
        help=f"hide faces: {', '.join(DECISIONS)}, or a person's name; may be repeated; needs --redacted",
    )  # fmt: skip
    parser.add_argument("--redacted", type=Path, metavar="DIR", help="write the photos with hidden faces into this folder")
    parser.add_argument(
        "--how", choices=("blur", "pixelate", "cover"), default="blur", help="how faces are hidden; blur without it"
    )
    parser.add_argument("--job", type=Path, metavar="DIR", help="a batch that was made or interrupted before")
    parser.set_defaults(reject=parser.error)


def add_pack(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `pack`."""
    parser.add_argument("--job", type=Path, required=True, metavar="DIR", help="a job that was made or interrupted before")


def predict(arguments: argparse.Namespace) -> Answer:
    """Name the faces in photos; a bad photo is told and the others go on."""
    _check(arguments)
    if arguments.job is not None:
        return _predict_job(arguments.job)
    from core.batch import answer_batch, describe, photos_as_json, read_batch, write_batch
    from core.experiment.outsiders import photos_in
    from core.jobs import Speaker, load_tensorflow
    from core.recognizer import load_recognizer

    files = [file for named in arguments.photos for file in photos_in(named)]
    if not files:
        raise PhotoError("There is no photo in the given folders.", "Name photos, or folders that hold some.")
    # A wrong folder is told before TensorFlow takes its seconds.
    about = describe(arguments.run, None, once=arguments.once_per_photo, lines=None, title="the given photos")
    _check_people(arguments)
    with tempfile.TemporaryDirectory(prefix="visage-") as folder:
        directory = Path(folder)
        write_batch(directory, about, files)
        load_tensorflow()
        answer_batch(directory, load_recognizer(arguments.run), Speaker())
        batch = read_batch(directory)
        lines = [*words.about_photos(photos_as_json(batch)), *_write(batch, arguments)]
        return Answer(photos_as_json(batch), "\n".join(lines), all(photo.error for photo in batch.photos))


def pack(arguments: argparse.Namespace) -> Answer:
    """Make a zip file of a batch."""
    from core.batch import run_packing
    from core.jobs import JobProcess

    if not arguments.job.is_dir():
        raise JobError(f"There is no job in {arguments.job}.", "Ask for the file on the Predict page.")
    with JobProcess(arguments.job) as job:
        values = run_packing(arguments.job, job.report, job.should_stop)
        job.finish(values)
    return Answer(values, words.about_packing(values))


def _predict_job(directory: Path) -> Answer:
    from core.batch import answer_batch
    from core.jobs import JobProcess, load_tensorflow, read_description
    from core.recognizer import load_recognizer

    about = read_description(directory)
    if about.get("kind") != "prediction":
        raise JobError(f"There is no batch in {directory}.", "Give --run and photos instead.")
    with JobProcess(directory) as job:
        load_tensorflow()
        values = answer_batch(directory, load_recognizer(Path(about["run"])), job.report, job.should_stop)
        job.finish(values)
    return Answer(values, words.about_batch(values))


def _check(arguments: argparse.Namespace) -> None:
    """Refuse arguments that do not go together."""
    told = (arguments.run, arguments.photos, arguments.csv, arguments.annotated, arguments.sorted, arguments.redacted)
    if arguments.job is not None and (any(told) or arguments.redact or arguments.once_per_photo):
        arguments.reject("--job stands alone: it knows its run and its photos")
    if arguments.job is None and not (arguments.run and arguments.photos):
        arguments.reject("give --run and photos or folders")
    if bool(arguments.redact) != bool(arguments.redacted):
        arguments.reject("--redact says whose faces are hidden and --redacted where the photos go: give both")


def _check_people(arguments: argparse.Namespace) -> None:
    """Refuse to hide somebody whom the run does not know: a slip of the pen would leave a face in sight."""
    from core.recognizer import read_finished_run, read_knowledge

    people = read_knowledge(read_finished_run(arguments.run)).names if arguments.redact else ()
    for whom in arguments.redact or ():
        if whom not in (*DECISIONS, *people):
            arguments.reject(f"the run knows nobody called {whom!r}; --redact takes {', '.join(DECISIONS)} or a person's name")


def _write(batch: Batch, arguments: argparse.Namespace) -> Iterator[str]:
    """Write what was asked for, and yield a line about each."""
    from core.batch import files_of, to_csv, write_folder
    from core.errors import disk_errors
    from core.storage import write_whole

    if arguments.csv:
        with disk_errors(arguments.csv):
            arguments.csv.parent.mkdir(parents=True, exist_ok=True)
        write_whole(arguments.csv, to_csv(batch))
        yield f"Table: {arguments.csv}"
    asked: Sequence[tuple[Any, Path | None]] = (
        ("annotated", arguments.annotated),
        ("sorted", arguments.sorted),
        ("redacted", arguments.redacted),
    )
    for what, folder in asked:
        if folder is not None:
            missing = write_folder(folder, files_of(batch, what, arguments.redact or (), arguments.how))
            yield f"{what.capitalize()} photos: {folder}"
            yield from (f"  {file}: {why}" for file, why in missing)
