"""Bugs that put B in the wrong place, most of them shipped by peers: some law must find them."""

import numpy as np
import pytest
import torch

from faults import Faults, check, law
from laws import test_laws as laws
from laws import test_laws_flat as flat
from laws import test_parity as parity
from laws import test_parity_openmixup as openmixup
from laws import test_peers_err as errors
from methods import test_methods as methods
from mixcore import Batch, region
from mixcore.regions import fourier
from mixcore.regions.shapes import Box, Dense

faults = Faults()
same_box = law(parity.test_the_same_lam_and_center_give_torchvisions_box)

# What the faults call on, as it was before any of them.
place_box, place_holes, box_mask = region.draw_box, region.draw_holes, Box.mask
spectrum, keep_highest = fourier.make_spectrum, fourier._keep_highest


@faults.found_by(same_box, law(openmixup.test_the_same_lam_and_center_give_its_cutmix_box, lam=0.3))
def kerascv_takes_the_width_of_a_box_from_the_height(patch):
    def box(batch, side, rng, **options):
        h, w = batch.size
        square = Batch(batch.x.new_empty(len(batch), 1, h, h))
        return Box(np.minimum(place_box(square, side, rng, **options).box, [h, h, w, w]), (h, w))

    patch.setattr(region, "draw_box", box)


@faults.found_by(same_box)
def box_has_the_share_as_its_side(patch):
    patch.setattr(
        region, "draw_box", lambda batch, side, *a, **k: place_box(batch, side**2, *a, **k)
    )


@faults.found_by(
    law(laws.test_what_can_be_given_is_obeyed, key="resizemix"),
    law(laws.test_both_paths_agree, method="cutmix"),
    law(flat.test_flat_images_show_the_mask, method="resizemix"),
)
def resizemix_of_openmixup_tells_a_transposed_mask(patch):
    patch.setattr(Box, "mask", lambda box, *device: box_mask(_turned(box), *device))


@faults.found_by(
    law(openmixup.test_resizemix_with_our_way_of_resizing, mode="bilinear", seed=0),
    law(flat.test_flat_images_show_the_mask, method="resizemix"),
)
def box_is_pasted_transposed(patch):
    def put(box, out, a, piece, i):
        if out is not a:
            out.copy_(a)
        y0, y1, x0, x1 = box.window(i)
        there = out[:, x0:x1, y0:y1]
        there.copy_(piece.mT[:, : there.shape[1], : there.shape[2]])

    patch.setattr(Box, "put", put)


@faults.found_by(law(errors.test_openmixup_gridmix_takes_height_for_width, size=errors.TALL))
def gridmix_of_openmixup_draws_in_a_frame_of_w_by_h(patch):
    def holes(batch, side, rng, **options):
        h, w = batch.size
        turned = Batch(batch.x.new_empty(len(batch), 1, w, h))
        mask = torch.ones(len(batch), 1, h, w)
        least = min(h, w)
        drawn = place_holes(turned, side, rng, **options).mask().float()
        mask[..., :least, :least] = drawn[..., :least, :least]
        return Dense(mask)

    patch.setattr(region, "draw_holes", holes)


@faults.found_by(
    law(methods.test_fmix_field_is_the_plain_inverse_fourier_transform),
    law(methods.test_fmix_masks_have_the_statistics_of_the_full_formula, decay=2.0, card=0.17),
)
def fourier_counts_half_a_plane_once(patch):
    def halved(h, w, decay):
        ky, kx, amplitude = spectrum(h, w, decay)
        return ky, kx, amplitude * np.where((kx == 0) | (2 * kx == w), 1, 0.5)

    patch.setattr(fourier, "make_spectrum", halved)


@faults.found_by(
    law(methods.test_fmix_field_is_the_plain_inverse_fourier_transform),
    law(methods.test_fmix_masks_have_the_statistics_of_the_full_formula, decay=1.0, card=0.55),
)
def fmix_as_released_knows_one_wave_across(patch):
    def narrow(h, w, decay):
        ky, kx, amplitude = spectrum(h, w, decay)
        return ky, kx, amplitude * (kx < 2)

    patch.setattr(fourier, "make_spectrum", narrow)


@faults.found_by(law(openmixup.test_fmix_cuts_the_same_field_alike, soft=0.0))
def fmix_keeps_the_lowest_pixels(patch):
    def lowest(values, count):
        return keep_highest(-values, count)

    patch.setattr(fourier, "_keep_highest", lowest)


def _turned(box):
    return Box(box.box[:, [2, 3, 0, 1]], box.size)


@pytest.mark.parametrize(("put", "find"), faults)
def test_a_fault_is_found(put, find):
    check(put, find)
