"""The parts of the settings joined into the whole."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, fields

from core.settings.faces import AugmentationSettings, DataSettings, FaceSettings, SplitSettings
from core.settings.limits import Limits, check_number, check_part, check_type, types_of
from core.settings.networks import EmbeddingSettings, ModelSettings, OpenSetSettings, TrainingSettings


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run; complete and immutable.

    Raises:
        SettingsError: a value is out of its limits or of the wrong type.
    """

    data: DataSettings = field(default_factory=DataSettings)
    face: FaceSettings = field(default_factory=FaceSettings)
    split: SplitSettings = field(default_factory=SplitSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    openset: OpenSetSettings = field(default_factory=OpenSetSettings)
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
