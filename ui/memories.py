"""What single pages remember between reruns; `ui.session` keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.detection import Detection
    from core.errors import VisageError
    from ui.predict.upload import Upload


MOST_PHOTOS = 20  # that the Predict page answers itself; they stay in memory
PHOTO_BYTES = 200 * 2**20  # of these photos together


@dataclass
class WallMemory:
    """What the wall of photos remembers of one dataset.

    Attributes:
        dataset: Id of that dataset.
        picked: sha256 of the selected photos, on whatever page they are.
        everything: Whether all photos that the filters find are selected.
        version: Counts how often the selection was dropped.
        visits: Counts how often the whole page was drawn: then the browser takes over the selection from here.
        token: Names the page that the browser shows, with both counts.
        given: The selection as it was when the token was made.
        query: What was asked for last; another question begins at the first page.
        page: The page that is open, from 1.
        turns: Counts how often a page was opened by other means than its number.
        opened: sha256 of the photo that is looked at, "" for none.
        forgetting: The person whose photos are about to be erased, "" for none.
        receipt: What forgetting somebody has left to say, until it is closed.
        asked: Counts these questions, so that the menu which asked closes.
    """

    dataset: str = ""
    picked: set[str] = field(default_factory=set)
    everything: bool = False
    version: int = 0
    visits: int = 0
    token: str = ""
    given: tuple[str, ...] = ()
    query: object = None
    page: int = 1
    turns: int = 0
    opened: str = ""
    forgetting: str = ""
    receipt: str = ""
    asked: int = 0

    def turn_to(self, page: int) -> None:
        """Open a page."""
        self.page, self.turns = page, self.turns + 1

    def take_all(self) -> None:
        """Select all that the filters find."""
        self.everything, self.version = True, self.version + 1

    def look_at(self, sha256: str) -> None:
        """Show one photo large; "" closes it."""
        self.opened = sha256

    def forget(self, person: str) -> None:
        """Ask whether a person is to be forgotten; "" drops the question and the receipt."""
        self.forgetting, self.receipt, self.asked = person, "", self.asked + 1

    def clear(self) -> None:
        """Select nothing any more."""
        self.picked, self.everything, self.version = set(), False, self.version + 1


@dataclass(frozen=True)
class Undo:
    """What was done with faces of a batch last.

    Attributes:
        words: What was done, as a sentence.
        numbers: With which faces.
        before: What was said of them before, as `core.batch.given.Given`, by number.
    """

    words: str
    numbers: tuple[int, ...]
    before: Mapping[int, Any]


@dataclass
class BatchMemory:
    """What the batches on the Predict page remember.

    Attributes:
        opened: Name of the directory of the batch that is open, "" for none.
        turn: Counts what was done with faces, so that widgets start afresh.
        album: Whose album is open, "" for none.
        group: Number of the first face of the group that is looked through, None for none.
        pieces: Groups that were taken apart by hand, as numbers of faces.
        looked_at: Number of the face whose photo is shown large, None for none.
        undo: How to take back what was done last, None for nothing.
        notes: What keeping named faces has to say, until something else is done.
        refusal: Why named faces cannot be kept, "" where they can.
    """

    opened: str = ""
    turn: int = 0
    album: str = ""
    group: int | None = None
    pieces: list[tuple[int, ...]] = field(default_factory=list)
    looked_at: int | None = None
    undo: Undo | None = None
    notes: list[str] = field(default_factory=list)
    refusal: str = ""

    def open(self, name: str) -> None:
        """Show another batch, with nothing of it chosen; "" shows none."""
        self.opened, self.album, self.group, self.looked_at = name, "", None, None
        self.pieces, self.undo = [], None
        self.done()

    def done(self) -> None:
        """Take note that something was done with faces: no face is selected any more, no group open."""
        self.notes, self.refusal, self.group, self.turn = [], "", None, self.turn + 1

    def show_album(self, person: str) -> None:
        """Open somebody's album; "" closes it."""
        self.album = person

    def show_group(self, number: int | None) -> None:
        """Look through the group that begins with a face; None closes it."""
        self.group = number

    def look_at(self, number: int | None) -> None:
        """Show the photo of a face large; None closes it."""
        self.looked_at = number


