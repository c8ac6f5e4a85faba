"""Arrays of an .npz, known by their headers; rows are read from their places when asked for.

numpy.load believes a header and allocates what it claims. Here a header is held against the bytes
that are really there, and no array is in memory as a whole but labels and names.
"""

from __future__ import annotations

import io
import math
import os
import shutil
import struct
import tempfile
import zipfile
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mixcore.data import limits
from mixcore.data.dataset import describe_cause, format_bytes

LOCAL_HEADER = 30  # bytes of a zip entry before its name
KINDS = "biufUS"  # numpy's letters for booleans, whole numbers, floats and text


class Npz:
    """The arrays of a file by name, in its order; ValueError says why it is none.

    Nothing but headers is read. The file stays open as long as this lives.
    """

    def __init__(self, path: Path) -> None:
        self.shown = path.name
        try:
            self._zip = zipfile.ZipFile(path)
            infos = [info for info in self._zip.infolist() if info.filename.endswith(".npy")]
            if len(infos) > limits.MEMBERS:
                raise ValueError(f"it holds {len(infos):,} arrays, over {limits.MEMBERS:,}")
            size = path.stat().st_size
            self.arrays = {
                info.filename.removesuffix(".npy"): Member(self._zip, info, path, size)
                for info in infos
            }
        except Exception as error:  # zipfile and numpy meet hostile bytes: their list is open-ended
            why = describe_cause(error)
            raise ValueError(f"{path.name} is no .npz of plain arrays: {why}.") from None

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def __getitem__(self, name: str) -> Member:
        return self.arrays[name]


