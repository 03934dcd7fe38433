"""Settings of the photos, the faces in them, the split and the random changes."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.limits import setting


@dataclass(frozen=True)
class DataSettings:
    """Where the photos come from."""

    source: str = setting("orl", "Photos", "A folder with one folder of photos per person, or orl for the built-in faces.")


@dataclass(frozen=True)
class FaceSettings:
    """How a face is found in a photo and cut out of it; alike in training and serving."""

    detector: str = setting(
        "mtcnn",
        "Face detector",
        "MTCNN finds faces with three small networks; YuNet is several times faster.",
        choices=("mtcnn", "yunet"),
    )
    min_score: float = setting(
        0.7, "Detection score", "Faces that the detector is less sure of are ignored.", low=0.3, high=0.99, step=0.01
    )
    detection_side: int = setting(
        640,
        "Detection size",
        "The photo's longer side while faces are searched; larger finds smaller faces and takes longer.",
        low=160,
        high=1920,
        step=32,
        unit="px",
    )
    alignment: str = setting(
        "box",
        "Alignment",
        "box cuts a square around the found box; arcface and dlib also turn and zoom the face until eyes, nose and mouth lie "
        "where the embedding of that name expects them.",
        choices=("box", "arcface", "dlib"),
    )
    margin: float = setting(
        0.1, "Margin", "How much is kept around the face, as a share of the face's size.", low=0.0, high=1.0, step=0.05
    )
    size: int = setting(128, "Face size", "Side of the square face that the network sees.", low=32, high=256, step=4, unit="px")
    main_face_ratio: float = setting(
        2.0,
        "Main face",
        "A photo with several faces is used only if its main face has this many times the area of the next.",
        low=1.0,
        high=10.0,
        step=0.5,
    )


@dataclass(frozen=True)
class SplitSettings:
    """Which photos teach, which choose, which judge."""

    preset: str = setting(
        "80/20",
        "Split",
        "80/20 keeps a fifth for the test and a tenth of the rest for validation; 80/10/10 gives both a tenth of all; "
        "folders takes the dataset's own train, val and test folders.",
        choices=("80/20", "80/10/10", "folders"),
    )
    duplicate_distance: int = setting(
        10,
        "Near-duplicate distance",
        "Photos of a person that differ by at most this much, once they are laid over each other, stay on one side of the "
        "split; re-encoded, resized, brightened or slightly cropped copies differ by less than 10%.",
        low=0,
        high=20,
        step=1,
        unit="%",
    )


@dataclass(frozen=True)
class AugmentationSettings:
    """Random changes of the training faces; validation, test and prediction never see them."""

    flip: bool = setting(True, "Mirror", "Half of the faces are mirrored left to right.")
    upside_down: bool = setting(
        False,
        "Upside down",
        "Half of the faces are turned over. Leave it off: photos are put upright before their faces are searched, so no face "
        "will ever come this way, and learning it costs accuracy.",
    )
    rotation: float = setting(3.0, "Rotation", "Turned by up to this angle either way.", low=0, high=45, step=1, unit="°")
    zoom: float = setting(0.05, "Zoom", "Enlarged or shrunk by up to this share.", low=0, high=0.5, step=0.01)
    shift: float = setting(
        0.05, "Shift", "Moved in each direction by up to this share of the side.", low=0, high=0.3, step=0.01
    )
    shear: float = setting(
        0.0, "Shear", "Slanted by up to this share of the side between top and bottom.", low=0, high=0.4, step=0.01
    )
    brightness: float = setting(
        0.1, "Brightness", "Made brighter or darker by up to this share of the full range.", low=0, high=0.5, step=0.01
    )
    contrast: float = setting(0.1, "Contrast", "Contrast raised or lowered by up to this share.", low=0, high=0.8, step=0.01)
    saturation: float = setting(
        0.0, "Saturation", "Colours made stronger or weaker by up to this share.", low=0, high=0.8, step=0.01
    )
    hue: float = setting(
        0.0, "Hue", "Colours turned on the colour wheel by up to this angle either way.", low=0, high=180, step=5, unit="°"
    )
    blur: float = setting(0.0, "Blur", "Made soft by a blur of up to this share of the side.", low=0, high=0.05, step=0.005)
    noise: float = setting(0.0, "Noise", "Grain of up to this share of the full range.", low=0, high=0.3, step=0.01)
    jpeg: float = setting(
        0.0, "JPEG loss", "Saved as a JPEG whose quality is lowered by up to this share.", low=0, high=0.95, step=0.05
    )
    erasing: float = setting(
        0.0, "Random erasing", "Share of the faces from which a random rectangle is wiped out.", low=0, high=1, step=0.05
    )
