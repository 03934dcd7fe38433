"""Finding faces: what a detection is, what a detector promises, and which detector a setting means."""

from core.detection.detection import LANDMARK_NAMES, Detection
from core.detection.detector import DETECTION_VERSION, Detector, create_detector, detector_key

__all__ = ["DETECTION_VERSION", "LANDMARK_NAMES", "Detection", "Detector", "create_detector", "detector_key"]
