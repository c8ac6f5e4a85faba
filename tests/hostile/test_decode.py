"""Broken picture files: each gives a picture or one sentence, in little memory."""

import numpy as np
import pytest

from hostile.neighbors import assert_sentence, neighbors
from mixcore.pictures import PictureError, read
from picture_files import file, noise, png16

FILES = {
    **{kind: file(noise(24, 32), kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")},
    "lossless WebP": file(noise(24, 32), "WEBP", lossless=True),
    "16-bit PNG": png16(np.arange(24 * 32 * 3, dtype=np.uint16).reshape(24, 32, 3)),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", FILES)
def test_a_neighbor_of_a_picture_is_a_picture_or_a_sentence(kind, effort):
    for how, data in neighbors(FILES[kind], effort(100)):
        try:
            image = read(data, "a.file")
        except PictureError as error:
            assert_sentence(error)
            continue
        assert image.dtype == np.uint8, how
        assert image.ndim == 3, how
