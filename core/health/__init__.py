"""The health of a dataset: whose name is doubtful, who looks like somebody else, which photos a person still lacks."""

from core.health.coverage import PersonCoverage, coverage, shopping_list
from core.health.faces import doubt_key, health_face
from core.health.means import mean_faces
from core.health.measuring import HealthState, health_state, measure_health

__all__ = [
    "HealthState",
    "PersonCoverage",
    "coverage",
    "doubt_key",
    "health_face",
    "health_state",
    "mean_faces",
    "measure_health",
    "shopping_list",
]
