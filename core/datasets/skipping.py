"""What of a folder is not used, and what a person should know about what is."""

from __future__ import annotations

from collections import defaultdict
from sqlite3 import Connection

from core.datasets.photo import SkippedFile


def skipped_files(connection: Connection) -> list[SkippedFile]:
    """Return everything that is not used, sorted by path."""
    refused = connection.execute("SELECT path, reason, remedy FROM refused").fetchall()
    unreadable = connection.execute("SELECT path, reason, remedy FROM files WHERE reason IS NOT NULL").fetchall()
    listed = [SkippedFile(*row) for row in (*refused, *unreadable)]
    listed += [*_copies(connection), *_of_two_people(connection), *_empty_folders(connection)]
    return sorted(listed, key=lambda each: each.path)


def _copies(connection: Connection) -> list[SkippedFile]:
    query = "SELECT f.path, u.path FROM files f JOIN used u USING (sha256) WHERE f.reason IS NULL AND f.path != u.path"
    reason = "has the same content as another photo of this person"
    return [SkippedFile(path, reason, f"{used} is used; this one may be deleted.") for path, used in connection.execute(query)]


def _of_two_people(connection: Connection) -> list[SkippedFile]:
    query = """SELECT sha256, path FROM files
               WHERE reason IS NULL AND sha256 NOT IN (SELECT sha256 FROM used) ORDER BY sha256, path"""
    by_content: defaultdict[str, list[str]] = defaultdict(list)
    for sha256, path in connection.execute(query):
        by_content[sha256].append(path)
    return [
        SkippedFile(path, "is filed under two people", f"Delete it where the name is wrong: {', '.join(paths)}.")
        for paths in by_content.values()
        for path in paths
    ]


def _empty_folders(connection: Connection) -> list[SkippedFile]:
    if connection.execute("SELECT value FROM state WHERE name = 'complete'").fetchone() != ("1",):
        return []  # photos that have not been read yet may still fill them
    query = "SELECT path FROM folders WHERE path NOT IN (SELECT folder FROM files WHERE reason IS NULL)"
    reason, remedy = "holds no photo that can be used", "Put photos of this person into it, or remove it."
    return [SkippedFile(f"{row[0]}/", reason, remedy) for row in connection.execute(query)]


def notes(connection: Connection) -> list[str]:
    """Return what is no mistake but should be known, one sentence each."""
    people = [row[0] for row in connection.execute("SELECT DISTINCT person FROM used ORDER BY person LIMIT 2")]
    found = []
    if len(people) == 1:
        found.append(f"{people[0]} is the only person: training needs photos of at least one other person.")
    together: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)
    for path, person, part in connection.execute("SELECT path, person, part FROM folders ORDER BY path"):
        together[person, part].append(path)
    for (person, _), folders in together.items():
        if len(folders) > 1:
            found.append(f"{len(folders)} folders are taken as one person, {person}: {', '.join(folders)}.")
    return found
