"""The training doctor: rules that watch the curves of a training and say in words what is wrong and what to try."""

from core.doctor.case import Finding
from core.doctor.diagnosis import diagnose

__all__ = ["Finding", "diagnose"]
