"""What a search may change: for each kind of network the settings that matter to it, with ranges to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import SettingsError
from core.settings import Limits, Settings, limits_of, parts_of_settings, types_of, with_values

Value = float | int | str
SEARCHED_PARTS = ("model", "embedding", "training", "augmentation")  # all others change which faces are judged
# What has no effect unless another setting has one of these values.
_NEEDS = {
    "embedding.regularisation": ("embedding.head", ("linear",)),
    "embedding.head_margin": ("embedding.head", ("arcface",)),
    "embedding.scale": ("embedding.head", ("cosine", "arcface")),  # stretches a linear head, which calibration undoes
    "training.weight_decay": ("training.optimizer", ("adamw", "sgd")),
}


@dataclass(frozen=True)
class Range:
    """The values that a search tries for one setting.

    Attributes:
        name: The setting as --set writes it: "training.learning_rate".
        low, high: Inclusive ends of a number; None for a choice.
        log: Whether the number is drawn by its logarithm, as all do that matter by their order of magnitude.
        step: The number is `low` plus a multiple of this; None: any number.
        choices: The words of a choice, as --set writes them; a list of numbers is one word: "512,256,128".

    Raises:
        SettingsError: there is no such setting, it cannot be searched, or the range leaves its limits.
    """

    name: str
    low: float | int | None = None
    high: float | int | None = None
    log: bool = False
    step: float | int | None = None
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        limits = searched_limits(self.name)
        if self.choices:
            for word in self.choices:
                with_values(Settings(), {self.name: word})  # raises where it is no value of that setting
            return
        self._check_numbers(limits)

    def _check_numbers(self, limits: Limits) -> None:
        known = f"{self.name} runs from {limits.low} to {limits.high}."
        if self.low is None or self.high is None or limits.low is None or limits.high is None:
            raise SettingsError(f"The range of {self.name} has no ends.", "Give it a low and a high end, or choices.")
        if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (self.low, self.high)):
            raise SettingsError(f"The range of {self.name} is {self.low!r} to {self.high!r}.", f"Give numbers. {known}")
        if not limits.low <= self.low <= self.high <= limits.high:
            raise SettingsError(f"The range of {self.name} is {self.low} to {self.high}.", known)
        if self.log and self.low <= 0:
            raise SettingsError(f"The range of {self.name} begins at {self.low}.", "A range of magnitudes begins above 0.")

    @property
    def whole(self) -> bool:
        """Whether the numbers are whole."""
        return type_of(self.name) is int

    def holds(self, value: Value) -> bool:
        """Tell whether a value lies in the range."""
        if self.choices:
            return str(value) in self.choices
        assert self.low is not None
        assert self.high is not None
        if isinstance(value, str) or not self.low <= value <= self.high:
            return False
        return self.step is None or abs((value - self.low) / self.step - round((value - self.low) / self.step)) < 1e-9

    def to_json(self) -> dict[str, Any]:
        """Return the range as JSON values."""
        return {name: value for name, value in asdict(self).items() if not (value is None or value is False or value == ())}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Range:
        """Rebuild a range from `to_json`.

        Raises:
            SettingsError: it is no range, or it leaves the setting's limits.
        """
        try:
            return cls(**{**values, "choices": tuple(values.get("choices", ()))})
        except (TypeError, AttributeError) as error:
            raise SettingsError(f"{values!r:.80} is no range.", "Give a name, and low and high or choices.") from error


def type_of(name: str) -> Any:
    """Return the type of the setting with a dotted name."""
    part, _, field = name.partition(".")
    return types_of(parts_of_settings()[part])[field]


def searched_limits(name: str) -> Limits:
    """Return the limits, label and help of a setting that can be searched.

    Raises:
        SettingsError: there is no such setting, or it cannot be searched.
    """
    part, _, field = name.partition(".")
    if part not in SEARCHED_PARTS or field not in types_of(parts_of_settings()[part]):
        raise SettingsError(f"{name} cannot be searched.", f"Settings of {', '.join(SEARCHED_PARTS)} can be.")
    return limits_of(parts_of_settings()[part], field)


_SWITCH = ("false", "true")
_OWN_NETWORK = (
    Range("training.learning_rate", 1e-4, 1e-2, log=True),
    Range("training.batch_size", 8, 64, step=8),
    Range("model.dropout", 0.0, 0.6),
    Range("training.label_smoothing", 0.0, 0.2),
    Range("training.optimizer", choices=("adam", "adamw", "sgd")),
    Range("training.weight_decay", 1e-5, 1e-2, log=True),
    Range("training.class_weights", choices=_SWITCH),
    Range("augmentation.rotation", 0.0, 15.0),
    Range("augmentation.shift", 0.0, 0.1),
    Range("augmentation.brightness", 0.0, 0.3),
    Range("augmentation.erasing", 0.0, 0.5),
)
_LATER = {"training.mixup": (0.0, 0.4)}  # settings that not every version of the program has
# The number of epochs is not in it: validation chooses the best epoch of each training anyway.
_OFFERED: dict[str, tuple[Range, ...]] = {
    "embedding": (
        Range("embedding.head", choices=("linear", "cosine", "arcface")),
        Range("embedding.regularisation", 1e-3, 1.0, log=True),
        Range("embedding.views", 1, 4),
        Range("embedding.head_margin", 0.0, 0.5),
        Range("embedding.scale", 8.0, 64.0, log=True),
        Range("model.mirror_average", choices=_SWITCH),
        Range("training.class_weights", choices=_SWITCH),
    ),
    "residual": (Range("training.learning_rate", 5e-3, 0.2, log=True), *_OWN_NETWORK[1:]),
    "cnn": (*_OWN_NETWORK, Range("model.filters", choices=("16,32,32", "32,64,64", "32,64,128")),
            Range("model.units", choices=("64", "128", "256"))),
    "dense": (*_OWN_NETWORK, Range("model.units", choices=("256,128", "512,256,128", "1024,512,256"))),
}  # fmt: skip
_CHOSEN = {  # what a page switches on at first: few settings need few trials
    "embedding": {"embedding.head", "embedding.regularisation", "embedding.views"},
    "residual": {"training.learning_rate", "training.weight_decay", "model.dropout"},
    "cnn": {"training.learning_rate", "model.dropout", "training.batch_size"},
    "dense": {"training.learning_rate", "model.dropout", "training.batch_size"},
}


def search_space(settings: Settings) -> tuple[Range, ...]:
    """Return the settings that can be searched for this kind of network, with ranges to begin with; the main ones first."""
    architecture = settings.model.architecture
    known = types_of(parts_of_settings()["training"])
    later = [Range(name, *ends) for name, ends in _LATER.items() if name.partition(".")[2] in known]
    offered = [*_OFFERED[architecture], *(later if architecture != "embedding" else [])]
    return tuple(sorted(offered, key=lambda each: each.name not in _CHOSEN[architecture]))


def chosen_space(settings: Settings) -> tuple[Range, ...]:
    """Return the few of `search_space` that matter most."""
    return tuple(each for each in search_space(settings) if each.name in _CHOSEN[settings.model.architecture])


def deciders_first(space: Iterable[Range]) -> tuple[Range, ...]:
    """Return ranges in the order in which they have to be drawn: what decides whether another matters comes before it."""
    deciders = {decider for decider, _ in _NEEDS.values()}
    return tuple(sorted(space, key=lambda each: (each.name not in deciders, each.name)))


def needed_for(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return which setting has to have which values for a setting to have any effect; None where it always has."""
    return _NEEDS.get(name)


def matters(name: str, settings: Settings, drawn: Mapping[str, Value]) -> bool:
    """Tell whether a setting has any effect beside the values drawn so far and, for what is not searched, `settings`."""
    if name not in _NEEDS:
        return True
    decider, words = _NEEDS[name]
    return str(drawn.get(decider, value_of(settings, decider))) in words


def value_of(settings: Settings, name: str) -> Value:
    """Return the value of a setting as a trial names it: a number, or the word that --set would take."""
    part, _, field = name.partition(".")
    value = getattr(getattr(settings, part), field)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    found: Value = value
    return found


def with_params(settings: Settings, params: Mapping[str, Value]) -> Settings:
    """Return `settings` with the values of a trial.

    Raises:
        SettingsError: an unknown name, or a value out of its limits.
    """
    for name, value in params.items():
        part, _, field = name.partition(".")
        if type_of(name) in (float, int):
            changed = replace(getattr(settings, part), **{field: type_of(name)(value)})
            settings = replace(settings, **{part: changed})
        else:
            settings = with_values(settings, {name: str(value)})
    return settings
