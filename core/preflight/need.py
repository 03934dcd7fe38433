"""How much memory and disk a training takes, estimated from its settings alone."""

from __future__ import annotations

from core.settings import Settings

# Measured on a 2-core machine with TensorFlow 2.21, resident size of the process: 0.70 GB once it is imported, 0.12 GB more for
# a compiled step; 0.83 GB (dlib) and 1.18 GB (SFace) while faces are embedded.
STARTED, COMPILED, EMBEDDING = 0.70e9, 0.15e9, 1.25e9
# Bytes for each weight: weights, gradients, the optimiser's memory, the best epoch's copy, and copies while they are made.
# A dense network of 61.6 million weights took 26.
PER_WEIGHT = 26
PER_OUTPUT = 8  # bytes for each output of a layer and face of a batch: the value and its gradient
# On the disk: weights, the optimiser's two values and the best epoch in the checkpoint, the same again in the state that is
# kept, and in the file that is about to take their place; and the network itself.
STORED_PER_WEIGHT = 3 * 16 + 4
NETWORK_FILE = 40e6  # bytes, of an embedding with its head
SLACK = 50e6  # bytes: histories, scores, logs
VECTOR = 128 * 4  # bytes


def memory_needed(settings: Settings, photos: int, people: int) -> int:
    """Return about how many bytes of memory a training takes; rather too many than too few.

    Args:
        settings: Of the run.
        photos: How many there are.
        people: How many people.
    """
    if settings.model.architecture == "embedding":
        # Vectors of all views, twice while they are stacked, and the head's own copies in double precision.
        vectors = photos * max(settings.embedding.views, 2) * VECTOR * 6
        return int(EMBEDDING + vectors)
    weights, outputs = size_of_network(settings, people)
    return int(STARTED + COMPILED + PER_WEIGHT * weights + PER_OUTPUT * outputs * settings.training.batch_size)


def disk_needed(settings: Settings, photos: int, missing: int, people: int) -> int:
    """Return about how many bytes a training will write.

    Args:
        settings: Of the run.
        photos: How many there are.
        missing: How many of them have no prepared face yet.
        people: How many people.
    """
    crops = 2 * missing * settings.face.size**2 * 3  # twice: they are put into one file at the end
    if settings.model.architecture == "embedding":
        return int(SLACK + crops + NETWORK_FILE + photos * max(settings.embedding.views, 2) * VECTOR)
    weights, _ = size_of_network(settings, people)
    return int(SLACK + crops + STORED_PER_WEIGHT * weights)


def size_of_network(settings: Settings, people: int) -> tuple[int, int]:
    """Return about how many weights a network from scratch has, and how many numbers its layers give for one face."""
    model = settings.model
    side = max(1, settings.face.size - 2 * model.trim)
    channels = 1 if model.colour == "gray" else 3
    image = settings.face.size**2 * 3  # the random changes work on the whole face
    if model.architecture == "dense":
        weights, outputs, last = _dense(side * side * channels, model.units)
    elif model.architecture == "cnn":
        weights, outputs, last = _cnn(side, channels, model.filters, model.units)
    else:
        weights, outputs, last = _residual(side, channels, model.filters)
    return weights + (last + 1) * people, outputs + 4 * image + people


def _dense(inputs: int, units: tuple[int, ...]) -> tuple[int, int, int]:
    weights, outputs = 0, inputs
    for each in units:
        weights, outputs, inputs = weights + (inputs + 1) * each, outputs + 2 * each, each
    return weights, outputs, inputs


def _cnn(side: int, channels: int, filters: tuple[int, ...], units: tuple[int, ...]) -> tuple[int, int, int]:
    weights = outputs = 0
    for number, each in enumerate(filters):
        side = max(1, (side // 2 if number else side) - 2)
        weights, outputs, channels = weights + (9 * channels + 1) * each, outputs + 2 * side * side * each, each
    dense, more, last = _dense(side * side * channels, units)
    return weights + dense, outputs + more, last


def _residual(side: int, channels: int, filters: tuple[int, ...]) -> tuple[int, int, int]:
    side = max(1, side // 2)
    weights, outputs, channels = 9 * channels * filters[0], 3 * side * side * filters[0], filters[0]
    for number, each in enumerate(filters):
        side = max(1, side // 2) if number else side
        weights += 9 * channels * each + 9 * each * each + (channels * each if number else 0) + 8 * each
        outputs, channels = outputs + 7 * side * side * each, each
    return weights + side * side * channels * filters[-1], outputs, filters[-1]
