"""Reading CSV tables that say who is in which photo: `path,label`, and a `split` column if there is one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from core.datasets.names import part_of
from core.importing.layouts import Claim

MOST_BYTES = 64 * 2**20
_PATHS = ("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img", "photo", "image_id")
_LABELS = ("label", "person", "name", "identity", "class", "subject", "label_name")
_SPLITS = ("split", "part", "subset", "set", "partition")


def read_table(data: bytes) -> dict[str, Claim] | None:
    """Return whose photo each path in a table is; None where it has no columns for paths and names.

    Paths have slashes and no leading "./"; a path with two different names in the table is left out, as is one that leads
    out of the table's folder.
    """
    text = _decoded(data)
    head = text.lstrip().splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=head.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = {str(each).strip().casefold(): each for each in reader.fieldnames or ()}
        path, label = _one_of(_PATHS, columns), _one_of(_LABELS, columns)
        if path is None or label is None:
            return None
        return _claims(list(reader), path, label, _one_of(_SPLITS, columns))
    except csv.Error:
        return None


def _claims(rows: list[dict[str, str | None]], path: str, label: str, split: str | None) -> dict[str, Claim]:
    found: dict[str, Claim] = {}
    doubtful = set()
    for row in rows:
        name, file = (row.get(label) or "").strip(), _relative((row.get(path) or "").strip())
        if not name or not file:
            continue
        claim = Claim(name, part_of((row.get(split) or "").strip()) if split else None)
        if found.setdefault(file, claim).name != name:
            doubtful.add(file)
    return {file: claim for file, claim in found.items() if file not in doubtful}


def _relative(path: str) -> str:
    """Return a path with slashes, without "."; empty where it leads out."""
    parts = [part for part in path.replace("\\", "/").split("/") if part != "."]
    return "" if ".." in parts or (parts and (not parts[0] or parts[0].endswith(":"))) else "/".join(parts)


def _one_of(names: tuple[str, ...], columns: Mapping[str, str]) -> str | None:
    return next((columns[name] for name in names if name in columns), None)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what spreadsheets write where they do not write UTF-8
