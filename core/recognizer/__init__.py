"""A trained run at work: photo in, named faces out, along the very path that training took."""

from core.recognizer.added import AddedPerson, added_people, dataset_of
from core.recognizer.enrolled import Enrolled
from core.recognizer.enrolment import (
    ENOUGH_PHOTOS,
    MOST_PHOTOS,
    Enrolment,
    enrol,
    forget,
    forget_faces,
    takes_people,
)
from core.recognizer.finding import FoundPhoto, open_photo
from core.recognizer.galleries import read_enrolled
from core.recognizer.loading import keep_tensorflow_on_cpu, load_recognizer, read_finished_run, read_knowledge
from core.recognizer.naming import Knowledge
from core.recognizer.predictions import FacePrediction, PhotoPrediction, SeenPhoto
from core.recognizer.recognizer import Recognizer

__all__ = [
    "ENOUGH_PHOTOS",
    "MOST_PHOTOS",
    "AddedPerson",
    "Enrolled",
    "Enrolment",
    "FacePrediction",
    "FoundPhoto",
    "Knowledge",
    "PhotoPrediction",
    "Recognizer",
    "SeenPhoto",
    "added_people",
    "dataset_of",
    "enrol",
    "forget",
    "forget_faces",
    "keep_tensorflow_on_cpu",
    "load_recognizer",
    "open_photo",
    "read_enrolled",
    "read_finished_run",
    "read_knowledge",
    "takes_people",
]
