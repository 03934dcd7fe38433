"""MTCNN: three small networks in a row propose, refine and place faces.

Source: Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks"
(2016). Networks, weights and steps are those of the package mtcnn; here they are compiled and run photo by photo, many
photos at once in threads.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.detection.canvas import Canvas
from core.detection.detection import Detection
from core.detection.proposals import Rows, compile_search, merge, pyramid
from core.detection.together import detect_each
from core.detection.weights import weights_file
from core.errors import ModelError
from core.images import DecodedPhoto
from core.images.resampling import Pixels

PACKAGE = "mtcnn"
WEIGHTS = {
    "mtcnn/assets/weights/pnet.lz4": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "mtcnn/assets/weights/rnet.lz4": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "mtcnn/assets/weights/onet.lz4": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}
DEVICE = "CPU:0"  # a GPU rounds differently, and training and serving must see the same pixels
_loading = threading.Lock()


@dataclass(frozen=True)
class _Networks:
    """The compiled networks: one searches, the others refine what it proposes."""

    search: Callable[[Any, Any], Any]
    stages: tuple[Any, ...]


class MtcnnDetector:
    """Finds faces with MTCNN.

    The package's own `detect_faces` is not used: it takes any failure for "no faces", and in a batch the order of equally
    sure proposals, so which of them survives, depends on the other photos.
    """

    def __init__(self, side: int, min_score: float) -> None:
        with _loading:
            self._networks = _load_networks()
        self._side = side
        self._min_score = min_score

    def detect(self, photos: Sequence[DecodedPhoto]) -> list[list[Detection]]:
        """Return each photo's faces, surest first."""
        return detect_each(self._look, photos, self._side)

    def _look(self, canvas: Canvas) -> list[Detection]:
        rows = _run(self._networks, canvas.pixels, self._min_score)
        # A row holds the photo's number, left, top, right, bottom, the score, five landmarks' x and their y.
        found = [canvas.detection(row[1:5], row[6:16].reshape(2, 5).T, float(row[5])) for row in rows]
        return [each for each in found if each]


def _run(networks: _Networks, pixels: Pixels, min_score: float) -> Rows:
    """Return float64 (faces, 16), the rows that the last stage leaves for one canvas."""
    import tensorflow as tf

    scales, sizes = pyramid(*pixels.shape[:2])
    with tf.device(DEVICE), np.errstate(divide="ignore", invalid="ignore"):  # proposals without area divide 0 by 0
        candidates, scaled = networks.search(pixels, sizes)
        rows = merge(candidates.numpy(), scales)
        for stage in networks.stages:
            if len(rows) == 0:  # the networks fail on nothing
                return np.empty((0, 16))
            rows = stage(bboxes_batch=rows, images_normalized=scaled, threshold_onet=min_score)
    return rows


@functools.cache
def _load_networks() -> _Networks:
    """Return the package's networks, compiled once for photos and batches of any size.

    Raises:
        ModelError: the weights are missing or damaged.
    """
    # The package looks for its weights in the working directory first, so their full paths are given.
    paths = [str(weights_file(PACKAGE, path, sha256)) for path, sha256 in WEIGHTS.items()]
    try:
        import tensorflow as tf
        from mtcnn.stages import StageONet, StagePNet, StageRNet
        from mtcnn.stages.base import StageBase
    except ImportError as error:
        raise ModelError("MTCNN cannot be loaded.", "Run make install, or choose the detector yunet.") from error
    with tf.device(DEVICE):
        first, *stages = (kind(weights=path) for kind, path in zip((StagePNet, StageRNet, StageONet), paths, strict=True))
        for stage, side in zip(stages, (24, 48), strict=True):
            shape = tf.TensorSpec((None, side, side, 3), tf.float32)
            compiled = tf.function(stage.model, input_signature=[shape], autograph=False)
            StageBase.__init__(stage, stage.name, stage.id, model=compiled)
        return _Networks(compile_search(first.model), tuple(stages))
