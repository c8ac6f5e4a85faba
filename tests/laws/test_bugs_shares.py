"""Bugs of label and share, and of who is mixed with whom, most of them shipped by peers: some law
must find them."""

from functools import partial

import numpy as np
import pytest
import torch

from catalogue import PAIR_KEYS
from faults import Faults, check, large, law
from laws import test_laws as laws
from laws import test_parity as parity
from laws import test_parity_openmixup as openmixup
from mixcore import pair, plan, ratio, region
from mixcore.plan import Plan
from mixcore.regions.shapes import Box
from mixcore.registry import make_method
from mixcore.rng import Streams, make_streams

faults = Faults()
bright = partial(law, laws.test_white_on_black_is_as_bright_as_its_label, dtype=torch.float64)
BREAKERS = laws.BREAKERS["brightness"]
BY_AREA = [key for key in PAIR_KEYS if laws.name(make_method(key)) not in BREAKERS]

# What the faults call on, as it was before any of them.
place_box, ratio_beta, soft_target = region.draw_box, ratio.draw_beta, plan.soft_target
stage, apply = Streams.stage, Plan.apply


@faults.found_by(*(bright(method=key, atol=1e-7) for key in BY_AREA))
def smoothmix_of_openmixup_gives_a_the_share_of_b(patch):
    patch.setattr(Plan, "w_a", property(lambda plan: 1 - plan.area))


@faults.found_by(bright(method="cutmix", atol=1e-7), bright(method="resizemix", atol=1e-7))
def first_cutmix_release_labels_by_the_drawn_lam(patch):
    patch.setattr(Plan, "w_a", property(lambda p: p.area if p.lam is None else p.lam))


@faults.found_by(bright(method="cutmix", atol=1e-7))
def kerascv_labels_by_the_box_before_the_frame_cuts_it(patch):
    def box(batch, side, rng, **options):
        chosen = place_box(batch, side, rng, **options)
        chosen.area = lambda: 1 - np.prod([2 * (n * side // 2) / n for n in batch.size], 0)
        return chosen

    patch.setattr(region, "draw_box", box)


@faults.found_by(bright(method="cutmix", atol=1e-7))
def keras_labels_by_a_box_between_pixels(patch):
    def box(batch, side, rng, **options):
        center = make_streams(rng).stage("place").random((len(batch), 2))
        low, high = ((center + sign * side[:, None] / 2).clip(0, 1) for sign in (-1, 1))
        ends = np.stack([low, high], 2) * np.array(batch.size)[:, None]
        chosen = Box(ends.astype(int).reshape(-1, 4), batch.size)
        chosen.area = lambda: 1 - (high - low).prod(1)
        return chosen

    patch.setattr(region, "draw_box", box)


@faults.found_by(bright(method="cutmix", atol=1e-7), law(laws.test_all_of_a_is_a, method="cutmix"))
def area_counts_both_ends_of_a_side(patch):
    def area(box):
        y0, y1, x0, x1 = box.box.T
        return 1 - (y1 - y0 + 1) * (x1 - x0 + 1) / (box.size[0] * box.size[1])

    patch.setattr(Box, "area", area)


@faults.found_by(law(laws.test_target_rows_sum_to_one, method="mixup"))
def label_of_who_takes_instead_of_who_gives(patch):
    def target(y, index, *rest):
        return soft_target(y, torch.stack([index[:, 0], index[:, 1].argsort()], 1), *rest)

    patch.setattr(plan, "soft_target", target)


@faults.found_by(law(parity.test_timm_mixup, lam=0.3, smoothing=0.1))
def smoothing_leaves_the_class_itself_out(patch):
    def target(y, index, w, classes, smoothing=0.0):
        hard = soft_target(y, index, w, classes)
        return hard * (1 - smoothing) + (1 - hard) * smoothing / (classes - 1)

    patch.setattr(plan, "soft_target", target)


@faults.found_by(
    law(laws.test_lam_follows_the_law_that_is_stated, method=make_method("cutmix", alpha=0.2)),
    *(law(laws.test_every_parameter_changes_something, key=key) for key in ("mixup", "gridmix")),
)
def kerascv_draws_a_lam_that_alpha_does_not_touch(patch):
    patch.setattr(ratio, "draw_beta", lambda batch, alpha, *a, **k: ratio_beta(batch, 1.0, *a, **k))


@faults.found_by(
    law(laws.test_what_can_be_given_is_obeyed, key="mixup"),
    law(parity.test_timm_mixup, lam=0.3, smoothing=0.0),
)
def lam_is_taken_for_the_share_of_b(patch):
    patch.setattr(ratio, "get_given", lambda batch: 1 - batch.given["lam"])


@faults.found_by(
    law(laws.test_lam_follows_the_law_that_is_stated, method=make_method("fmix", reformulate=True))
)
def beta_with_its_two_numbers_swapped(patch):
    def swapped(batch, alpha, rng, *, beta=None, shared=False):
        return ratio_beta(batch, beta or alpha, rng, beta=alpha, shared=shared)

    patch.setattr(ratio, "draw_beta", swapped)


@faults.found_by(law(laws.test_samples_of_a_batch_are_mixed_differently, key="mixup"))
def torchvision_draws_one_lam_for_all(patch):
    def beta(batch, alpha, rng, *, beta=None, shared=False):
        return ratio_beta(batch, alpha, rng, beta=beta, shared=True)

    patch.setattr(ratio, "draw_beta", beta)


@faults.found_by(law(laws.test_turning_alpha_leaves_the_region_where_it_was, key="cutmix"))
def all_stages_draw_from_one_stream(patch):
    patch.setattr(Streams, "stage", lambda streams, name: stage(streams, "all"))


@faults.found_by(large(laws.test_in_place_out_and_fresh_agree_to_the_bit, method="cutmix"))
def partner_is_read_after_it_was_overwritten(patch):
    def walk(plan, chosen, x, chains):
        for i, j in enumerate(plan.index.tolist()):
            chosen.put(x[i], x[i], plan.piece(chosen, x[j], i), i)

    patch.setattr(Plan, "_walk_in_place", walk)


@faults.found_by(law(laws.test_same_seed_same_plan_and_inputs_stay, method="cutmix"))
def timm_writes_into_its_input(patch):
    patch.setattr(Plan, "apply", lambda plan, x: apply(plan, x, in_place=True))


@faults.found_by(
    law(laws.test_pixels_follow_the_mask, method="cutmix"),
    law(openmixup.test_mixup, x=openmixup.X, seed=0),
)
def pixels_of_who_takes_instead_of_who_gives(patch):
    patch.setattr(Plan, "_partner", lambda plan, chosen, x, bent: x[plan.index.argsort()])


@faults.found_by(
    law(parity.test_torchvision_mixup, seed=0),
    law(laws.test_what_can_be_given_is_obeyed, key="mixup"),
)
def partners_are_drawn_though_they_are_given(patch):
    patch.setattr(pair, "draw_partners", pair.choose_partners)


@pytest.mark.parametrize(("put", "find"), faults)
def test_a_fault_is_found(put, find):
    check(put, find)
