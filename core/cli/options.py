"""What several commands have in common: how a command is added, and the arguments that many of them take."""

from __future__ import annotations

import argparse
from types import ModuleType
from typing import Any

from core.cli import commands
from core.settings import DEFAULT_PRESET, PRESETS

DATA = "a folder with one folder of photos per person, or orl for the built-in faces"
SET = "change a setting, e.g. --set training.epochs=20; may be repeated"


def add_command(kinds: Any, name: str, help: str, module: ModuleType = commands, command: str = "") -> argparse.ArgumentParser:
    """Add a command and return its parser.

    Args:
        kinds: The parser's collection of commands.
        name: Of the function that does it.
        help: What it does, one sentence.
        module: Where the function is.
        command: What a person types, where that is not the function's name.
    """
    parser: argparse.ArgumentParser = kinds.add_parser(command or name, help=help, description=help)
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(command=getattr(module, name))
    return parser


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Let a command take a preset and changes of it."""
    parser.add_argument("--preset", choices=list(PRESETS), help=f"the settings to start from; {DEFAULT_PRESET} without it")
    parser.add_argument("--set", action="append", type=_assignment, metavar="NAME=VALUE", help=SET)


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Let a command take a seed."""
    parser.add_argument("--seed", type=int, help="decides all random choices; 0 without it")


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value
