"""The command that tells others about a run: a report in one HTML file, and a model card."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.answer import Answer
from core.errors import StorageError

HELP = "Write a run's report as one HTML file, and its model card."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a finished run")
    parser.add_argument("--to", type=Path, metavar="FILE.html", help="where the report goes; a file there is replaced")
    parser.add_argument("--card", type=Path, metavar="FILE.md", help="where the model card goes; a file there is replaced")
    parser.add_argument(
        "--photos", action="store_true", help="show faces that were named wrong; without it no picture is inside"
    )
    parser.add_argument(
        "--judged-by", metavar="SET", help="test, validation, crossvalidation or folder:ID; the test photos without it"
    )
    parser.set_defaults(reject=parser.error)


def report(arguments: argparse.Namespace) -> Answer:
    """Write the report, the model card or both."""
    from core.report import gather, html_report, model_card
    from core.storage import write_whole

    if arguments.to is None and arguments.card is None:
        arguments.reject("--to FILE.html or --card FILE.md is needed")
    if arguments.photos and arguments.to is None:
        arguments.reject("--photos belongs to --to FILE.html")
    facts = gather(arguments.run, arguments.judged_by)
    texts = {}
    if arguments.to is not None:
        texts[arguments.to] = html_report(facts, arguments.photos)
    if arguments.card is not None:
        texts[arguments.card] = model_card(facts)
    for path, text in texts.items():
        if not path.parent.is_dir() or path.is_dir():
            raise StorageError(f"{path} cannot be written.", "Name a file in a folder that is there.")
        write_whole(path, text)
    values = {
        "run": str(arguments.run),
        "judged_by": facts.judged.key,
        "to": str(arguments.to) if arguments.to else None,
        "card": str(arguments.card) if arguments.card else None,
        "photos": arguments.photos,
    }
    return Answer(values, "\n".join(f"Written: {path}" for path in texts))
