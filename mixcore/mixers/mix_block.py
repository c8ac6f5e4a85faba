"""Mix blocks: small networks that draw the masks of a mix from features and shares.

Papers: Liu, Li, Wu et al., "AutoMix: Unveiling the Power of Mixup for Stronger Classifiers", ECCV
2022, and Qin, Jin, Zhu et al., "Adversarial AutoMixup", ICLR 2024. Formulas as in the authors'
code, JinXins/Adversarial-AutoMixup, which holds both.

Both read features (b, n, c, h, w) of n sources and their shares lam (b, n), and return masks
(b, n, height, width) that sum to 1 at every pixel. Features are standardized by the channels' own
mean and spread where these are known (`fit_features`), which the code leaves to its backbone. All
runs in float32, whatever surrounds it: the code guards against NaNs of half precision instead.

- `PairMixBlock` is AutoMix's, of two sources. With d = c / 2 channels, Q = conv(f_A) and
  K = conv(f_B) by the SAME 1 x 1 convolution; B's logits are softmax(Q K' / sqrt(d)) v(f_B),
  enlarged to the picture BEFORE the sigmoid.
- `SetMixBlock` is AdAutoMix's, of n sources: q, k and v are convolutions of their own, each source
  attends to the sum of the others' keys, and the masks are a softmax over the n enlarged maps.

lam joins the features as one more channel, each source's own share. The released configurations
leave it out for CIFAR's AutoMix, so that masks there know nothing of lam. With that channel a block
starts about where blending is: values begin small but for lam's weight, which makes the mask's
share near lam. What positions are compared by starts at 1 / sqrt(c). In the released code all
starts at .01, so that attention stays flat and the share at 1 / n for long.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

UPSAMPLE = ("bilinear", "nearest")
CENTER, SPREAD = 0.5, 0.25  # of lam, which is standardized as the features are


class MixBlock(nn.Module):
    """Base of mix blocks: standardized features, a channel of lam, masks that sum to 1.

    Args:
        channels: c of the features.
        width: d, channels that positions are compared in; half of c unless given.
        lam_channel: whether lam joins the features as one more channel.
    """

    blending: ClassVar[float]
    """Weight of lam among the values with which a block's masks are about lam."""
    mean: Tensor
    std: Tensor

    def __init__(self, channels: int, *, width: int | None = None, lam_channel: bool = True):
        super().__init__()
        self.channels, self.lam_channel = channels, lam_channel
        self.width = width or max(1, channels // 2)
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))

    def _convolve(self, out: int) -> nn.Conv2d:
        """A 1 x 1 convolution as a block starts with it: of values where it has one channel."""
        made = nn.Conv2d(self.channels + self.lam_channel, out, 1)
        nn.init.normal_(made.weight, std=0.01 if out == 1 else self.channels**-0.5)
        if out == 1 and self.lam_channel:
            nn.init.constant_(made.weight[:, -1:], self.blending)
        assert made.bias is not None
        nn.init.zeros_(made.bias)
        return made

    def fit_features(self, features: Tensor) -> None:
        """Take mean and spread of each channel from features (n, c, h, w)."""
        features = features.float()
        self.mean.copy_(features.mean((0, 2, 3)).view(-1, 1, 1))
        self.std.copy_(features.std((0, 2, 3)).clamp(min=1e-3).view(-1, 1, 1))

    def forward(
        self, features: Tensor, lam: Tensor, size: tuple[int, int], upsample: str = "bilinear"
    ) -> Tensor:
        """Masks of n sources for pictures of a size.

        Args:
            features: (b, n, c, h, w), of the clean pictures.
            lam: (b, n) shares in [0, 1].
            size: height and width of the pictures.
            upsample: "bilinear" or "nearest", how logits get to that size.

        Returns:
            (b, n, height, width) float32 in [0, 1]; the sum over n is exactly 1.

        Raises:
            ValueError: for shapes that do not fit.
        """
        self._check(features, lam, upsample)
        with torch.autocast(features.device.type, enabled=False):
            maps = (features.float() - self.mean) / self.std
            if self.lam_channel:
                share = (lam.to(maps) - CENTER).view(*lam.shape, 1, 1, 1) / SPREAD
                maps = torch.cat([maps, share.expand(-1, -1, 1, *maps.shape[-2:])], 2)
            logits = self._draw_logits(maps)
            options: dict[str, Any] = {} if upsample == "nearest" else {"align_corners": False}
            return self._share_out(F.interpolate(logits, size, mode=upsample, **options))

    def _draw_logits(self, maps: Tensor) -> Tensor:
        raise NotImplementedError

    def _share_out(self, logits: Tensor) -> Tensor:
        raise NotImplementedError

    def _each(self, layer: nn.Conv2d, maps: Tensor) -> Tensor:
        """The layer on every source: (b, n, out, positions)."""
        return layer(maps.flatten(0, 1)).view(*maps.shape[:2], layer.out_channels, -1)

    def _attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """What each position of the query finds: (b, ..., d, hw) thrice to (b, ..., hw)."""
        scores = query.transpose(-1, -2) @ key / self.width**0.5
        return (scores.softmax(-1) @ value.transpose(-1, -2))[..., 0]

    def _check(self, features: Tensor, lam: Tensor, upsample: str) -> None:
        if features.ndim != 5 or features.shape[2] != self.channels:
            raise ValueError(
                f"features must have shape (b, n, {self.channels}, h, w), "
                f"got {tuple(features.shape)}."
            )
        if lam.shape != features.shape[:2]:
            b, n = features.shape[:2]
            raise ValueError(f"lam must have shape ({b}, {n}), got {tuple(lam.shape)}.")
        if upsample not in UPSAMPLE:
            raise ValueError(f"upsample must be one of {', '.join(UPSAMPLE)}, got {upsample!r}.")


