"""How far each ready-made set of random changes carries faces towards other people.

    [VISAGE_TEST_PHOTOS=...] python -m benchmarks.measure_drift

Of the built-in faces and, where there are shared photos, of pins40: the mean distance of variants from their face, as a share
of that to the nearest other person, and the share of variants that look more like somebody else (`core.drift`).
"""

from __future__ import annotations

import sys

from benchmarks.trials import photos_folder
from core.experiment import scan_dataset
from core.experiment.drift import drift_of, faces_to_try
from core.jobs import load_tensorflow
from core.settings import AUGMENTATIONS

SEED = 0


def main() -> int:
    load_tensorflow()
    folder = photos_folder()
    for source in ["orl", *([str(folder / "pins40")] if folder else [])]:
        faces = faces_to_try(scan_dataset(source).catalogue)
        for name, changes in AUGMENTATIONS.items():
            found = drift_of(faces, changes, SEED)
            print(f"{source.rpartition('/')[2]}, {len(faces.people)} people, {name}: {found.way:.1%} of the way, "
                  f"{found.lost_share:.1%} look more like somebody else", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
