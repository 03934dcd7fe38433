"""The parts of the Train page: the checklist and the start, the learning-rate finder, what trains now and what waits."""

from ui.training.checklist import checklist_and_start
from ui.training.living import living
from ui.training.rates import rate_finder
from ui.training.unfinished import unfinished

__all__ = ["checklist_and_start", "living", "rate_finder", "unfinished"]
