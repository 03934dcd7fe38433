"""Which settings have no say beside others, and why: the page shows them locked, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from core.settings.parts import Settings, parts_of_settings

FIRST_RANDOM_VIEW = 3  # the first is the face, the second its mirror image

# What the last layer of an embedding goes by while it learns; all else belongs to networks that learn step by step.
_OF_A_HEAD = {"epochs", "class_weights", "refit"}
_ONLY_OWN = {"mixup"}  # what only a network that learns from the photos alone can do
_BACKBONE = {"colour", "normalisation", "filters", "units", "dropout", "trim"}
_CUT = {"alignment", "margin", "size"}
_WITHOUT_STRANGERS = {"refuse_share", "unknown_share"}
_COLOURS = {"saturation", "hue"}

_NO_EMBEDDING = "This network learns from your photos alone. Choose Accurate or Fast for a network that knows faces already."
_NO_STEPS = "Only the last layer learns here, and it is worked out exactly: there are no steps to set."
_GIVEN = "The embedding was taught this way and brings it along."
_NAMES: dict[str, str] = {"sface": "SFace", "dlib": "dlib"}


def locks(settings: Settings) -> dict[str, str]:
    """Return the settings that change nothing beside the others, each with the reason.

    Args:
        settings: As they are now; a lock opens as soon as what it names is changed.

    Returns:
        "part.name" -> one or two sentences: why, and what would open it.
    """
    rules = _of_embeddings if settings.model.architecture == "embedding" else _of_own_networks
    return dict(rules(settings))


def _of_own_networks(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from _all("embedding", _names("embedding"), _NO_EMBEDDING)
    architecture = settings.model.architecture
    if architecture == "dense":
        yield "model.filters", "A dense network has no convolutions. Choose the network residual or cnn to set them."
    if architecture == "residual":
        yield "model.units", "A residual network has one dense layer, as wide as its last convolution."
    if not settings.model.trim:
        yield "model.shift_average", "Without a trimmed edge there is nothing to move into. Raise the trimmed edge to average."
    if settings.model.colour == "gray":
        yield from _all("augmentation", _COLOURS, "The network sees shades of gray. Choose the colour rgb to change colours.")
    yield from _of_steps(settings)


def _of_steps(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.training.optimizer == "adam":
        yield "training.weight_decay", "Adam does not use it. Choose the optimiser adamw or sgd."


def _of_embeddings(settings: Settings) -> Iterator[tuple[str, str]]:
    chosen = settings.embedding
    yield "model.architecture", "It comes with the preset. Choose Learn from scratch or a notebook network for another one."
    yield from _all("model", _BACKBONE, _GIVEN)
    yield "model.shift_average", "The embedding looks at the whole face. Only the mirror image can be averaged with."
    if chosen.backbone in _NAMES:
        yield from _all("face", _CUT, f"Faces have to be cut this way for {_NAMES[chosen.backbone]}.")
        reason = f"Where no stranger was tested, the lines that were measured for {_NAMES[chosen.backbone]} are used."
        yield from _all("openset", _WITHOUT_STRANGERS, reason)
    if chosen.head != "arcface":
        yield "embedding.head_margin", "Only the head arcface has a margin."
    if chosen.backbone != "onnx":
        onnx = {name for name in _names("embedding") if name.startswith("onnx")}
        yield from _all("embedding", onnx, "Only for an embedding file of your own. Choose the embedding onnx.")
    yield from _of_tuning(settings)


def _of_tuning(settings: Settings) -> Iterator[tuple[str, str]]:
    chosen = settings.embedding
    if chosen.backbone == "onnx":
        yield "embedding.fine_tune", "An embedding from a file cannot learn. Choose sface or dlib."
    tunes = chosen.fine_tune and chosen.backbone != "onnx"
    if tunes:
        yield "training.refit", "After fine-tuning there is no refit."
        yield from _of_steps(settings)
    else:
        depth = {name for name in _names("embedding") if name.startswith("fine_tune_")}
        yield from _all("embedding", depth, "Nothing of the embedding learns. Switch fine-tuning on to set this.")
        yield from _all("training", _names("training") - _OF_A_HEAD - _ONLY_OWN, _NO_STEPS)
    yield from _all(
        "training", _ONLY_OWN & _names("training"), "Only a network that learns from your photos alone mixes faces."
    )
    if chosen.views < FIRST_RANDOM_VIEW and not tunes:
        count = "one view" if chosen.views == 1 else f"{chosen.views} views"
        reason = f"With {count} of each photo none is changed at random. Choose at least {FIRST_RANDOM_VIEW} views per photo."
        yield from _all("augmentation", _names("augmentation"), reason)


def _names(part: str) -> set[str]:
    return {each.name for each in fields(parts_of_settings()[part])}


def _all(part: str, names: set[str], reason: str) -> Iterator[tuple[str, str]]:
    yield from ((f"{part}.{name}", reason) for name in sorted(names))
