"""Archives made by hand, sound and broken, for tests of reading what others bring."""

import io
import struct
import zipfile

import numpy as np
from PIL import Image

RNG = np.random.default_rng(0)
LEVELS = RNG.integers(0, 256, (20, 8, 8, 3)).astype(np.uint8)
CLASSES = np.arange(20) % 2


def header(shape, descr="|u1", fortran=False, text=None, version=1):
    """The first bytes of an array, with a text of one's own in place of what numpy writes."""
    said = text or f"{{'descr': {descr!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}"
    body = said.encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(body))
    return b"\x93NUMPY" + bytes([version, 0]) + length + body


def npz(path, kind=zipfile.ZIP_STORED, **members):
    """An .npz of arrays, or of bytes as they are to stand in it; the path."""
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, value in members.items():
            whole = io.BytesIO()
            if isinstance(value, bytes):
                whole.write(value)
            else:
                np.lib.format.write_array(whole, np.asanyarray(value), allow_pickle=True)
            file.writestr(f"{name}.npy", whole.getvalue())
    return path


def pack(path, files, labels, **more):
    """An .npz of encoded pictures end to end; the path."""
    facts = {
        "data": np.frombuffer(b"".join(files), np.uint8),
        "offsets": np.cumsum([0, *map(len, files)]),
        "labels": np.asarray(labels),
    }
    return npz(path, **{name: value for name, value in (facts | more).items() if value is not None})


def picture_file(seed=0, kind="PNG", side=9):
    """The bytes of a small picture."""
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


PNG = picture_file()


def folder(path, files):
    """A folder with these files by name; names that end in a slash are empty folders; the path."""
    for name, content in files.items():
        place = path / name
        (place if name.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            place.write_bytes(content)
    return path


def archive(path, files):
    """A zip of the same; the path."""
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name), b"" if name.endswith("/") else content)
    return path


def classes(n, *names):
    """n pictures in each of these folders, by name."""
    return {f"{name}/{i}.png": PNG for name in names for i in range(n)}
