"""The arguments of the command line. Nothing heavy is imported before a command has been chosen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli import honesty, parsing_photos, rates, report, runs, search, studies
from core.cli.options import DATA, add_command, add_seed, add_settings

MOST_FOLDS = 50


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; the chosen command's function ends up in `command`."""
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Visage on the command line: answers on stdout, progress on stderr.",
        epilog="Exit code 0: it worked. 1: it failed, the reason is on stderr. 2: the arguments are wrong.",
    )
    kinds = parser.add_subparsers(metavar="COMMAND", required=True)
    parsing_photos.add_commands(kinds)
    _add_train(kinds)
    _add_evaluate(kinds)
    _add_crossval(kinds)
    _add_search(kinds)
    _add_strangers(kinds)
    _add_speed(kinds)
    _add_weights(kinds)
    add_settings(rates.add_arguments(add_command(kinds, "find_rate", rates.HELP, rates, command="find-rate")))
    _add_runs(kinds)
    _add_about_runs(kinds)
    honesty.add_commands(kinds, add_command)
    report.add_arguments(add_command(kinds, "report", report.HELP, report))
    return parser


def _add_train(kinds: Any) -> None:
    parser = add_command(kinds, "train", "Train a network; it waits while another training runs.")
    parser.add_argument("--data", metavar="PATH", help=f"{DATA}; without it, DIR's own settings are used")
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="the run's folder: absent or empty with --data, prepared or interrupted without"
    )
    add_settings(parser)
    add_seed(parser)
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


def _add_evaluate(kinds: Any) -> None:
    parser = add_command(kinds, "evaluate", "Measure a finished run on other photos with names.")
    parser.add_argument("--run", type=Path, metavar="DIR", help="a finished run")
    parser.add_argument("--data", metavar="PATH", help=DATA)
    parser.add_argument("--job", type=Path, metavar="DIR", help="an evaluation that was made or interrupted before")
    parser.set_defaults(reject=parser.error)
    parser.add_argument(
        "--strangers",
        type=Path,
        metavar="PATH",
        help="a folder of photos of people whom the run does not know, flat or one folder per person: tells how many of "
        "them get a name",
    )


def _add_crossval(kinds: Any) -> None:
    parser = add_command(
        kinds, "crossval", "Learn several times, each time judged by other photos; tells how much is chance.", studies
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help=DATA)
    what.add_argument("--job", type=Path, metavar="DIR", help="a cross-validation that was made or interrupted before")
    parser.add_argument("--folds", type=_folds, default=5, metavar="N", help="how many times; 5 without it")
    add_settings(parser)
    add_seed(parser)


def _add_search(kinds: Any) -> None:
    parser = add_command(kinds, "search", "Try many settings and keep the best; test photos have no part in it.", search)
    search.add_arguments(parser)
    add_settings(parser)
    add_seed(parser)


def _add_strangers(kinds: Any) -> None:
    parser = add_command(
        kinds, "strangers", "Train a run again without some people, and draw its line for unknown by them.", studies
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", type=Path, metavar="DIR", help="a finished run of a network from scratch")
    what.add_argument("--job", type=Path, metavar="DIR", help="a stranger test that was made or interrupted before")


def _add_speed(kinds: Any) -> None:
    parser = add_command(kinds, "speed", "Time the work of all presets on this machine, in less than a minute.", studies)
    parser.add_argument("--job", type=Path, metavar="DIR", help="a timing that was made or interrupted before")


def _add_weights(kinds: Any) -> None:
    parser = add_command(kinds, "weights", "Tell where the weights of the embeddings are, or download them.", studies)
    parser.add_argument("--fetch", choices=("sface", "dlib"), help="download these weights into artifacts/models")


def _add_runs(kinds: Any) -> None:
    add_command(kinds, "runs", "List the training runs, newest first.")


def _add_about_runs(kinds: Any) -> None:
    for name, help in (
        ("events", "Write a run's curves as TensorBoard reads them."),
        ("compare", "Tell in which settings two runs differ."),
        ("delete", "Put a run into the bin; it can be brought back for a week."),
        ("bin", "List the bin, bring a run back, or empty it."),
    ):
        runs.add_arguments(name, add_command(kinds, name, help, runs))


def _folds(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= MOST_FOLDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 2 to {MOST_FOLDS}")
    return int(text)