class Member:
    """One array: `shape`, `dtype` and its rows; ValueError where header and bytes do not fit.

    Arrays that cannot be used are told of when they are read: others of the file may be of use.
    """

    def __init__(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, size: int
    ) -> None:
        self.name, self._path = info.filename.removesuffix(".npy"), path
        self._zip, self._info = archive, info
        if info.flag_bits & 1:
            raise ValueError("it is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"its array {self.name!r} is packed in a way that numpy does not use")
        if info.header_offset + LOCAL_HEADER + info.compress_size > size:
            raise ValueError("it is cut short")
        self._start = 0  # of the values, after the header
        with archive.open(info) as file:
            self.shape, self._fortran, self.dtype = self._header(file)
        claimed = math.prod(self.shape) * self.dtype.itemsize
        if not self.dtype.hasobject and claimed != info.file_size - self._start:
            raise ValueError(
                f"its array {self.name!r} claims {claimed:,} bytes of values and has "
                f"{max(0, info.file_size - self._start):,}"
            )

    def __len__(self) -> int:
        return self.shape[0] if self.shape else 0

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize

    def load(self, most: int) -> NDArray:
        """The whole array, of at most so many bytes; ValueError where it is larger or damaged."""
        self.check_kind()
        if self.nbytes > most:
            raise ValueError(
                f"{self._path.name}: {self.name} takes {format_bytes(self.nbytes)}, over the limit "
                f"of {format_bytes(most)}."
            )
        values = np.empty(self.nbytes, np.uint8)
        with self._open() as file:
            view = values.data
            done = 0
            while done < len(view):
                part = self._take(file, min(limits.PIECE_BYTES, len(view) - done))
                view[done : done + len(part)] = part
                done += len(part)
        order: Any = "F" if self._fortran else "C"
        return values.view(self.dtype).reshape(self.shape, order=order)

    def rows(self, start: int, stop: int) -> NDArray:
        """Rows start to stop, in memory of their own; ValueError where they cannot be read."""
        if isinstance(self._place, str):
            raise ValueError(self._place)
        file, offset = self._place
        wanted = (stop - start) * self.row_bytes
        found = os.pread(file.fileno(), wanted, offset + start * self.row_bytes)
        if len(found) < wanted:  # the file was rewritten meanwhile; mapped memory would crash
            raise ValueError(f"{self._path.name} is cut short within {self.name}.")
        values = np.frombuffer(found, self.dtype)
        return values.reshape(stop - start, *self.shape[1:]).copy()

    def pieces(self) -> Any:
        """All rows in order, some MB at a time."""
        step = max(1, limits.PIECE_BYTES // max(1, self.row_bytes))
        for start in range(0, len(self), step):
            yield self.rows(start, min(len(self), start + step))

    def check_rows(self) -> None:
        """ValueError where rows cannot be got at: a bomb, or a copy that would be too large."""
        self.check_kind()
        if self._in_place:
            return
        large, packed = self._info.file_size, max(1, self._info.compress_size)
        if large > limits.SMALL_BYTES and large > limits.GROWTH * packed:
            raise ValueError(
                f"{self._path.name} is refused: {self.name} would grow {packed:,} bytes into "
                f"{large:,}, over {limits.GROWTH} times, as no pictures do."
            )
        most = limits.WHOLE_BYTES if self._fortran else limits.COPY_BYTES
        if self.nbytes > most:
            raise ValueError(
                f"{self._path.name}: {self.name} would unpack to {format_bytes(self.nbytes)}, over "
                f"the limit of {format_bytes(most)}: save it with numpy.savez, not compressed and "
                "row by row."
            )
        folder = tempfile.gettempdir()
        if shutil.disk_usage(folder).free < self.nbytes + limits.SPARE_BYTES:
            raise ValueError(
                f"{self._path.name}: {self.name} would unpack to {format_bytes(self.nbytes)}, for "
                f"which {folder} has no room: free some, or save it with numpy.savez."
            )

    @property
    def _in_place(self) -> bool:
        """Whether its rows lie one behind the other in the file itself."""
        return self._info.compress_type == zipfile.ZIP_STORED and not self._fortran

    @cached_property
    def _place(self) -> tuple[IO[bytes], int] | str:
        """A file in which rows lie one behind the other and where the first begins, or why not."""
        try:
            self.check_rows()
            if not self._in_place:
                return self._copy(), 0
            file = open(self._path, "rb")  # noqa: SIM115, it lives as long as this array
            file.seek(self._info.header_offset)
            name, extra = struct.unpack_from("<HH", file.read(LOCAL_HEADER), 26)
            return file, self._info.header_offset + LOCAL_HEADER + name + extra + self._start
        except (OSError, struct.error) as error:
            return f"{self._path.name} cannot be read ({describe_cause(error)})."
        except ValueError as error:
            return str(error)  # kept: a copy that failed is not tried again for every picture

    def _copy(self) -> IO[bytes]:
        """A copy on the disk without a name, which goes when it is closed."""
        out = tempfile.TemporaryFile()  # noqa: SIM115, it lives as long as this array
        if self._fortran:
            whole = self.load(limits.WHOLE_BYTES)
            step = max(1, limits.PIECE_BYTES // max(1, self.row_bytes))
            for start in range(0, len(self), step):
                out.write(np.ascontiguousarray(whole[start : start + step]).data)
        else:
            left = self.nbytes
            with self._open() as file:
                while left:
                    part = self._take(file, min(limits.PIECE_BYTES, left))
                    out.write(part)
                    left -= len(part)
        out.flush()
        return out

    def check_kind(self) -> None:
        """ValueError for values that are no plain numbers or text."""
        if self.dtype.hasobject:
            raise ValueError(
                f"{self._path.name} is no .npz of plain arrays: {self.name} holds Python objects, "
                "which could run code; save numbers or text."
            )
        if self.dtype.kind not in KINDS or not self.dtype.itemsize:
            raise ValueError(
                f"{self._path.name}: {self.name} holds {self.dtype}, which are no numbers or text."
            )

    def _open(self) -> IO[bytes]:
        """The values as they are stored, from the first on."""
        file = self._zip.open(self._info)
        file.read(self._start)
        return file

    def _take(self, file: IO[bytes], size: int) -> bytes:
        try:
            part = file.read(size)
        except Exception as error:  # decompressors have errors of their own
            raise ValueError(
                f"{self._path.name} is damaged within {self.name} ({describe_cause(error)})."
            ) from None
        if not part:
            raise ValueError(f"{self._path.name} is cut short within {self.name}.")
        return part

    def _header(self, file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
        """Shape, whether it lies column by column, and kind of the values."""
        start = file.read(12)
        version = tuple(start[6:8])
        if start[:6] != npy.MAGIC_PREFIX or version not in ((1, 0), (2, 0)):
            raise ValueError(f"{self.name!r} is no array")
        first = version == (1, 0)
        (length,) = struct.unpack_from("<H" if first else "<I", start.ljust(12, b"\0"), 8)
        if length > limits.HEADER_BYTES:
            raise ValueError(f"the header of its array {self.name!r} has {length:,} bytes")
        self._start = (10 if first else 12) + length
        whole = io.BytesIO((start + file.read(limits.HEADER_BYTES))[8 : self._start])
        read = npy.read_array_header_1_0 if first else npy.read_array_header_2_0
        try:
            shape, fortran, dtype = read(whole)
        except Exception:  # a header is parsed as Python, and may break in as many ways
            raise ValueError(f"the header of its array {self.name!r} is broken") from None
        if any(side < 0 for side in shape):
            raise ValueError(f"its array {self.name!r} claims the shape {shape}")
        return shape, bool(fortran) and len(shape) > 1, dtype
