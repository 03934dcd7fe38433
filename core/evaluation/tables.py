"""The classification report as text that other programs read: CSV, Markdown, LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from core.evaluation.report import EvaluationReport

COLUMNS = ("Person", "Precision", "Recall", "F1", "Photos")
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_MARKDOWN = "\\`*_{}[]()<>#+-!|~$:"


def as_csv(report: EvaluationReport) -> str:
    """Return the report as CSV; all digits are kept."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["person", "precision", "recall", "f1", "support"])
    lines.writerows([each.person, each.precision, each.recall, each.f1, each.support] for each in report.per_person)
    return out.getvalue()


def as_markdown(report: EvaluationReport) -> str:
    """Return the report as a Markdown table; names are shown letter by letter."""
    rows = [["".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in row[0]), *row[1:]] for row in _rows(report)]
    lines = [COLUMNS, ("---", "---:", "---:", "---:", "---:"), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_latex(report: EvaluationReport) -> str:
    """Return the report as a LaTeX table; names are shown letter by letter."""
    rows = [["".join(_LATEX.get(letter, letter) for letter in row[0]), *row[1:]] for row in _rows(report)]
    head = [r"\begin{tabular}{lrrrr}", r"\hline", f"{' & '.join(COLUMNS)} \\\\", r"\hline"]
    body = [f"{' & '.join(row)} \\\\" for row in rows]
    return "\n".join([*head, *body[:-1], r"\hline", *body[-1:], r"\hline", r"\end{tabular}", ""])


def _rows(report: EvaluationReport) -> Sequence[Sequence[str]]:
    """Return a line for each person and the means of those who are shown."""
    people = [
        (_in_one_line(each.person), f"{each.precision:.3f}", f"{each.recall:.3f}", f"{each.f1:.3f}", str(each.support))
        for each in report.per_person
    ]
    shown = [each for each in report.per_person if each.support]
    precision = sum(each.precision for each in shown) / len(shown)
    mean = ("Mean over people", f"{precision:.3f}", f"{report.balanced_accuracy:.3f}", f"{report.macro_f1:.3f}")
    return [*people, (*mean, str(report.photos))]


def _in_one_line(name: str) -> str:
    return " ".join(name.split())
