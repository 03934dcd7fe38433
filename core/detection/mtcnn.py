"""MTCNN: three small networks in a row propose, refine and place faces.

Source: Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks"
(2016). Networks, weights and steps are those of the package mtcnn; here they are compiled and run photo by photo.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.detection.canvas import Canvas
from core.detection.detection import Detection
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
# The package's own values. A larger MIN_FACE would make it skip the last, smallest levels and find nothing.
MIN_FACE = 20  # pixels
SHRINK = 0.709  # from one level of the pyramid to the next: half the area
PROPOSAL_SCORE = 0.6
OVERLAP_IN_LEVEL = 0.5
OVERLAP_OF_LEVELS = 0.7
STRIP = 256
DEVICE = "CPU:0"  # a GPU rounds differently, and training and serving must see the same pixels
_loading = threading.Lock()

Rows = npt.NDArray[np.float64]


class MtcnnDetector:
    """Finds faces with MTCNN.

    The package's own `detect_faces` is not used: it takes any failure for "no faces", and in a batch the order of equally
    sure proposals, so which of them survives, depends on the other photos.
    """

    def __init__(self, side: int, min_score: float) -> None:
        with _loading:
            self._stages = _compiled_stages()
        self._side = side
        self._min_score = min_score

    def detect(self, photos: Sequence[DecodedPhoto]) -> list[list[Detection]]:
        """Return each photo's faces, surest first."""
        return detect_each(self._look, photos, self._side)

    def _look(self, canvas: Canvas) -> list[Detection]:
        rows = _run(self._stages, canvas.pixels, self._min_score)
        # A row holds the photo's number, left, top, right, bottom, the score, five landmarks' x and their y.
        found = [canvas.detection(row[1:5], row[6:16].reshape(2, 5).T, float(row[5])) for row in rows]
        return [each for each in found if each]


def _run(stages: Sequence[Any], pixels: Pixels, min_score: float) -> Rows:
    """Return float64 (faces, 16), the rows that the last stage leaves for one canvas."""
    import tensorflow as tf

    proposing, *checking = stages
    with tf.device(DEVICE), np.errstate(divide="ignore", invalid="ignore"):  # proposals without area divide 0 by 0
        scaled = (tf.cast(pixels[None], tf.float32) - 127.5) / 128.0  # (1, h, w, 3), about -1..1
        rows = _propose(proposing.model, scaled)
        for stage in checking:
            if len(rows) == 0:  # the networks fail on nothing
                return np.empty((0, 16))
            rows = stage(bboxes_batch=rows, images_normalized=scaled, threshold_onet=min_score)
    return rows


def _propose(network: Any, scaled: Any) -> Rows:
    """Return float64 (proposals, 6): squares that may hold a face of any size, as the first stage finds them.

    As the package's own first stage, save that it needs little memory for photos of a crowd.
    """
    from mtcnn.utils.bboxes import generate_bounding_box, resize_to_square, upscale_bboxes
    from mtcnn.utils.images import build_scale_pyramid, scale_images

    height, width = scaled.shape[1:3]
    levels = []
    for scale in build_scale_pyramid(width, height, MIN_FACE, SHRINK):
        offsets, scores = network(scale_images(scaled, scale))
        found = upscale_bboxes(generate_bounding_box(offsets, scores, PROPOSAL_SCORE), np.array([scale]))
        levels.append(found[_survivors(found[:, 1:5], OVERLAP_IN_LEVEL)])
    rows = np.concatenate(levels)
    rows = rows[np.argsort(-rows[:, 5], kind="stable")]
    return np.asarray(resize_to_square(rows[_survivors(rows[:, 1:5], OVERLAP_OF_LEVELS)]), np.float64)


def _survivors(boxes: Rows, threshold: float) -> npt.NDArray[np.bool_]:
    """Return which boxes, float64 (N, 4) with the surest first, share no more than `threshold` with any surer one.

    Shares are intersection over union. Worked out in strips: the whole table would take gigabytes for a crowd.
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = np.ones(len(boxes), bool)
    for start in range(0, len(boxes), STRIP):
        strip = boxes[start : start + STRIP, None]  # (strip, 1, 4)
        surer = boxes[None, : start + STRIP]
        size = np.minimum(strip[..., 2:], surer[..., 2:]) - np.maximum(strip[..., :2], surer[..., :2])
        shared = np.prod(np.maximum(size, 0), axis=-1)  # (strip, start + strip)
        shares = shared / (areas[start : start + STRIP, None] + areas[None, : start + STRIP] - shared)
        kept[start : start + STRIP] = ~np.tril(shares > threshold, k=start - 1).any(axis=1)
    return kept


@functools.cache
def _compiled_stages() -> tuple[Any, ...]:
    """Return the three stages, their networks compiled once for photos and batches of any size.

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
        stages = [kind(weights=path) for kind, path in zip((StagePNet, StageRNet, StageONet), paths, strict=True)]
        for stage, shape in zip(stages, [(1, None, None, 3), (None, 24, 24, 3), (None, 48, 48, 3)], strict=True):
            compiled = tf.function(stage.model, input_signature=[tf.TensorSpec(shape, tf.float32)], autograph=False)
            StageBase.__init__(stage, stage.name, stage.id, model=compiled)
            compiled(tf.zeros([each or 48 for each in shape]))  # compile now, not within the first photo
    return tuple(stages)
