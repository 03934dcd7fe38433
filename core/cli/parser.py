"""The arguments of the command line. Nothing heavy is imported before a command has been chosen."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import ModuleType
from typing import Any

from core.cli import commands, exports, honesty, imports, rates, report, runs, search, studies
from core.settings import DEFAULT_PRESET, PRESETS

_DATA = "a folder with one folder of photos per person, or orl for the built-in faces"
_SET = "change a setting, e.g. --set training.epochs=20; may be repeated"

MOST_FOLDS = 50


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; the chosen command's function ends up in `command`."""
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Visage on the command line: answers on stdout, progress on stderr.",
        epilog="Exit code 0: it worked. 1: it failed, the reason is on stderr. 2: the arguments are wrong.",
    )
    kinds = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_scan(kinds)
    _add_prepare(kinds)
    _add_train(kinds)
    _add_evaluate(kinds)
    _add_predict(kinds)
    _add_enrol(kinds)
    _add_crossval(kinds)
    _add_search(kinds)
    _add_strangers(kinds)
    _add_speed(kinds)
    _add_weights(kinds)
    _add_health(kinds)
    _add_drift(kinds)
    _add_settings(rates.add_arguments(_add(kinds, "find_rate", rates.HELP, rates, command="find-rate")))
    _add_runs(kinds)
    _add_import(kinds)
    _add_download(kinds)
    _add_export(kinds)
    _add_about_runs(kinds)
    honesty.add_commands(kinds, _add)
    report.add_arguments(_add(kinds, "report", report.HELP, report))
    return parser


def _add(kinds: Any, name: str, help: str, module: ModuleType = commands, command: str = "") -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(command or name, help=help, description=help)
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(command=getattr(module, name))
    return parser


def _add_scan(kinds: Any) -> None:
    parser = _add(kinds, "scan", "Read which photos of whom there are.")
    parser.add_argument("--data", required=True, metavar="PATH", help=_DATA)


def _add_prepare(kinds: Any) -> None:
    parser = _add(kinds, "prepare", "Find the face in every photo and cut it out, ready for training.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=_DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a preparation that was made or interrupted before")
    _add_settings(parser)
    parser.add_argument(
        "--backend", choices=("local", "dask"), default="local", help="who finds the faces: this machine, or a Dask cluster"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of the Dask cluster, tcp://HOST:PORT")
    parser.set_defaults(reject=parser.error)


def _add_train(kinds: Any) -> None:
    parser = _add(kinds, "train", "Train a network; it waits while another training runs.")
    parser.add_argument("--data", metavar="PATH", help=f"{_DATA}; without it, DIR's own settings are used")
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="the run's folder: absent or empty with --data, prepared or interrupted without"
    )
    _add_settings(parser)
    _add_seed(parser)
    parser.add_argument(
        "--strategy",
        choices=("none", "mirrored", "multiworker"),
        default="none",
        help="learn on all GPUs of this machine (mirrored) or on the machines that TF_CONFIG names (multiworker); see "
        "docs/scaling.md",
    )
    parser.add_argument(
        "--replicas", type=int, choices=range(1, 17), default=1, metavar="N",
        help="with mirrored on a machine without GPUs: parts of the processor, to try it out; 1 without it",
    )  # fmt: skip
    parser.set_defaults(reject=parser.error)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=list(PRESETS), help=f"the settings to start from; {DEFAULT_PRESET} without it")
    parser.add_argument("--set", action="append", type=_assignment, metavar="NAME=VALUE", help=_SET)


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, help="decides all random choices; 0 without it")


def _add_evaluate(kinds: Any) -> None:
    parser = _add(kinds, "evaluate", "Measure a finished run on other photos with names.")
    parser.add_argument("--run", type=Path, metavar="DIR", help="a finished run")
    parser.add_argument("--data", metavar="PATH", help=_DATA)
    parser.add_argument("--job", type=Path, metavar="DIR", help="an evaluation that was made or interrupted before")
    parser.set_defaults(reject=parser.error)
    parser.add_argument(
        "--strangers",
        type=Path,
        metavar="PATH",
        help="a folder of photos of people whom the run does not know, flat or one folder per person: tells how many of "
        "them get a name",
    )