@dataclass
class PhotoMemory:
    """What the Predict page remembers of one photo.

    Attributes:
        marked: Number of the face that is looked at, 0 for none.
        turn: Counts how often a face was looked at, so that the browser shows it each time.
        towards: What the browser brings into view then, "picture" or "card".
        found: Whether a face was just clicked in the picture, so that the page of its card has to open.
        page: The page of cards that is open, from 1.
        turns: Counts how often a page was opened by other means than its number.
        drawn: Faces that were drawn by hand.
        said: Counts what was said about faces, so that what asked for it closes.
        trouble: What went wrong with that; None for nothing.
        words: What it has come to, to be shown once.
    """

    marked: int = 0
    turn: int = 0
    towards: str = ""
    found: bool = False
    page: int = 1
    turns: int = 0
    drawn: list[Detection] = field(default_factory=list)
    said: int = 0
    trouble: VisageError | None = None
    words: str = ""

    def look_at(self, number: int, towards: str) -> None:
        """Mark one face, and bring its card or its place in the picture into view."""
        self.marked, self.turn, self.towards, self.found = number, self.turn + 1, towards, towards == "card"


@dataclass
class PredictMemory:
    """What the Predict page remembers.

    Attributes:
        uploads: Counts cleared uploads, so that the widget starts afresh.
        added: Counts people added, likewise.
        notices: What adding a person or photos has left to say, shown once at the top.
        batch: What the batches remember.
        photos: The photos that are answered on the page itself, the newest first.
        handed: Uploads that wait to become a batch, in the order in which they were chosen.
        answered: What tells the photos apart that are answered already, with the runs that did it.
        halted: Whether a person has stopped the answering of the photos.
        pasted: Counts the pictures that were pasted, to give them names.
        shots: Counts the photos that the camera took, likewise.
        live: The answer to the last frame of the camera, on its way to the browser.
        strangers: One in how many strangers may get a name, by the id of the run.
        single: What is remembered of single photos, by their key.
        everything: Whether the whole page has to follow what was just said about one photo.
    """

    uploads: int = 0
    added: int = 0
    notices: list[str] = field(default_factory=list)
    batch: BatchMemory = field(default_factory=BatchMemory)
    photos: list[Upload] = field(default_factory=list)
    handed: list[UploadedFile] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    halted: bool = False
    pasted: int = 0
    shots: int = 0
    live: dict[str, Any] = field(default_factory=dict)
    strangers: dict[str, int] = field(default_factory=dict)
    single: dict[str, PhotoMemory] = field(default_factory=dict)
    everything: bool = False

    def of(self, key: str) -> PhotoMemory:
        """Return what is remembered of one photo."""
        return self.single.setdefault(key, PhotoMemory())

    def take(self, photos: Sequence[Upload]) -> None:
        """Put photos before those that are there, none twice; where there is no room for all, the oldest go."""
        fresh = list({photo.key: photo for photo in photos}.values())
        new = {photo.key for photo in fresh}
        together = [*fresh, *(photo for photo in self.photos if photo.key not in new)]
        room = sum(size <= PHOTO_BYTES for size in accumulate(len(photo.data) for photo in together))
        self.photos, self.halted = together[: max(1, min(room, MOST_PHOTOS))], False
        gone = len(together) - len(self.photos)
        if gone:
            self.notices.append(f"The page holds {MOST_PHOTOS} photos at most: the {gone} oldest had to go.")

    def drop(self, key: str) -> None:
        """Forget one photo."""
        self.photos = [photo for photo in self.photos if photo.key != key]
        self.single.pop(key, None)

    def clear(self) -> None:
        """Forget all photos."""
        self.photos, self.answered, self.halted, self.single = [], set(), False, {}
