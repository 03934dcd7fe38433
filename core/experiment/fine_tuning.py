"""For experts: the last stages of an embedding learn, too, starting from the head that was fitted on the frozen one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from core.embeddings import KerasBackbone, last_stages, normalised
from core.errors import SettingsError
from core.experiment.embedding import EmbeddedPart
from core.experiment.learning import learn
from core.experiment.learnt import Floats, Learnt
from core.experiment.lineup import Lineup, PartFaces
from core.heads import Head
from core.models.joined import join
from core.models.logits import ask
from core.preparation import PreparedFaces
from core.settings import Settings

FACES_PER_STEP = 64


def start_from(backbone: KerasBackbone, head: Head, stages: int) -> Callable[[], Any]:
    """Return what makes a network, uint8 faces to logits, of which only the last `stages` and the head learn.

    The backbone is copied: other runs go on using it as it is. Its batch normalisations keep their averages, which a few
    photos would spoil.
    """

    def start() -> Any:
        import keras

        copy = keras.models.clone_model(backbone.network)
        copy.set_weights(backbone.network.get_weights())
        learning = {layer.name for layer in last_stages(copy, stages)}
        for layer in copy.layers:
            layer.trainable = layer.name in learning and not isinstance(layer, keras.layers.BatchNormalization)
        joined = join(copy, head.kernel, head.bias, mirror_average=False)
        return keras.Model(joined.inputs[0], joined.output["logits"], name="tuned")

    return start


def tune(
    directory: Any, lineup: Lineup, prepared: PreparedFaces, settings: Settings, begin: tuple[Any, Head], **listen: Any
) -> Any:
    """Train the last stages and the head; return what `core.training.train` does.

    Raises:
        SettingsError: the embedding is an ONNX file, which cannot learn.
    """
    backbone, head = begin
    if not isinstance(backbone, KerasBackbone):
        raise SettingsError("An embedding from an ONNX file cannot be fine-tuned.", "Choose sface or dlib, or switch it off.")
    recipe = replace(
        settings,
        model=replace(settings.model, mirror_average=False, colour="rgb"),
        training=replace(settings.training, epochs=settings.embedding.fine_tune_epochs, refit=False, mixup=0.0),
    )
    start = start_from(backbone, head, settings.embedding.fine_tune_stages)
    return learn(directory, lineup, prepared, recipe, start=start, **listen)


def tuned_learnt(
    trained: Any, lineup: Lineup, prepared: PreparedFaces, settings: Settings
) -> tuple[Learnt, dict[str, EmbeddedPart], Head]:
    """Return what fine-tuning has left: the network to save, its answers, its embeddings of each part, and its head."""
    kernel, bias = trained.network.get_layer("logits").get_weights()
    (copy,) = (layer for layer in trained.network.layers if hasattr(layer, "layers"))
    network, plain = join(copy, kernel, bias, settings.model.mirror_average), join(copy, kernel, bias, mirror_average=False)
    parts = {name: _embed(plain, faces, prepared, settings) for name, faces in lineup.parts.items()}
    head = Head(kernel, bias)
    learnt = Learnt(
        network=network,
        logits={name: head.logits(part.vectors) for name, part in parts.items()},
        history=trained.history,
        best_epoch=trained.best_epoch,
        refitted=False,
        stopped=trained.stopped,
        vectors={name: part.vectors for name, part in parts.items()},
    )
    return learnt, parts, head


def _embed(network: Any, faces: PartFaces, prepared: PreparedFaces, settings: Settings) -> EmbeddedPart:
    """Embed faces and their mirror images with a network of this run's own; nothing is stored."""
    dimension = network.output["embedding"].shape[-1]
    found = np.empty((len(faces.rows), 2, dimension), np.float32)
    for start in range(0, len(faces.rows), FACES_PER_STEP):
        pixels = np.asarray(prepared.pixels[faces.rows[start : start + FACES_PER_STEP]])
        both: list[Floats] = [
            np.asarray(ask(network, each).vectors) for each in (pixels, np.ascontiguousarray(pixels[:, :, ::-1]))
        ]
        found[start : start + FACES_PER_STEP] = np.stack(both, axis=1)
    vectors = normalised(found.sum(axis=1)) if settings.model.mirror_average else found[:, 0]
    return EmbeddedPart(found, vectors, faces.labels)


def tuned_strangers(
    network: Any, strangers: PartFaces | None, prepared: PreparedFaces, settings: Settings
) -> EmbeddedPart | None:
    """Return the faces of the folder of strangers as the tuned network embeds them."""
    (copy,) = (layer for layer in network.layers if hasattr(layer, "layers"))
    kernel, bias = network.get_layer("logits").get_weights()
    return _embed(join(copy, kernel, bias, mirror_average=False), strangers, prepared, settings) if strangers else None
