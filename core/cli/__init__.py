"""The command line: the same engine as the pages, answers on stdout, progress and errors on stderr.

Exit codes: 0 it worked; 1 it failed, with the reason and the remedy on stderr; 2 the arguments are wrong.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence

from core.cli.parser import build_parser
from core.errors import SettingsError, VisageError
from core.jobs import Discarded, Paused, Stopped

OK, FAILED, BAD_ARGUMENTS, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    chosen = build_parser().parse_args(arguments)  # exits with 2 where the arguments are wrong
    try:
        with contextlib.redirect_stdout(sys.stderr):  # whatever a library prints is no answer
            answer = chosen.command(chosen)
    except SettingsError as error:
        return _complain(error, BAD_ARGUMENTS)
    except VisageError as error:
        return _complain(error, FAILED)
    except Stopped as stopped:
        print(_words_of(stopped), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    print(json.dumps(answer.values, ensure_ascii=False) if chosen.json else answer.text)
    return FAILED if answer.failed else OK


def _words_of(stopped: Stopped) -> str:
    if isinstance(stopped, Discarded):
        return "Stopped; nothing of it was kept."
    how = "Paused." if isinstance(stopped, Paused) else "Stopped before there was a result."
    return f"{how} Run the same directory again to go on."


def _complain(error: VisageError, code: int) -> int:
    print(f"Error: {error.what}", file=sys.stderr)
    if error.remedy:
        print(error.remedy, file=sys.stderr)
    return code
