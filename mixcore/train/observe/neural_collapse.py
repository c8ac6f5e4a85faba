"""Neural collapse of any run: the triangle of three classes, with their mixes.

Fisher et al., "Pushing Boundaries: Mixup's Influence on Neural Collapse" (ICLR 2024). Training
pictures of three classes are mixed by Mixup with uniform lam, whatever the run itself mixes with,
so that runs can be compared; the model sees them in eval mode, where the authors left it in train
mode. What the last layer reads is placed in the plane of its three rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mixcore.class_geometry import (
    ClassTriangle,
    CollapseMeasures,
    MixedFeatures,
    find_means,
    measure_channel,
    measure_collapse,
)
from mixcore.last_layer import find_last_layer, watch_last_layer
from mixcore.moment import Setting, hold_still
from mixcore.params import integer, text
from mixcore.rng import Streams
from mixcore.sheets.panels import Curve, Line, Links, Number, Points, Scatter, Sheet
from mixcore.train.observe import Observation, Observer, observer

COLORS = "a", "b", "c"
BATCH = 128  # pictures that go through the model together
FEWEST = 2  # pictures of a class
DRAWN = 300  # mixes in the picture
ROOM = 1.25  # beyond the outermost point


@observer(
    "Neural collapse",
    summary="The triangle of three classes, their mixes in it, and how far classes have collapsed.",
    cost="A forward pass of some hundred mixes after every epoch.",
    readings={
        "channel": "Channel index",
        "nc1": "NC1, of one class",
        "nc2": "NC2, angles",
        "nc3": "NC3, duality",
        "in_plane": "Share in the plane",
    },
)
class NeuralCollapse(Observer):
    """Three classes of a run, in the plane of their rows of the classifier."""

    classes: str = text(
        "", title="Three classes", help="Three classes by name or number, with commas between; "
        "empty for the first three",
    )  # fmt: skip
    pictures: int = integer(
        40, FEWEST, 500, help="Training pictures of each class", title="Pictures of each"
    )
    mixes: int = integer(600, 100, 5000, help="Mixes that are placed in the triangle")

    def why_not(self, setting: Setting) -> str | None:
        """A sentence where the run has no three such classes, or no linear layer at its end."""
        try:
            classes = self._choose(setting)
            find_last_layer(setting.model)
        except ValueError as error:
            return str(error)
        y = setting.find_pictures(classes, FEWEST).y
        assert y is not None
        for k in classes:
            if (n := int((y == k).sum())) < FEWEST:
                return (
                    f"Neural collapse needs at least {FEWEST} training pictures of a class, and "
                    f"there are {n} of {setting.class_names[k]!r}: choose another class."
                )
        return None

    def observe(self, setting: Setting) -> Observation:
        """Mixes of the three classes as they lie now, and what is measured of them."""
        view = _View(self, setting, self._choose(setting))
        readings = {
            "channel": view.channel, "nc1": view.collapse.within, "nc2": view.collapse.angles,
            "nc3": view.collapse.duality, "in_plane": view.triangle.share_in_plane(view.mixes.h),
        }  # fmt: skip
        return Observation(readings, view.draw())

    def _choose(self, setting: Setting) -> tuple[int, ...]:
        """The numbers of the three classes."""
        names = list(setting.class_names)
        if len(names) < 3:
            raise ValueError(
                f"Neural collapse is seen in a triangle of three classes, and this data set has "
                f"{len(names)}."
            )
        words = [word.strip() for word in self.classes.split(",") if word.strip()] or names[:3]
        found = [_find_class(word, names) for word in words]
        if len(set(found)) != 3:
            raise ValueError(
                f"Neural collapse needs three different classes, got {', '.join(words)}."
            )
        return tuple(found)


def _find_class(word: str, names: list[str]) -> int:
    if word in names:
        return names.index(word)
    if word.isdecimal() and int(word) < len(names):
        return int(word)
    raise ValueError(
        f"There is no class {word!r} to watch: name one, or its number from 0 to {len(names) - 1}."
    )


class PlacedClasses(NamedTuple):
    """Features of a model's mixes of some classes, which a and b number from 0.

    means and rows (k, d) are the classes' mean clean features and rows of the last layer.
    """

    mixes: MixedFeatures
    means: Tensor
    rows: Tensor


def place_classes(
    setting: Setting, classes: Sequence[int], pictures: int, mixes: int
) -> PlacedClasses:
    """Training pictures of these classes, and Mixup of them at uniform lam, in the last layer."""
    batch = setting.find_pictures(classes, pictures)
    assert batch.y is not None
    y = torch.stack([(batch.y == k) for k in classes], 1).long().argmax(1).cpu()
    random = Streams(setting.seed).child("neural collapse").stage("mixes")
    a, b = (torch.from_numpy(random.integers(len(y), size=mixes)) for _ in "ab")
    lam = torch.from_numpy(random.random(mixes))
    share = lam.float().view(-1, 1, 1, 1).to(batch.x.device)
    mixed = share * batch.x[a] + (1 - share) * batch.x[b]
    features = _read_features(setting, torch.cat([batch.x, mixed]))
    rows = find_last_layer(setting.model).weight[list(classes)].detach().cpu()
    means = find_means(features[: len(y)], y, len(classes))
    return PlacedClasses(MixedFeatures(features[len(y) :], y[a], y[b], lam), means, rows)


class _View:
    """The three classes of a model as they lie now."""

    def __init__(self, asked: NeuralCollapse, setting: Setting, classes: tuple[int, ...]) -> None:
        self.names = [setting.class_names[k] for k in classes]
        self.mixes, self.means, self.rows = place_classes(
            setting, classes, asked.pictures, asked.mixes
        )
        self.triangle = ClassTriangle.fit(self.rows)

    @cached_property
    def collapse(self) -> CollapseMeasures:
        """Of mixes of one class each."""
        same = self.mixes.same
        return measure_collapse(self.mixes.h[same], self.mixes.a[same], self.rows)

    @cached_property
    def channel(self) -> float:
        """The channel index."""
        return measure_channel(self.mixes, self.means)

    def draw(self) -> Sheet:
        """The triangle, and how far out mixes lie by lam."""
        index = self.channel
        where = "on the straight line" if abs(index - 1) < 0.15 else (
            "further out than the straight line" if index > 1 else "inside of the straight line"
        )  # fmt: skip
        collapse = self.collapse
        shown = self.triangle.share_in_plane(self.mixes.h)
        return Sheet(
            f"Half-and-half mixes lie *{where}*{{b}} between the classes.",
            Number(index, f"{index:.2f}", "times as far out as the middle of the line", "b"),
            (self._draw_triangle(), self._draw_distance()),
            (
                f"mixes of one class: NC1 = {collapse.within:.3f}, NC2 = {collapse.lengths:.3f} "
                f"(lengths) and {collapse.angles:.3f} (angles), NC3 = {collapse.duality:.2f}",
                "with features that are never negative and a bias NC3 need not shrink",
                f"the plane shows {shown:.0%} of the features' variance; the model is in eval mode",
            ),
        )  # fmt: skip

    def _draw_triangle(self) -> Scatter:
        corners = self.triangle.place(self.means).numpy()
        scale = float(np.linalg.norm(corners - corners.mean(0), axis=1).mean()) or 1.0
        corners, at = corners / scale, self.triangle.place(self.mixes.h).numpy() / scale
        same, mixes = self.mixes.same.numpy(), self.mixes
        larger = torch.where(mixes.lam >= 0.5, mixes.a, mixes.b).tolist()
        far = (0.2 + 0.7 * 2 * (mixes.lam - 0.5).abs()).numpy()
        points = []
        for which, shape in ((~same, "round"), (same, "square")):
            rows = np.flatnonzero(which)[:DRAWN]
            points.append(Points(
                at[rows], "", tuple(COLORS[larger[i]] for i in rows), 3.5,
                np.where(same[rows], 0.5, far[rows]), tuple(self._name_mix(int(i)) for i in rows),
                shape,
            ))  # fmt: skip
        middle = corners.mean(0)
        reach = ROOM * max(1.0, float(np.abs(at - middle).max()))
        named = ", ".join(f"{name} ({word})" for name, word in zip(
            self.names, ("blue", "orange", "purple"), strict=True
        ))  # fmt: skip
        return Scatter(
            title="Last-layer features of mixes, in the plane of three classes",
            caption=f"{named}. Color: the class with the larger share; faint: nearly half and "
            "half. Squares are mixes of one class, diamonds the classes' means.",
            points=(*points, Points(corners, "", COLORS, 8.0, 1.0, shape="diamond")),
            links=(
                Links(corners, corners[[1, 2, 0]], "straight lines between classes", "mute", 0.9),
            ),
            x_range=(middle[0] - reach, middle[0] + reach),
            y_range=(middle[1] - reach, middle[1] + reach),
        )  # fmt: skip

    def _name_mix(self, i: int) -> str:
        lam, a, b = (float(some[i]) for some in (self.mixes.lam, self.mixes.a, self.mixes.b))
        return f"{lam:.2f} {self.names[int(a)]}, {1 - lam:.2f} {self.names[int(b)]}"

    def _draw_distance(self) -> Curve:
        """How far out mixes of two classes lie by lam, as the channel index measures it."""
        edges = np.linspace(0, 1, 11)
        lam, two = self.mixes.lam.numpy(), ~self.mixes.same.numpy()
        means = self.means - self.means.mean(0)
        out = (means[self.mixes.a] + means[self.mixes.b]) / 2
        h = self.mixes.h.double() - self.means.mean(0)
        away = ((h * out).sum(1) / out.square().sum(1).clamp_min(1e-300)).numpy()
        rows = [two & (lam >= low) & (lam <= high) for low, high in pairwise(edges)]
        values = [float(np.mean(away[some])) if some.any() else np.nan for some in rows]
        return Curve(
            title="How far out mixes of two classes lie",
            caption="1 is the straight line between the means of their classes.",
            lines=(
                Line([0, 1], [1, 1], "straight line", "mute", dashed=True, width=1),
                Line((edges[:-1] + edges[1:]) / 2, values, "mixes", "b"),
            ),
            x="lam, share of the first picture", y="distance, in chords", x_range=(0, 1),
            y_range=(min(0.5, np.nanmin(values)), max(1.5, np.nanmax(values))),
        )  # fmt: skip


@torch.no_grad()
def _read_features(setting: Setting, x: Tensor) -> Tensor:
    """What the last layer reads of pictures (n, c, h, w), in eval mode: (n, d) on the CPU."""
    with hold_still(setting.model), watch_last_layer(setting.model) as found:
        for some in x.split(BATCH):
            setting.model(some)
    return torch.cat([features.flatten(1).float().cpu() for features in found])
