"""Uploads: written to the disk at once, and given back to the server's memory at once."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def _itself(file: UploadedFile, memo: dict[int, Any]) -> UploadedFile:
    return file


# Streamlit copies whatever a widget returns, lest a page changes it: an upload would be in memory twice. Uploads are only read.
UploadedFile.__deepcopy__ = _itself


@contextmanager
def given_back(files: Sequence[UploadedFile]) -> Iterator[None]:
    """Free the memory of uploads after the block, however it ends; they cannot be read any more.

    Streamlit keeps them until the session ends where their widget goes away before the browser has emptied it.
    """
    try:
        yield
    finally:
        context = get_script_run_ctx()
        for file in files:
            if context is not None:
                context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
            file.close()
        if files and sys.platform == "linux":
            with suppress(AttributeError):  # a C library without it
                ctypes.CDLL(None).malloc_trim(0)  # many small blocks stay with the process otherwise
