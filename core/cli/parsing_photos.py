"""The arguments of the commands about photos: read, prepare, name, check, import and export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli import exports, imports, predicting, studies
from core.cli.options import DATA, add_command, add_settings


def add_commands(kinds: Any) -> None:
    """Add the commands about photos."""
    _add_scan(kinds)
    _add_prepare(kinds)
    _add_health(kinds)
    _add_drift(kinds)
    _add_import(kinds)
    _add_download(kinds)
    _add_export(kinds)
    predicting.add_predict(add_command(kinds, "predict", predicting.PREDICT, predicting))
    predicting.add_pack(add_command(kinds, "pack", predicting.PACK, predicting))
    _add_enrol(kinds)


def _add_scan(kinds: Any) -> None:
    parser = add_command(kinds, "scan", "Read which photos of whom there are.")
    parser.add_argument("--data", required=True, metavar="PATH", help=DATA)


def _add_prepare(kinds: Any) -> None:
    parser = add_command(kinds, "prepare", "Find the face in every photo and cut it out, ready for training.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a preparation that was made or interrupted before")
    add_settings(parser)
    parser.add_argument(
        "--backend", choices=("local", "dask"), default="local", help="who finds the faces: this machine, or a Dask cluster"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of the Dask cluster, tcp://HOST:PORT")
    parser.set_defaults(reject=parser.error)


def _add_enrol(kinds: Any) -> None:
    parser = add_command(kinds, "enrol", "Add a person to a finished run by 1 to 5 photos, without training.", studies)
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a finished run with an embedding")
    parser.add_argument("--person", required=True, metavar="NAME", help="who the photos show")
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="photos of that person, or folders of them")


def _add_health(kinds: Any) -> None:
    parser = add_command(
        kinds, "health", "Measure what may be wrong with the photos of a dataset, doubtful names first.", studies
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a measuring that was made or interrupted before")
    add_settings(parser)


def _add_drift(kinds: Any) -> None:
    parser = add_command(kinds, "drift", "Find how strong random changes may be before faces look like somebody else.", studies)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a search that was made or interrupted before")


def _add_import(kinds: Any) -> None:
    help = "Import photos: a folder of people is opened where it is, everything else is copied."
    parser = add_command(kinds, "import_photos", help, imports, command="import")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a folder, a zip or tar archive, or photos of one person")
    parser.add_argument("--person", metavar="NAME", help="all photos show this person")
    _add_importing(parser, "an import that was made or interrupted before")


def _add_download(kinds: Any) -> None:
    parser = add_command(kinds, "download", "Download a public set of faces and import it.", imports)
    parser.add_argument("set", nargs="?", choices=("lfw", "pins"), help="Labeled Faces in the Wild, or Pins from Kaggle")
    _add_importing(parser, "a download that was made or interrupted before")


def _add_importing(parser: argparse.ArgumentParser, job: str) -> None:
    parser.add_argument("--to", metavar="NAME", help="a new dataset's name, or the id of one that is there; copies the photos")
    parser.add_argument(
        "--layout",
        choices=("auto", "folders", "filenames", "table"),
        default="auto",
        help="where the names are; found out without it",
    )
    parser.add_argument("--keep-parts", action="store_true", help="keep train, val and test folders as they are")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be imported")
    parser.add_argument("--job", type=Path, metavar="DIR", help=job)
    parser.set_defaults(reject=parser.error)


def _add_export(kinds: Any) -> None:
    help = "Put the cleaned photos, or the faces cut out of them, into a zip file with one folder per person."
    parser = add_command(kinds, "export_dataset", help, exports, command="export-dataset")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--data", metavar="PATH", help=DATA)
    which.add_argument("--job", type=Path, metavar="DIR", help="an export that was made or interrupted before")
    parser.add_argument("--to", type=Path, metavar="FILE.zip", help="the zip file; needed with --data")
    parser.add_argument("--what", choices=("photos", "crops"), default="photos", help="photos without it")
    add_settings(parser)
    parser.set_defaults(reject=parser.error)
