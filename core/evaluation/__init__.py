"""How good a network is: arrays in, figures out; nothing is drawn and nothing is stored here."""

from core.evaluation.report import (
    EvaluationReport,
    PersonScores,
    Scores,
    confusion_matrix,
    evaluate,
    log_loss,
    person_scores,
    ranks,
    score_faces,
)

__all__ = [
    "EvaluationReport",
    "PersonScores",
    "Scores",
    "confusion_matrix",
    "evaluate",
    "log_loss",
    "person_scores",
    "ranks",
    "score_faces",
]
