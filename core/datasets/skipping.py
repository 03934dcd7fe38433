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
    listed += [*_not_chosen(connection), *_empty_folders(connection)]
    return sorted(listed, key=lambda each: each.path)


def _not_chosen(connection: Connection) -> list[SkippedFile]:
    """Return files whose content stands under another path, or under two people and therefore under none."""
    query = """SELECT f.path, f.sha256, coalesce(u.path, x.path) AS chosen FROM files f
               LEFT JOIN used u ON u.sha256 = f.sha256 LEFT JOIN excluded x ON x.sha256 = f.sha256
               WHERE f.reason IS NULL AND f.person != '' AND f.path IS NOT chosen ORDER BY f.sha256, f.path"""
    listed = []
    of_two_people: defaultdict[str, list[str]] = defaultdict(list)
    for path, sha256, chosen in connection.execute(query):
        if chosen is None:
            of_two_people[sha256].append(path)
        else:
            reason = "has the same content as another photo of this person"
            listed.append(SkippedFile(path, reason, f"{chosen} is used; this one may be deleted."))
    for paths in of_two_people.values():
        remedy = f"Delete it where the name is wrong: {', '.join(paths)}."
        listed += [SkippedFile(path, "is filed under two people", remedy) for path in paths]
    return listed


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
