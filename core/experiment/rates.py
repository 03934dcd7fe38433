"""The learning-rate finder of a dataset and its settings: photos in, a curve and a suggestion out."""

from __future__ import annotations

from typing import Any

from core.datasets import open_dataset
from core.errors import SettingsError
from core.experiment.lineup import draw_lineup
from core.experiment.photos import prepare_dataset
from core.jobs import Stopped, load_tensorflow
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import Settings
from core.training.rate_finder import RateCurve, find_learning_rate


def check_rate_settings(settings: Settings) -> None:
    """Raise SettingsError where there is no learning rate to find."""
    if settings.model.architecture == "embedding":
        raise SettingsError(
            "With an embedding only the last layer learns, and it is worked out exactly: there is no learning rate to find.",
            "Choose the preset residual, cnn or dense, or start the training as it is.",
        )


def find_rate(settings: Settings, report: Report = silent, should_stop: ShouldStop = never) -> dict[str, Any]:
    """Try rising learning rates on the training photos of a dataset; validation and test photos are not looked at.

    Returns:
        rates, losses (smoothed), suggested (None where the loss has not fallen), words, people, photos.

    Raises:
        VisageError: photos, faces, memory or disk do not suffice, or there is no learning rate to find; says what to do.
        Stopped: somebody asked to stop.
    """
    check_rate_settings(settings)
    open_dataset(settings.data.source)  # a vanished folder is told now, not after TensorFlow has taken its seconds
    load_tensorflow()
    dataset, prepared = prepare_dataset(settings.data.source, settings.face, report, should_stop)
    lineup = draw_lineup(dataset, prepared, settings)
    faces = lineup.parts["train"].teaching(prepared)
    report(Progress("Trying learning rates", 0, 0, "steps", "Loading"))
    curve = find_learning_rate(
        faces,
        len(lineup.people),
        settings,
        report=lambda done, total: report(Progress("Trying learning rates", done, total, "steps")),
        should_stop=should_stop,
    )
    if curve.stopped:
        raise Stopped
    about = {"people": len(lineup.people), "photos": len(faces.rows), "preset": settings.preset}
    found = {"rates": list(curve.rates), "losses": list(curve.losses), "suggested": curve.suggested}
    return {**found, "words": describe(curve, settings.training.learning_rate), **about}


def describe(curve: RateCurve, rate: float) -> str:
    """Return what a curve says, beside the learning rate that is set."""
    if curve.suggested is None:
        return "The loss did not fall at any learning rate. Check the photos and the network, then try again."
    text = f"A learning rate of {curve.suggested:g} is a good start; {rate:g} is set."
    far = max(curve.suggested / rate, rate / curve.suggested)
    return text if far >= 3 else f"{text} They are close, so nothing needs to be changed."
