"""What came out of a run, to be looked at: the photos that its network has answered for, and the single answers."""

from core.review.answers import Answer, confused_pairs, read_answers
from core.review.evaluations import Evaluation, Strangers, delete_evaluation, write_evaluation
from core.review.judged import Faceless, Judged, judged_sets, read_judged, stored_in

__all__ = [
    "Answer",
    "Evaluation",
    "Faceless",
    "Judged",
    "Strangers",
    "confused_pairs",
    "delete_evaluation",
    "judged_sets",
    "read_answers",
    "read_judged",
    "stored_in",
    "write_evaluation",
]
