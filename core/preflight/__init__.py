"""Is everything there that a training needs? Answered from small files and the catalogue, in a moment, before any work."""

from core.preflight.check import Check, Cure, State
from core.preflight.checking import check_before_training

__all__ = ["Check", "Cure", "State", "check_before_training"]
