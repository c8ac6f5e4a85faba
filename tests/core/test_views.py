"""Views: what each operation does, where it is applied, and which images it takes."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps

from mixcore import pictures
from mixcore.data import gallery
from mixcore.warps.views import COLOR, GEOMETRY, OPERATIONS, View

X = torch.rand(3, 12, 16, generator=torch.Generator().manual_seed(0))
VALUES = {
    "rotate": (20.0,), "shear": (0.2, -0.1), "translate": (0.2, -0.3), "crop": (0.2, 0.7, 0.1, 0.9),
    "channels": (2, 0, 1), "hue": (0.2,), "posterize": (3,), "solarize": (0.6,),
    "brightness": (0.7,), "contrast": (1.4,), "saturation": (1.3,), "sharpness": (1.8,),
}  # fmt: skip
every_operation = pytest.mark.parametrize("name", OPERATIONS)


def changed(row, *chain):
    return View([chain]).piece(row, 0, (0, row.shape[-2], 0, row.shape[-1]))


def step(name):
    return name, VALUES.get(name, ())


@every_operation
def test_every_operation_takes_any_image(name):
    for shape in [(3, 12, 16), (1, 12, 16), (3, 1, 1), (1, 1, 5), (3, 2, 1)]:
        row = torch.rand(*shape)
        kept = row.clone()
        out = changed(row, step(name))
        assert out.shape == row.shape
        assert out.min() >= 0
        assert out.max() <= 1 + 1e-6
        assert torch.equal(row, kept)
        for dtype in (torch.float16, torch.bfloat16, torch.float64):
            assert changed(row.to(dtype), step(name)).dtype == dtype
    assert not torch.allclose(changed(X, step(name)), X, atol=1e-3)
    asking = X.clone().requires_grad_()
    out = changed(asking, step(name))
    if name not in ("equalize", "posterize"):  # steps, with no slope to follow
        out.sum().backward()
        assert asking.grad.abs().sum() > 0


@every_operation
def test_operations_on_color_refuse_what_is_not_in_0_to_1(name):
    normalized = (X - 0.5) / 0.25
    if name in GEOMETRY:
        changed(normalized, step(name))
        return
    with pytest.raises(ValueError, match=rf"{name} needs images in \[0, 1\], got .* mix first"):
        changed(normalized, step("flip"), step(name))
    with pytest.raises(ValueError, match="got values from nan"):
        changed(X * float("nan"), step(name))
    changed(X.clamp(0, 1) * (1 + 1e-6), step(name))


def test_flip_inside_flips_within_the_window():
    window = (2, 9, 0, 8)
    inside, whole = (View([(("flip", ()),)], inside=flag) for flag in (True, False))
    assert torch.equal(inside.piece(X, 0, window), X[:, 2:9, :8].flip(-1))
    assert torch.equal(whole.piece(X, 0, window), X.flip(-1)[:, 2:9, :8])
    assert inside.rows(np.array([0, 0])) == View([(("flip", ()),)] * 2, True)
    assert inside.piece(X, 0, (3, 3, 0, 16)).shape == (3, 0, 16)


def test_crop_grows_the_chosen_part():
    quarters = torch.zeros(1, 8, 12)
    quarters[:, :4, 6:] = 1
    assert changed(quarters, ("crop", (0, 0.5, 0.5, 1))).min() == 1
    assert changed(quarters, ("crop", (0.5, 1, 0, 1))).max() == 0
    assert torch.equal(changed(X, ("crop", (0, 1, 0, 1))), X)
    last = changed(X, ("crop", (0.999, 1, 0.999, 1)))  # rounds to less than a pixel: the last one
    assert torch.allclose(last, X[:, -1:, -1:].expand_as(X))


def test_translate_moves_by_whole_pixels():
    moved = changed(X, ("translate", (0.25, -0.13)))  # 3 rows down, 2.08 columns left
    assert torch.equal(moved[:, 3:, :-2], X[:, :-3, 2:])
    assert moved[:, :3].abs().max() == moved[:, :, -2:].abs().max() == 0


def test_hue_turns_colors_about_gray():
    red = torch.tensor([0.9, 0.1, 0.1])[:, None, None].expand(-1, 2, 2)
    assert torch.allclose(changed(red, ("hue", (1 / 3,))), red.roll(1, 0), atol=1e-6)
    assert torch.allclose(changed(X, ("hue", (0.0,))), X, atol=1e-6)
    gray = torch.full((3, 2, 2), 0.4)
    assert torch.allclose(changed(gray, ("hue", (0.37,))), gray, atol=1e-6)


def test_autocontrast_stretches_each_channel():
    dull = torch.stack([0.2 + 0.5 * X[0], 0.1 * X[1], torch.full_like(X[2], 0.3)])
    out = changed(dull, ("autocontrast", ()))
    assert out.amin((1, 2)).tolist() == pytest.approx([0, 0, 0.3])
    assert out.amax((1, 2)).tolist() == pytest.approx([1, 1, 0.3])


PILLOW = {
    ("autocontrast", ()): ImageOps.autocontrast,
    ("equalize", ()): ImageOps.equalize,
    ("posterize", (3,)): lambda im: ImageOps.posterize(im, 3),
    ("solarize", (0.7,)): lambda im: ImageOps.solarize(im, round(0.7 * 255)),
    ("rotate", (9.0,)): lambda im: im.rotate(9, Image.Resampling.BILINEAR),
    ("shear", (0.2, 0)): lambda im: affine(im, (1, 0.2, 0, 0, 1, 0)),
    ("shear", (0, -0.2)): lambda im: affine(im, (1, 0, 0, -0.2, 1, 0)),
    ("translate", (0, 0.1)): lambda im: affine(im, (1, 0, -6, 0, 1, 0)),
    ("translate", (-0.1, 0)): lambda im: affine(im, (1, 0, 0, 0, 1, 6)),
    ("saturation", (1.6,)): lambda im: ImageEnhance.Color(im).enhance(1.6),
    ("contrast", (0.6,)): lambda im: ImageEnhance.Contrast(im).enhance(0.6),
    ("brightness", (1.3,)): lambda im: ImageEnhance.Brightness(im).enhance(1.3),
    ("sharpness", (1.8,)): lambda im: ImageEnhance.Sharpness(im).enhance(1.8),
}


def affine(image, matrix):
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


@pytest.mark.parametrize("operation", PILLOW, ids=str)
def test_operations_agree_with_pillow(operation):
    """AugMix's code works on Pillow images of 256 levels, ours on floats: a few levels apart."""
    photo = pictures.square(gallery.load("cat"), 64)
    theirs = np.asarray(PILLOW[operation](Image.fromarray(photo))).astype(float)
    row = pictures.to_tensor(photo)[0]
    apart = np.abs(pictures.to_array(changed(row, operation)) - theirs)
    assert np.median(apart) <= 1
    assert np.quantile(apart, 0.95) < 4


def test_a_view_is_data():
    view = View([(step("crop"), step("hue")), ()], inside=True)
    assert eval(repr(view), {"View": View}) == view
    assert set(COLOR) & set(GEOMETRY) == set()


def test_a_view_is_the_same_at_another_size():
    y, x = torch.meshgrid(*[(torch.arange(s) + 0.5) / s for s in (96, 64)], indexing="ij")
    large = torch.stack([y, x, (3 * x + 2 * y).sin() / 2 + 0.5])
    small = torch.nn.functional.avg_pool2d(large, 2)
    for name in GEOMETRY:
        ours = changed(small, step(name))
        pooled = torch.nn.functional.avg_pool2d(changed(large, step(name)), 2)
        assert (ours - pooled).abs().median() < 0.01, name
