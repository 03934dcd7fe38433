"""A second opinion on faces that YuNet is not sure of: the last network of MTCNN looks at them, too.

YuNet takes a dog for a face with a score of 0.84. Where its score is below 0.9, MTCNN's network has to see a face as well.
In photos of groups, single people, dogs, buildings and flowers at several sizes that left none of 29 false faces, and took 3
of 1,090 true ones; 1 face in 15 is looked at again. Only prediction asks: a photo that a person has filed under a name shows
somebody.

Source of the figures: benchmarks/measure_second_look.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from core.detection import Detection
from core.detection.mtcnn import DEVICE, PACKAGE, WEIGHTS
from core.detection.weights import weights_file
from core.errors import ModelError
from core.faces import cut_face
from core.images import DecodedPhoto
from core.settings import FaceSettings

SURE = 0.9  # YuNet's score from which nobody else is asked
LEAST = 0.5  # what MTCNN's last network has to say at least, 0..1
SEEN = FaceSettings(alignment="box", margin=0.0, size=48)  # what that network was taught on
_ONET = "mtcnn/assets/weights/onet.lz4"


def confirmed(photo: DecodedPhoto, found: Sequence[Detection]) -> list[Detection]:
    """Return the faces that YuNet is sure of, and of the others those that MTCNN's last network takes for faces, too.

    Raises:
        ModelError: that network's weights are missing or damaged.
    """
    doubtful = [each for each in found if each.score < SURE]
    if not doubtful:
        return list(found)
    seen = dict(zip(doubtful, how_like_a_face(photo, doubtful).tolist(), strict=True))
    return [each for each in found if seen.get(each, 1.0) >= LEAST]


def how_like_a_face(photo: DecodedPhoto, found: Sequence[Detection]) -> npt.NDArray[np.float32]:
    """Return how sure MTCNN's last network is that each is a face, float32 (N,), 0..1."""
    crops = np.stack([cut_face(photo, each, SEEN).pixels for each in found])
    return _network()((crops.astype(np.float32) - 127.5) / 128.0)


@functools.cache
def _network() -> Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]:
    """Return the network, from float32 (N, 48, 48, 3), about -1..1, to float32 (N,)."""
    path = str(weights_file(PACKAGE, _ONET, WEIGHTS[_ONET]))
    try:
        import tensorflow as tf
        from mtcnn.stages import StageONet
    except ImportError as error:
        raise ModelError("MTCNN cannot be loaded.", "Run make install.") from error
    with tf.device(DEVICE):
        model = StageONet(weights=path).model
        shape = tf.TensorSpec((None, 48, 48, 3), tf.float32)
        compiled = tf.function(model, input_signature=[shape], autograph=False)

    def ask(faces: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with tf.device(DEVICE):
            answer: npt.NDArray[np.float32] = compiled(faces)[-1].numpy()
        return answer[:, 1]

    return ask
