"""Random changes of the training faces. Validation, test and prediction never see them, and no saved network knows of them.

They are made outside the network, in whole numbers from step to step: a face is placed (one interpolation, however many
ways it moves), lit (one table for brightness and contrast), coloured, and spoilt as poor photos are.
"""

from core.augmentation.changing import change_faces, preview

__all__ = ["change_faces", "preview"]
