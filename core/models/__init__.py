"""The networks: uint8 faces in, logits out; scaling and gray conversion happen inside, with Keras's own layers only."""

from core.models.build import answering, build
from core.models.files import load_network, save_network
from core.models.logits import compute_logits, softmax

__all__ = ["answering", "build", "compute_logits", "load_network", "save_network", "softmax"]
