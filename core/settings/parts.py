"""The parts of the settings: data, face, split, augmentation, model, training, open set, and the whole."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, fields

from core.settings.limits import Limits, check_number, check_part, check_type, setting, types_of


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
        "80/20 keeps a fifth for the test and a tenth of the rest for validation; 80/10/10 gives both a tenth of all.",
        choices=("80/20", "80/10/10"),
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
    rotation: float = setting(3.0, "Rotation", "Turned by up to this angle either way.", low=0, high=45, step=1, unit="°")
    zoom: float = setting(0.05, "Zoom", "Enlarged or shrunk by up to this share.", low=0, high=0.5, step=0.01)
    shift: float = setting(
        0.05, "Shift", "Moved in each direction by up to this share of the side.", low=0, high=0.3, step=0.01
    )
    brightness: float = setting(
        0.1, "Brightness", "Made brighter or darker by up to this share of the full range.", low=0, high=0.5, step=0.01
    )
    contrast: float = setting(0.1, "Contrast", "Contrast raised or lowered by up to this share.", low=0, high=0.8, step=0.01)


@dataclass(frozen=True)
class ModelSettings:
    """The network."""

    architecture: str = setting(
        "dense",
        "Network",
        "The dense network looks at all pixels at once; the CNN learns small patterns first.",
        choices=("cnn", "dense"),
    )
    colour: str = setting("gray", "Colour", "Whether the network sees colour or shades of gray.", choices=("rgb", "gray"))
    normalisation: str = setting(
        "range",
        "Brightness scaling",
        "range maps 0..255 to 0..1; face also gives every face the same mean and contrast.",
        choices=("range", "face"),
    )
    filters: tuple[int, ...] = setting(
        (32, 64, 64), "Convolution filters", "Filters of each convolution layer.", low=4, high=512, step=4
    )
    units: tuple[int, ...] = setting((512, 256, 128), "Dense units", "Units of each dense layer.", low=4, high=4096, step=4)
    dropout: float = setting(
        0.3,
        "Dropout",
        "Share of units that is silenced at each training step, against learning by heart.",
        low=0,
        high=0.8,
        step=0.05,
    )


@dataclass(frozen=True)
class TrainingSettings:
    """How the network learns."""

    epochs: int = setting(80, "Epochs", "How often all training faces are seen.", low=1, high=500, step=1)
    batch_size: int = setting(32, "Batch size", "Faces per training step.", low=4, high=512, step=4)
    optimizer: str = setting(
        "adam", "Optimiser", "The rule that turns errors into weight changes.", choices=("adam", "adamw", "sgd")
    )
    learning_rate: float = setting(5e-4, "Learning rate", "Size of the weight changes.", low=1e-6, high=1.0, step=1e-5)
    schedule: str = setting(
        "cosine",
        "Learning-rate schedule",
        "plateau lowers the rate when validation stops improving; cosine lowers it smoothly to zero.",
        choices=("constant", "plateau", "cosine"),
    )
    weight_decay: float = setting(
        0.0, "Weight decay", "Pulls weights towards zero; used by AdamW and SGD.", low=0, high=0.1, step=1e-5
    )
    label_smoothing: float = setting(
        0.0, "Label smoothing", "Asks for a little less than full certainty.", low=0, high=0.3, step=0.01
    )
    class_weights: bool = setting(False, "Class weights", "People with few photos count more per photo.")
    patience: int = setting(
        20, "Early stopping", "Stops after this many epochs without a better validation loss; 0 never stops early.",
        low=0, high=200, step=1, unit="epochs",
    )  # fmt: skip
    refit: bool = setting(
        True,
        "Refit on all training photos",
        "After validation has chosen the epochs, trains once more with the validation photos included.",
    )


@dataclass(frozen=True)
class OpenSetSettings:
    """When a face is called unknown. Shares are of correctly named validation faces."""

    refuse_share: float = setting(
        0.05,
        "Refused share",
        "Share of correct validation faces that falls below the line for a sure name.",
        low=0.0,
        high=0.5,
        step=0.01,
    )
    unknown_share: float = setting(
        0.01,
        "Unknown share",
        "Share of correct validation faces that would even be called unknown.",
        low=0.0,
        high=0.5,
        step=0.01,
    )


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run; complete and immutable.

    Raises:
        SettingsError: a value is out of its limits or of the wrong type.
    """

    data: DataSettings = DataSettings()
    face: FaceSettings = FaceSettings()
    split: SplitSettings = SplitSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    openset: OpenSetSettings = OpenSetSettings()
    preset: str = "dense"
    seed: int = 0

    def __post_init__(self) -> None:
        for part in parts_of_settings():
            check_part(getattr(self, part), part)
        check_type("preset", self.preset, str)
        check_type("seed", self.seed, int)
        check_number("seed", self.seed, Limits("Seed", "", low=0, high=2**31 - 1))


def parts_of_settings() -> dict[str, type]:
    """Return the name and the dataclass of each part of `Settings`."""
    types = types_of(Settings)
    return {each.name: types[each.name] for each in fields(Settings) if dataclasses.is_dataclass(types[each.name])}
