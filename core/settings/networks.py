"""Settings of the networks, of how they learn, and of when a face is unknown."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.limits import setting


@dataclass(frozen=True)
class ModelSettings:
    """The network."""

    architecture: str = setting(
        "dense",
        "Network",
        "embedding asks a network that millions of faces have taught; residual, cnn and dense learn from your photos alone.",
        choices=("embedding", "residual", "cnn", "dense"),
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
    trim: int = setting(
        0,
        "Trimmed edge",
        "Cut off each side inside the network, so that shifted training faces have real pixels at their edges.",
        low=0,
        high=32,
        step=1,
        unit="px",
    )
    mirror_average: bool = setting(
        False, "Average with the mirror image", "Asks the network about the face and its mirror image; takes twice as long."
    )
    shift_average: int = setting(
        0,
        "Average with shifts",
        "Asks the network about the face moved so far up, down, left and right, too; takes five times as long. "
        "At most the trimmed edge.",
        low=0,
        high=32,
        step=1,
        unit="px",
    )


@dataclass(frozen=True)
class EmbeddingSettings:
    """The pretrained network that turns a face into a list of numbers, and the head that learns to name them."""

    backbone: str = setting(
        "sface",
        "Embedding",
        "SFace is the most accurate; dlib is several times faster; onnx is a file of your own.",
        choices=("sface", "dlib", "onnx"),
    )
    head: str = setting(
        "linear",
        "Head",
        "linear is multinomial logistic regression; cosine and arcface compare directions only, arcface with a margin.",
        choices=("linear", "cosine", "arcface"),
    )
    regularisation: float = setting(
        0.1,
        "Regularisation",
        "Keeps the head's weights small: more of it for few or wrongly labelled photos.",
        low=1e-6,
        high=1.0,
        step=1e-6,
    )
    scale: float = setting(
        27.0,
        "Scale",
        "How sure the head is before validation corrects it: the length of each person's weights.",
        low=1,
        high=500,
        step=1,
    )
    head_margin: float = setting(
        0.2, "Angular margin", "How much closer than needed an arcface head wants a face to its person.",
        low=0, high=0.8, step=0.05, unit="rad",
    )  # fmt: skip
    views: int = setting(
        2,
        "Views per photo",
        "Variants of each training photo to embed, once: 1 is the original, 2 adds its mirror image, more add random changes.",
        low=1,
        high=16,
        step=1,
    )
    fine_tune: bool = setting(
        False,
        "Fine-tune the last stage",
        "For experts: also trains the last layers of the embedding. With few photos this was measured to be worse.",
    )
    fine_tune_epochs: int = setting(
        5, "Fine-tuning epochs", "How often all training faces are seen while the last stage learns.", low=1, high=50, step=1
    )
    fine_tune_stages: int = setting(
        1,
        "Stages to fine-tune",
        "How many of the last stages learn; all before them stay frozen.",
        low=1,
        high=4,
        step=1,
    )
    onnx_file: str = setting(
        "", "ONNX file", "Path of an embedding network of your own: faces in, one list of numbers each out."
    )
    onnx_colour: str = setting("rgb", "ONNX colour order", "The order of colours it was taught with.", choices=("rgb", "bgr"))
    onnx_mean: float = setting(127.5, "ONNX mean", "Subtracted from every pixel, 0..255.", low=0, high=255, step=0.5)
    onnx_scale: float = setting(
        0.0078125, "ONNX scale", "What the pixels are multiplied by after that.", low=1e-6, high=1, step=1e-6
    )


@dataclass(frozen=True)
class TrainingSettings:
    """How the network learns."""

    epochs: int = setting(80, "Epochs", "How often all training faces are seen.", low=1, high=500, step=1)
    steps: int = setting(
        0,
        "Training steps",
        "At least this many steps, however few the photos: small folders are seen for more epochs.",
        low=0,
        high=20000,
        step=100,
    )
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
    warmup: int = setting(
        0, "Warm-up", "First epochs, in which the learning rate rises to its value.", low=0, high=20, step=1, unit="epochs"
    )
    weight_decay: float = setting(
        0.0, "Weight decay", "Pulls weights towards zero; used by AdamW and SGD.", low=0, high=0.1, step=1e-5
    )
    label_smoothing: float = setting(
        0.0, "Label smoothing", "Asks for a little less than full certainty.", low=0, high=0.3, step=0.01
    )
    # Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization" (arXiv 1710.09412); its alpha.
    mixup: float = setting(
        0.0,
        "Mixup",
        "Blends pairs of training faces and their names, against learning by heart; 0 is off, 0.2 a little, 1 a lot.",
        low=0,
        high=1.0,
        step=0.05,
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
    deterministic: bool = setting(
        False, "Exactly repeatable", "The same settings and seed give the same figures to the last digit; slower."
    )
    keep_state: bool = setting(
        True, "Keep for longer training", "Keeps what a later, longer training goes on from: three to four times the network."
    )


@dataclass(frozen=True)
class OpenSetSettings:
    """When a face is called unknown."""

    stranger_rate: float = setting(
        0.01,
        "Strangers with a name",
        "Share of strangers that may get a name; where strangers were tested, the line is drawn there.",
        low=0.001,
        high=0.2,
        step=0.001,
    )
    unsure_rate: float = setting(
        0.05,
        "Strangers at least unsure",
        "Share of strangers that may be called unsure or get a name.",
        low=0.001,
        high=0.5,
        step=0.001,
    )
    refuse_share: float = setting(
        0.05,
        "Refused share",
        "Without strangers to test on: share of correct validation faces that falls below the line for a sure name.",
        low=0.0,
        high=0.5,
        step=0.01,
    )
    unknown_share: float = setting(
        0.01,
        "Unknown share",
        "Without strangers to test on: share of correct validation faces that would even be called unknown.",
        low=0.0,
        high=0.5,
        step=0.01,
    )
