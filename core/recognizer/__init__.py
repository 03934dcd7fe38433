"""A trained run at work: photo in, named faces out, along the very path that training took."""

from core.recognizer.enrolled import Enrolled
from core.recognizer.enrolment import (
    ENOUGH_PHOTOS,
    MOST_PHOTOS,
    AddedPerson,
    Enrolment,
    added_people,
    enrol,
    forget,
    takes_people,
)
from core.recognizer.galleries import read_enrolled
from core.recognizer.loading import keep_tensorflow_on_cpu, load_recognizer, read_finished_run
from core.recognizer.predictions import FacePrediction, PhotoPrediction, SeenPhoto
from core.recognizer.recognizer import Recognizer

__all__ = [
    "ENOUGH_PHOTOS",
    "MOST_PHOTOS",
    "AddedPerson",
    "Enrolled",
    "Enrolment",
    "FacePrediction",
    "PhotoPrediction",
    "Recognizer",
    "SeenPhoto",
    "added_people",
    "enrol",
    "forget",
    "keep_tensorflow_on_cpu",
    "load_recognizer",
    "read_enrolled",
    "read_finished_run",
    "takes_people",
]
