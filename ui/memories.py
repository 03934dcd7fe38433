"""What single pages remember between reruns; `ui.session` keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field


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


@dataclass
class PredictMemory:
    """What the Predict page remembers.

    Attributes:
        uploads: Counts cleared uploads, so that the widget starts afresh.
        added: Counts people added, likewise.
        notices: What adding a person has left to say, shown once at the top.
    """

    uploads: int = 0
    added: int = 0
    notices: list[str] = field(default_factory=list)