class PairMixBlock(MixBlock):
    """AutoMix's block, of two sources.

    Example:
        >>> import torch
        >>> from mixcore.mixers.mix_block import PairMixBlock
        >>> block = PairMixBlock(8)
        >>> masks = block(torch.rand(4, 2, 8, 7, 7), torch.full((4, 2), 0.5), (28, 28))
        >>> masks.shape, bool((masks.sum(1) == 1).all())
        (torch.Size([4, 2, 28, 28]), True)
    """

    blending = 1.0  # sigmoid((lam - .5) / .25) has lam's slope in the middle

    def __init__(self, channels: int, *, width: int | None = None, lam_channel: bool = True):
        super().__init__(channels, width=width, lam_channel=lam_channel)
        self.compare, self.value = self._convolve(self.width), self._convolve(1)

    def _draw_logits(self, maps: Tensor) -> Tensor:
        """B's logits (b, 1, h, w): what each position of A finds in B."""
        if maps.shape[1] != 2:
            raise ValueError(f"AutoMix's block mixes 2 sources, got {maps.shape[1]}.")
        both = self._each(self.compare, maps)
        value = self._each(self.value, maps)
        found = self._attend(both[:, 0], both[:, 1], value[:, 1])
        return found.view(len(maps), 1, *maps.shape[-2:])

    def _share_out(self, logits: Tensor) -> Tensor:
        b = logits.sigmoid()
        return torch.cat([1 - b, b], 1)


class SetMixBlock(MixBlock):
    """AdAutoMix's block, of any number of sources.

    Example:
        >>> import torch
        >>> from mixcore.mixers.mix_block import SetMixBlock
        >>> block = SetMixBlock(8)
        >>> masks = block(torch.rand(4, 3, 8, 7, 7), torch.full((4, 3), 1 / 3), (28, 28))
        >>> masks.shape
        torch.Size([4, 3, 28, 28])
    """

    blending = 0.5  # as of two sources' softmax, which has twice the difference

    def __init__(self, channels: int, *, width: int | None = None, lam_channel: bool = True):
        super().__init__(channels, width=width, lam_channel=lam_channel)
        self.query, self.key = self._convolve(self.width), self._convolve(self.width)
        self.value = self._convolve(1)

    def _draw_logits(self, maps: Tensor) -> Tensor:
        """Logits (b, n, h, w): each source's own values, where it attends to the others."""
        query, key, value = (self._each(f, maps) for f in (self.query, self.key, self.value))
        others = key.sum(1, keepdim=True) - key
        found = self._attend(query, others, value)
        return found.view(*maps.shape[:2], *maps.shape[-2:])

    def _share_out(self, logits: Tensor) -> Tensor:
        """A softmax over the sources, of which the last takes exactly what the others leave."""
        first = logits.softmax(1)[:, :-1]
        return torch.cat([first, (1 - first.sum(1, keepdim=True)).clamp(min=0)], 1)


def mix_pictures(x: Tensor, masks: Tensor) -> Tensor:
    """The mixes of n pictures each, with gradients to the masks.

    Args:
        x: (b, n, c, h, w).
        masks: (b, n, h, w), as a block draws them.

    Returns:
        (b, c, h, w).
    """
    return (x * masks[:, :, None].to(x.dtype)).sum(1)


def mask_loss(
    mask: Tensor, lam: Tensor, *, dead_zone: float = 0.1, per_sample: bool = False
) -> Tensor:
    """How far the mean of A's mask is from lam, beyond a dead zone; AutoMix weighs it by 0.1.

    As released lam is one for the batch, and so is the mean: single masks may be far off as long
    as others make up for it. `per_sample` holds each mask to its own lam.

    Args:
        mask: (b, h, w) A's masks.
        lam: (b,) A's shares.
        dead_zone: how far off costs nothing.
        per_sample: whether each mask counts for itself.

    Returns:
        A number, 0 within the dead zone.

    Example:
        >>> import torch
        >>> from mixcore.mixers.mix_block import mask_loss
        >>> round(float(mask_loss(torch.full((2, 4, 4), 0.8), torch.tensor([0.5, 0.5]))), 3)
        0.2
    """
    gap = mask.mean((1, 2)) - lam.to(mask)
    gap = gap if per_sample else gap.mean()
    return (gap.abs() - dead_zone).clamp(min=0).mean()


def measure_diversity(masks: Tensor) -> Tensor:
    """How different A's masks are from each other: the mean IoU distance of their pairs.

    Each mask is compared where it is at least one half. 0: all alike; 1: no two overlap. Pairs of
    two empty masks count as alike.

    Args:
        masks: (b, h, w) A's masks, b at least 2.

    Returns:
        A number in [0, 1].

    Example:
        >>> import torch
        >>> from mixcore.mixers.mix_block import measure_diversity
        >>> halves = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])
        >>> float(measure_diversity(halves)), float(measure_diversity(halves[[0, 0]]))
        (1.0, 0.0)
    """
    marked = (masks >= 0.5).flatten(1).double()
    both = marked @ marked.T
    area = marked.sum(1)
    either = area[:, None] + area - both
    distance = torch.where(either > 0, 1 - both / either.clamp(min=1), 0.0)
    b = len(masks)
    return distance.sum() / max(1, b * (b - 1))
