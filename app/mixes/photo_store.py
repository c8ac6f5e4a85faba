"""PhotoStore: users' own photos in the memory of the server, each user's under one key.

Nothing is written to a disk. What no page has shown for `seconds` is dropped, and so is what
would make one person's photos, or all of them together, take more room than there is. Pure: no
Streamlit, no torch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from app.link.states import PhotoCrop

PHOTOS = 24  # of one person
OWN_BYTES = 64 << 20  # of one person
ALL_BYTES = 512 << 20
EXPIRY = 4 * 3600.0  # seconds without a look
RECENT = 600.0  # who looked within so many seconds is not robbed of photos to make room


@dataclass(frozen=True)
class Upload:
    """A photo that a user brought: its file, its name, a small view, its last crop.

    width and height are those of the whole photo, upright; preview is a JPEG. borrowed: it came
    from an audit, for one look.
    """

    digest: str
    name: str
    data: bytes
    width: int = 0
    height: int = 0
    preview: bytes = b""
    crop: PhotoCrop = PhotoCrop()
    borrowed: bool = False

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.data) + len(self.preview)


@dataclass
class _Shelf:
    uploads: dict[str, Upload] = field(default_factory=dict)
    seen: float = 0.0

    @property
    def size(self) -> int:
        return sum(upload.size for upload in self.uploads.values())


class PhotoStore:
    """Own photos by user key, then by digest, oldest first. Safe from several threads."""

    def __init__(
        self,
        photos: int = PHOTOS,
        own_bytes: int = OWN_BYTES,
        all_bytes: int = ALL_BYTES,
        seconds: float = EXPIRY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.photos, self.own_bytes, self.all_bytes = photos, own_bytes, all_bytes
        self.seconds, self.clock = seconds, clock
        self._shelves: dict[str, _Shelf] = {}
        self._lock = threading.Lock()

    def load(self, key: str) -> dict[str, Upload]:
        """The photos of this user; a copy, which the caller may change."""
        with self._lock:
            self._expire()
            shelf = self._shelves.get(key)
            if shelf is None:
                return {}
            shelf.seen = self.clock()
            return dict(shelf.uploads)

    def add(self, key: str, uploads: Iterable[Upload]) -> list[Upload]:
        """Keep what there is room for, each under a name of its own; what was left out.

        Borrowed photos make room for any other, and the oldest for the newest of their kind.
        """
        with self._lock:
            self._expire()
            shelf = self._shelves.setdefault(key, _Shelf())
            shelf.seen = self.clock()
            left = [upload for upload in uploads if not self._put(shelf, upload)]
            if not shelf.uploads:
                del self._shelves[key]
            return left

    def change_crop(self, key: str, digest: str, crop: PhotoCrop) -> None:
        """Remember how a photo was cut last, if it is still there."""
        with self._lock:
            shelf = self._shelves.get(key)
            if shelf and digest in shelf.uploads:
                shelf.uploads[digest] = replace(shelf.uploads[digest], crop=crop)

    def remove(self, key: str, digest: str) -> None:
        """Drop one photo."""
        with self._lock:
            shelf = self._shelves.get(key)
            if shelf:
                shelf.uploads.pop(digest, None)

    def clear(self, key: str) -> None:
        """Drop all photos of this user."""
        with self._lock:
            self._shelves.pop(key, None)

    @property
    def size(self) -> int:
        """Bytes of all photos."""
        return sum(shelf.size for shelf in self._shelves.values())

    def _expire(self) -> None:
        before = self.clock() - self.seconds
        for key in [key for key, shelf in self._shelves.items() if shelf.seen < before]:
            del self._shelves[key]

    def _put(self, shelf: _Shelf, upload: Upload) -> bool:
        if upload.digest in shelf.uploads:
            return True
        lent = (one.digest for one in list(shelf.uploads.values()) if one.borrowed)
        while not (fits := self._fits(shelf, upload)) and (oldest := next(lent, None)):
            del shelf.uploads[oldest]
        if not fits or not self._make_room(shelf, upload.size):
            return False
        shelf.uploads[upload.digest] = replace(upload, name=_free_name(upload.name, shelf))
        return True

    def _fits(self, shelf: _Shelf, upload: Upload) -> bool:
        return len(shelf.uploads) < self.photos and shelf.size + upload.size <= self.own_bytes

    def _make_room(self, keep: _Shelf, size: int) -> bool:
        """Drop the photos of those who have been away the longest until `size` bytes are free."""
        recent = self.clock() - RECENT
        away = sorted(
            (shelf.seen, key) for key, shelf in self._shelves.items()
            if shelf is not keep and shelf.seen < recent
        )  # fmt: skip
        for _, key in away:
            if self.size + size <= self.all_bytes:
                break
            del self._shelves[key]
        return self.size + size <= self.all_bytes


def _free_name(name: str, shelf: _Shelf) -> str:
    """This name, numbered where another photo has it: phones call many photos image.jpg."""
    taken, path, number = {upload.name for upload in shelf.uploads.values()}, PurePath(name), 1
    free = name
    while free in taken:
        number += 1
        free = f"{path.stem} ({number}){path.suffix}"
    return free


STORE = PhotoStore()
