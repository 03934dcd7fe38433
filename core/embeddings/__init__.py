"""Networks that millions of faces have taught: a face in, a list of numbers out that is similar for the same person.

Two come with the program, rebuilt as Keras networks so that one graph can hold face, embedding and head; a third can be an
ONNX file of a person's own. Vectors are worked out once for each face and view and stored beside the dataset's crops.
"""

from core.embeddings.backbone import Backbone, KerasBackbone, last_stages, normalised
from core.embeddings.dlib_resnet import build_dlib
from core.embeddings.download import fetch
from core.embeddings.loading import load_backbone
from core.embeddings.onnx_file import OnnxBackbone, open_onnx
from core.embeddings.sface import build_sface
from core.embeddings.store import embed_faces
from core.embeddings.weights import WEIGHTS, find_weights

__all__ = [
    "WEIGHTS",
    "Backbone",
    "KerasBackbone",
    "OnnxBackbone",
    "build_dlib",
    "build_sface",
    "embed_faces",
    "fetch",
    "find_weights",
    "last_stages",
    "load_backbone",
    "normalised",
    "open_onnx",
]
