"""What an import may bring: limits that keep a mistake or a malicious archive from filling memory and disk."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.limits import check_part, setting


@dataclass(frozen=True)
class ImportLimits:
    """Limits of one import; photos in a folder that is opened in place are not counted.

    Raises:
        SettingsError: a value is out of its limits or of the wrong type.
    """

    entries: int = setting(50_000, "Files", "Most files in one upload or archive.", low=1, high=1_000_000)
    expanded_megabytes: int = setting(
        20_000,
        "Unpacked size",
        "Most megabytes that an archive may hold once unpacked.",
        low=1,
        high=1_000_000,
        unit="MB",
    )
    ratio: int = setting(
        200,
        "Compression",
        "A file in an archive may grow by at most this factor: photos hardly shrink, bombs shrink a thousandfold.",
        low=2,
        high=10_000,
    )
    upload_megabytes: int = setting(
        1000, "Upload", "Larger sets are imported as a folder on this computer.", low=1, high=100_000, unit="MB"
    )

    def __post_init__(self) -> None:
        check_part(self, "imports")


IMPORT_LIMITS = ImportLimits()