def _add_predict(kinds: Any) -> None:
    parser = _add(kinds, "predict", "Name the faces in photos; fails only if no photo at all can be read.")
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a finished run")
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO_OR_FOLDER", help="folders are searched to the bottom")


def _add_enrol(kinds: Any) -> None:
    parser = _add(kinds, "enrol", "Add a person to a finished run by 1 to 5 photos, without training.", studies)
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a finished run with an embedding")
    parser.add_argument("--person", required=True, metavar="NAME", help="who the photos show")
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="photos of that person, or folders of them")


def _add_crossval(kinds: Any) -> None:
    parser = _add(
        kinds, "crossval", "Learn several times, each time judged by other photos; tells how much is chance.", studies
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=_DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a cross-validation that was made or interrupted before")
    parser.add_argument("--folds", type=_folds, default=5, metavar="N", help="how many times; 5 without it")
    _add_settings(parser)
    _add_seed(parser)


def _add_search(kinds: Any) -> None:
    parser = _add(kinds, "search", "Try many settings and keep the best; test photos have no part in it.", search)
    search.add_arguments(parser)
    _add_settings(parser)
    _add_seed(parser)


def _add_strangers(kinds: Any) -> None:
    parser = _add(kinds, "strangers", "Train a run again without some people, and draw its line for unknown by them.", studies)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", type=Path, metavar="DIR", help="a finished run of a network from scratch")
    what.add_argument("--job", type=Path, metavar="DIR", help="a stranger test that was made or interrupted before")


def _add_speed(kinds: Any) -> None:
    parser = _add(kinds, "speed", "Time the work of all presets on this machine, in less than a minute.", studies)
    parser.add_argument("--job", type=Path, metavar="DIR", help="a timing that was made or interrupted before")


def _add_weights(kinds: Any) -> None:
    parser = _add(kinds, "weights", "Tell where the weights of the embeddings are, or download them.", studies)
    parser.add_argument("--fetch", choices=("sface", "dlib"), help="download these weights into artifacts/models")


def _add_health(kinds: Any) -> None:
    parser = _add(kinds, "health", "Measure what may be wrong with the photos of a dataset, doubtful names first.", studies)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=_DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a measuring that was made or interrupted before")
    _add_settings(parser)


def _add_runs(kinds: Any) -> None:
    _add(kinds, "runs", "List the training runs, newest first.")


def _add_drift(kinds: Any) -> None:
    parser = _add(kinds, "drift", "Find how strong random changes may be before faces look like somebody else.", studies)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=_DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a search that was made or interrupted before")


def _add_import(kinds: Any) -> None:
    help = "Import photos: a folder of people is opened where it is, everything else is copied."
    parser = _add(kinds, "import_photos", help, imports, command="import")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a folder, a zip or tar archive, or photos of one person")
    parser.add_argument("--person", metavar="NAME", help="all photos show this person")
    _add_importing(parser, "an import that was made or interrupted before")


def _add_download(kinds: Any) -> None:
    parser = _add(kinds, "download", "Download a public set of faces and import it.", imports)
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
    parser = _add(kinds, "export_dataset", help, exports, command="export-dataset")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--data", metavar="PATH", help=_DATA)
    which.add_argument("--job", type=Path, metavar="DIR", help="an export that was made or interrupted before")
    parser.add_argument("--to", type=Path, metavar="FILE.zip", help="the zip file; needed with --data")
    parser.add_argument("--what", choices=("photos", "crops"), default="photos", help="photos without it")
    _add_settings(parser)
    parser.set_defaults(reject=parser.error)


def _add_about_runs(kinds: Any) -> None:
    for name, help in (
        ("events", "Write a run's curves as TensorBoard reads them."),
        ("compare", "Tell in which settings two runs differ."),
        ("delete", "Put a run into the bin; it can be brought back for a week."),
        ("bin", "List the bin, bring a run back, or empty it."),
    ):
        runs.add_arguments(name, _add(kinds, name, help, runs))


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _folds(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= MOST_FOLDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 2 to {MOST_FOLDS}")
    return int(text)
