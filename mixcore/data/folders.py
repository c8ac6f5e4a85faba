"""A folder with a folder a class: names now, pictures when asked for.

Links are followed inside the tree that the folder belongs to: the folder itself, or the repository
or hub cache it is a part of, where DVC, git-annex and hubs keep the files that links stand for.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures
from mixcore.data import limits
from mixcore.data.dataset import Dataset
from mixcore.data.splits import IMAGES, Listing, is_hidden, make_dataset, sort_files

ROOTS = ((".git",), (".dvc",), ("blobs", "snapshots"))  # what lies at the root of such a tree


def open_folder(path: Path) -> Dataset:
    """The data set in a folder; ValueError says in a sentence what is wrong with it."""
    listing = list_files(path)
    found = sort_files(listing, path.name or str(path))

    def read(name: str) -> NDArray[np.uint8]:
        return pictures.read(path / listing.files[name], name)

    return make_dataset(found, read)


def list_files(root: Path) -> Listing:
    """Every file under a folder; ValueError for one that holds too much else to be a data set."""
    if root.resolve().parent == root.resolve():
        raise ValueError(f"{root} is the whole disk: name the folder that holds the class folders.")
    walk = _Walk(root)
    while walk.pending:
        walk.enter(*walk.pending.pop())
    return walk.listing


@dataclass
class _Walk:
    """One way through a folder: what is still to be entered, and what was found.

    pending  folders as the system spells them, each with the real places of links on the way there
    """

    root: Path
    pending: list[tuple[str, tuple[Path, ...]]] = field(default_factory=lambda: [("", ())])
    listing: Listing = field(default_factory=Listing)
    met: int = 0
    images: int = 0
    tree: Path | None = None

    def enter(self, folder: str, above: tuple[Path, ...]) -> None:
        """Take up what lies in a folder."""
        try:
            above = (*above, (self.root / folder).resolve())
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    self._meet(entry, os.path.join(folder, entry.name), above)
        except OSError as error:
            if not folder:
                why = error.strerror or "no reason given"
                raise ValueError(f"{self.root} cannot be opened ({why}).") from None
            self.listing.closed.append(_spell(folder))

    def _meet(self, entry: os.DirEntry[str], place: str, above: tuple[Path, ...]) -> None:
        name = _spell(place)
        if is_hidden(entry.name):
            self.listing.hidden.append(name)
            return
        linked = entry.is_symlink()
        if linked and not self._leads_inside(entry, above):
            self.listing.links.append(name)
            return
        if entry.is_dir():
            self.listing.folders.add(name)
            self.pending.append((place, above if linked else above[:-1]))
        else:
            self.listing.files[name] = place
            self.images += name.lower().endswith(IMAGES)
        self._check_sense()

    def _leads_inside(self, link: os.DirEntry[str], above: tuple[Path, ...]) -> bool:
        """Whether a link's file or folder lies in the same tree, and leads to no place above it."""
        try:
            target = Path(link.path).resolve(strict=True)
        except (OSError, RuntimeError):  # it is broken, or leads to itself
            return False
        self.tree = self.tree or find_tree(self.root)
        if not target.is_relative_to(self.tree):
            return False
        return not any(place.is_relative_to(target) for place in above)

    def _check_sense(self) -> None:
        self.met += 1
        if self.met % limits.STRANGERS == 0 and limits.STRANGE * self.images < self.met:
            raise ValueError(
                f"{self.root} holds {self.images:,} pictures among its first {self.met:,} files: "
                "name the folder that holds the class folders."
            )
        if self.met > limits.FILES:
            raise ValueError(f"{self.root} holds over {limits.FILES:,} files, which is the limit.")


def find_tree(folder: Path) -> Path:
    """The folder itself, or the root of the repository or hub cache that it is a part of."""
    start = folder.resolve()
    for place in (start, *start.parents):
        if any(all((place / name).exists() for name in names) for names in ROOTS):
            return place
    return start


def _spell(place: str) -> str:
    """A name that can be written down, with forward slashes: bytes that are no UTF-8 as \\xNN."""
    return os.fsencode(place).decode("utf-8", "backslashreplace").replace(os.sep, "/")
