"""Arrays in, arrays, tensors and PNG out: `mixcore.pictures` apart from reading files."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mixcore import pictures

quick = settings(max_examples=40, deadline=None, derandomize=True)


def noise(h, w, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (h, w, 3), dtype=np.uint8)


def ramp(h, w):
    """Red grows with x and green with y, so that a crop tells where it came from."""
    image = np.zeros((h, w, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, w).round()
    image[..., 1] = np.linspace(0, 255, h).round()[:, None]
    return image


# square


def test_a_square_at_its_own_size_is_untouched():
    image = noise(64, 64)
    assert np.array_equal(pictures.square(image, size=64), image)


def test_a_whole_pixel_crop_is_a_plain_slice():
    image = noise(64, 96)
    assert np.array_equal(pictures.square(image, size=64), image[:, 16:80])
    corner = pictures.square(image, size=32, zoom=2, x=0, y=1)
    assert np.array_equal(corner, image[32:, :32])


@quick
@given(
    h=st.integers(1, 70),
    w=st.integers(1, 70),
    size=st.integers(8, 80),
    zoom=st.floats(1, 8),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
)
def test_any_crop_has_its_size_and_only_colors_of_the_picture(h, w, size, zoom, x, y):
    image = np.full((h, w, 3), (10, 130, 250), np.uint8)
    before = image.copy()
    crop = pictures.square(image, size, zoom, x, y)
    assert crop.shape == (size, size, 3)
    assert crop.dtype == np.uint8
    assert (crop == (10, 130, 250)).all()  # flat in, flat out: nothing from outside the frame
    assert np.array_equal(image, before)
    assert np.array_equal(crop, pictures.square(image, size, zoom, x, y))


@quick
@given(zoom=st.floats(1, 8), x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_crop_shows_the_asked_window(zoom, x, y):
    h, w, size = 200, 300, 64
    crop = pictures.square(ramp(h, w), size, zoom, x, y).astype(float)
    side = h / zoom
    center_x = np.clip(x * w, side / 2, w - side / 2)
    center_y = np.clip(y * h, side / 2, h - side / 2)
    assert crop[..., 0].mean() == pytest.approx((center_x - 0.5) / (w - 1) * 255, abs=1)
    assert crop[..., 1].mean() == pytest.approx((center_y - 0.5) / (h - 1) * 255, abs=1)
    span = np.ptp(crop[size // 2, :, 0])
    assert span == pytest.approx(side / (w - 1) * 255 * (size - 1) / size, abs=2.5)


def test_the_frame_is_the_window_that_a_square_shows():
    image = noise(64, 96)
    left, top, right, bottom = map(int, pictures.frame(96, 64, 2, 0.25, 1))
    assert (left, top, right, bottom) == (8, 32, 40, 64)
    crop = pictures.square(image, 32, 2, 0.25, 1)
    assert np.array_equal(crop, image[top:bottom, left:right])


@pytest.mark.parametrize(("h", "w"), [(80, 40), (40, 80), (64, 64), (1, 300)])
def test_a_whole_picture_is_padded_to_a_square(h, w):
    image = np.full((h, w, 3), (250, 0, 30), np.uint8)
    fitted = pictures.fit(image, size=48)
    own = (fitted == (250, 0, 30)).all(-1)
    assert (fitted[~own] == pictures.PADDING).all()
    rows, columns = own.any(1).sum(), own.any(0).sum()
    assert own.sum() == rows * columns  # one upright block, not cut at any side
    assert (rows, columns) == tuple(max(1, round(side * 48 / max(h, w))) for side in (h, w))
    assert abs(own[:24].sum() - own[24:].sum()) <= max(rows, columns)  # in the middle


def test_a_square_picture_fits_as_it_is():
    image = noise(90, 90)
    assert np.array_equal(pictures.fit(image, 64), pictures.square(image, 64))


def test_shrinking_is_antialiased():
    board = np.indices((256, 256)).sum(0) % 2 * 255
    crop = pictures.square(np.repeat(board[..., None], 3, -1).astype(np.uint8), size=32)
    assert abs(crop.astype(int) - 127).max() <= 2  # one pixel in eight would be 0 or 255


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"zoom": 0.5}, r"zoom must be in \[1, 8\], got 0.5"),
        ({"zoom": float("nan")}, r"zoom must be in \[1, 8\], got nan"),
        ({"x": -0.1}, r"x must be in \[0, 1\], got -0.1"),
        ({"y": 1.5}, r"y must be in \[0, 1\], got 1.5"),
        ({"size": 7}, r"size must be in \[8, 2048\], got 7"),
        ({"size": 4096}, r"size must be in \[8, 2048\], got 4096"),
    ],
)
def test_square_refuses_values_with_name_rule_and_value(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        pictures.square(noise(9, 9), **wrong)


@pytest.mark.parametrize(
    ("image", "wrong", "sentence"),
    [
        (noise(9, 9), {"size": 32.5}, "size must be a whole number, got 32.5"),
        (noise(9, 9), {"zoom": "2"}, "zoom must be a number"),
        (noise(9, 9), {"x": True}, "x must be a number"),
        (noise(9, 9) / 255, {}, "uint8 numpy array, got float64"),
        ([[1]], {}, "uint8 numpy array, got <class 'list'>"),
    ],
)
def test_square_refuses_other_kinds(image, wrong, sentence):
    with pytest.raises(TypeError, match=sentence):
        pictures.square(image, **wrong)


@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 4), (9, 9, 1), (0, 9, 3), (1, 9, 9, 3)])
def test_square_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"image must be \(h, w, 3\) and not empty, got \("):
        pictures.square(np.zeros(shape, np.uint8))


# digest


def test_digest_is_a_sha256_of_bytes_or_of_shape_and_pixels():
    assert pictures.digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223"
    image = noise(6, 4)
    assert len(pictures.digest(image)) == 32
    assert pictures.digest(image) == pictures.digest(np.asfortranarray(image))
    assert pictures.digest(image) != pictures.digest(image.reshape(4, 6, 3))
    changed = image.copy()
    changed[0, 0, 0] ^= 1
    assert pictures.digest(image) != pictures.digest(changed)


# tensors


def test_every_level_survives_the_way_into_torch_and_back():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, -1)
    x = pictures.to_tensor(levels, noise(16, 16))
    assert x.shape == (2, 3, 16, 16)
    assert x.dtype == torch.float32
    assert x.is_contiguous()
    assert x[0, 0, 0, 1] == pytest.approx(1 / 255)
    assert (x.min(), x.max()) == (0, 1)
    assert np.array_equal(pictures.to_array(x), np.stack([levels, noise(16, 16)]))
    assert np.array_equal(pictures.to_array(x[1]), noise(16, 16))
    assert np.array_equal(pictures.to_array(x.double()), pictures.to_array(x))


def test_to_array_rounds_half_up_and_clamps():
    x = torch.tensor([-0.5, 0.49 / 255, 0.5 / 255, 1.5 / 255, 254.4 / 255, 1.5]).view(1, 1, 6)
    assert pictures.to_array(x).tolist() == [[0, 0, 1, 2, 254, 255]]


def test_to_array_keeps_rows_columns_and_channels_apart():
    x = torch.zeros(4, 2, 5)
    x[3, 1, 4] = 1
    array = pictures.to_array(x)
    assert array.shape == (2, 5, 4)
    assert array[1, 4].tolist() == [0, 0, 0, 255]
    assert pictures.to_array(torch.ones(2, 1, 3, 5)).shape == (2, 3, 5)


def test_to_array_takes_what_a_model_gives():
    x = torch.full((3, 2, 2), 0.5, requires_grad=True)
    assert (pictures.to_array(x) == 128).all()
    assert (pictures.to_array(x.to(torch.bfloat16)) == 128).all()


@pytest.mark.parametrize(
    ("x", "error", "sentence"),
    [
        (torch.zeros(3, 2, 2, dtype=torch.uint8), TypeError, "floating-point tensor, got torch.ui"),
        (np.zeros((3, 2, 2)), TypeError, "floating-point tensor, got <class 'numpy.ndarray'>"),
        (torch.zeros(2, 2), ValueError, r"got \(2, 2\)"),
        (torch.zeros(2, 2, 3), ValueError, r"1, 3 or 4 channels, got \(2, 2, 3\)"),
        (torch.full((3, 2, 2), float("nan")), ValueError, "must be finite"),
    ],
)
def test_to_array_refuses_what_is_no_picture(x, error, sentence):
    with pytest.raises(error, match=sentence):
        pictures.to_array(x)


def test_to_tensor_refuses_none_and_different_sizes():
    with pytest.raises(ValueError, match="at least one picture"):
        pictures.to_tensor()
    with pytest.raises(ValueError, match=r"share one shape, got \[\(8, 9, 3\), \(9, 8, 3\)\]"):
        pictures.to_tensor(noise(9, 8), noise(8, 9))


# PNG


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4)])
def test_png_is_lossless_and_carries_text(shape):
    image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    data = pictures.png(image, method="cutmix", note="λ = 0.6")
    assert data == pictures.png(image, method="cutmix", note="λ = 0.6")
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.format == "PNG"
        assert np.array_equal(np.asarray(opened), image)
        assert opened.text == {"method": "cutmix", "note": "λ = 0.6"}
    assert b"tEXtmethod\0cutmix" in data


def test_png_refuses_other_shapes_and_text():
    with pytest.raises(ValueError, match=r"\(h, w\) or \(h, w, 3\) or \(h, w, 4\)"):
        pictures.png(np.zeros((5, 7, 2), np.uint8))
    with pytest.raises(TypeError, match="PNG text 'seed' must be a string, got <class 'int'>"):
        pictures.png(noise(5, 7), seed=7)


def test_save_writes_arrays_and_tensors_that_read_back(tmp_path):
    image = noise(9, 11)
    for number, picture in enumerate((image, pictures.to_tensor(image)[0])):
        path = tmp_path / f"{number}.png"
        pictures.save(picture, path)
        assert np.array_equal(pictures.read(path), image)
    pictures.save(image, str(tmp_path / "text.PNG"))
    with pytest.raises(ValueError, match=r"end 'out.jpg' in .png"):
        pictures.save(image, tmp_path / "out.jpg")
