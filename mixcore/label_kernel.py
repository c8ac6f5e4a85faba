"""Partners near in label, whose probability falls with the distance of their labels.

Yao et al., "C-Mixup: Improving Generalization in Regression", NeurIPS 2022: p_i(j) is proportional
to exp(-|y_i - y_j|^2 / (2 h^2)), i itself among the j. Labels are measured in their own standard
deviations, column by column, so that a bandwidth h means the same for every data set and for every
unit; the released code measures them as they are. All of it is numpy: no torch.

A sample is at distance 0 of itself, so every row has a weight of 1 and none can vanish, however
small h is. Labels of one number are drawn from in about n log n: they are sorted and cut in cells
of width h; a cell is proposed by its count and the kernel at its nearest member, one of its members
evenly, and taken with the share that the kernel there has of that. This is exact, but for cells
farther than REACH h, which all together are less likely than the last bit of a random number.
"""

from __future__ import annotations

import numpy as np

BANDWIDTH = 0.15  # of those who ask for none
KERNELS = ("gaussian", "tophat")
REACH = 11  # cells of width h that are looked at on either side: exp(-REACH^2 / 2) is 5e-27
TABLE = 256  # labels up to which the whole table is the faster way
CHUNK = 1 << 22  # numbers held at once


def label_kernel_table(
    y: np.ndarray,
    bandwidth: float,
    *,
    kernel: str = "gaussian",
    rows: np.ndarray | None = None,
    sd: float | np.ndarray | None = None,
) -> np.ndarray:
    """Probabilities of every partner, (len(rows), n) float64; each row sums to 1.

    Args:
        y: (n,) or (n, d) real labels.
        bandwidth: h > 0 in standard deviations of the labels; infinite makes all alike likely.
        kernel: "gaussian", or "tophat" for all within h alike and none beyond.
        rows: samples whose partners are meant; all of them unless given.
        sd: standard deviation of the labels, a number or (d,), where y is only a part of the data
            set; that of y unless given.

    Returns:
        The table; its memory is 8 bytes times rows times n.

    Raises:
        TypeError: for labels that are no numbers.
        ValueError: for shapes that disagree and values out of range.

    Example:
        >>> import numpy as np
        >>> from mixcore.label_kernel import label_kernel_table
        >>> label_kernel_table(np.array([0.0, 0.0, 1.0]), 0.5).round(3)
        array([[0.474, 0.474, 0.053],
               [0.474, 0.474, 0.053],
               [0.095, 0.095, 0.811]])
    """
    z = _scale_labels(y, bandwidth, kernel, sd)
    weight = _weigh_pairs(z, _check_rows(rows, len(z)), kernel)
    table: np.ndarray = weight / weight.sum(1, keepdims=True)
    return table


def draw_label_neighbors(
    y: np.ndarray,
    bandwidth: float,
    random: np.random.Generator,
    *,
    kernel: str = "gaussian",
    rows: np.ndarray | None = None,
    sd: float | np.ndarray | None = None,
) -> np.ndarray:
    """One partner of each row by the probabilities of label_kernel_table, (len(rows),) int64.

    Labels of one number take about n log n, those of several len(rows) n d.

    Args:
        y: (n,) or (n, d) real labels, those of a batch or of a whole data set.
        bandwidth: as in label_kernel_table, and so are kernel, rows and sd.
        random: generator of the draws.

    Returns:
        Positions in y.

    Raises:
        TypeError: for labels that are no numbers.
        ValueError: for shapes that disagree and values out of range.

    Example:
        >>> import numpy as np
        >>> from mixcore.label_kernel import draw_label_neighbors
        >>> y = np.array([0.0, 0.0, 100.0, 100.0])
        >>> y[draw_label_neighbors(y, 0.1, np.random.default_rng(0))]
        array([  0.,   0., 100., 100.])
    """
    z = _scale_labels(y, bandwidth, kernel, sd)
    chosen = _check_rows(rows, len(z))
    if z.shape[1] > 1 or len(z) <= TABLE:
        return _draw_from_table(z, chosen, kernel, random)
    order = np.argsort(z[:, 0], kind="stable")
    line = z[order, 0]
    draw = _draw_within if kernel == "tophat" else _draw_by_cells
    partners: np.ndarray = order[draw(line, z[chosen, 0], random)]
    return partners


def _scale_labels(
    y: np.ndarray, bandwidth: float, kernel: str, sd: float | np.ndarray | None
) -> np.ndarray:
    """The labels in bandwidths, (n, d) float64; a column whose labels are all alike is 0."""
    labels = np.asarray(y)
    if labels.dtype.kind not in "fiu":
        raise TypeError(f"y must hold numbers, got {labels.dtype}.")
    if labels.ndim not in (1, 2) or 0 in labels.shape:
        raise ValueError(f"y must have shape (n,) or (n, d), got {labels.shape}.")
    labels = labels.astype(np.float64).reshape(len(labels), -1)
    if not np.isfinite(labels).all():
        raise ValueError("y must be finite; drop the samples whose label is not.")
    if not bandwidth >= 1e-100:  # squares of labels in bandwidths must stay finite
        raise ValueError(f"bandwidth must be > 0, at least 1e-100, got {bandwidth!r}.")
    if kernel not in KERNELS:
        raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, got {kernel!r}.")
    labels -= labels.min(0)
    scale = np.asarray(labels.std(0) if sd is None else sd, np.float64)
    if scale.shape not in ((), labels.shape[1:]) or not (np.isfinite(scale) & (scale >= 0)).all():
        raise ValueError(
            f"sd must be a finite number >= 0 or {labels.shape[1]} of them, got {sd!r}."
        )
    return labels / np.where(scale > 0, scale, 1) / bandwidth


def _check_rows(rows: np.ndarray | None, n: int) -> np.ndarray:
    if rows is None:
        return np.arange(n)
    chosen = np.asarray(rows)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
        raise TypeError(f"rows must be positions in y, (m,) whole numbers, got {rows!r}.")
    if len(chosen) and not (chosen.min() >= 0 and chosen.max() < n):
        raise ValueError(f"rows must be in [0, {n - 1}], got {chosen.min()} to {chosen.max()}.")
    return chosen


def _weigh_pairs(z: np.ndarray, rows: np.ndarray, kernel: str) -> np.ndarray:
    """The kernel of every pair, (len(rows), n): 1 for a sample and itself."""
    square = np.zeros((len(rows), len(z)))
    for column in z.T:
        square += (column[rows, None] - column) ** 2
    weight: np.ndarray = (square <= 1) * 1.0 if kernel == "tophat" else np.exp(-square / 2)
    return weight


def _draw_from_table(
    z: np.ndarray, rows: np.ndarray, kernel: str, random: np.random.Generator
) -> np.ndarray:
    """Each row's partner from its whole row of the table, a few rows at a time."""
    partners = np.empty(len(rows), np.int64)
    step = max(1, CHUNK // len(z))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        sums = np.cumsum(_weigh_pairs(z, rows[part], kernel), 1)
        partners[part] = _pick_columns(sums, random)
    return partners


def _pick_columns(sums: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A column of each row by its weight, whose sums from the left are given."""
    mark = (1 - random.random((len(sums), 1))) * sums[:, -1:]  # in (0, sum]: no column of weight 0
    column: np.ndarray = (sums < mark).sum(1)
    return column


def _draw_within(line: np.ndarray, at: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Places in the sorted line within 1 of each number `at`, all alike likely."""
    low = np.searchsorted(line, at - 1, side="left")
    high = np.searchsorted(line, at + 1, side="right")
    place: np.ndarray = low + (random.random(len(at)) * (high - low)).astype(np.int64)
    return place


def _draw_by_cells(line: np.ndarray, at: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Places in the sorted line by the Gaussian kernel of width 1 around each number `at`."""
    cells, first = np.unique(np.floor(line), return_index=True)
    end = np.append(first[1:], len(line))
    own = np.searchsorted(cells, np.floor(at))
    offsets = np.arange(-REACH, REACH + 1)
    # Of every cell the one at each offset, an empty range where there is none.
    other = np.minimum(np.searchsorted(cells, cells[:, None] + offsets), len(cells) - 1)
    there = cells[other] == cells[:, None] + offsets
    begin, count = first[other], np.where(there, end[other] - first[other], 0)
    nearest = np.where(offsets < 0, line[end[other] - 1], line[begin])
    places = np.empty(len(at), np.int64)
    step = CHUNK // len(offsets)
    for start in range(0, len(at), step):
        waiting = np.arange(start, min(start + step, len(at)))
        cell = own[waiting]
        gap = np.where(offsets == 0, 0, nearest[cell] - at[waiting, None])
        sums = np.cumsum(count[cell] * np.exp(-(gap**2) / 2), 1)
        while len(waiting):
            pick = _pick_columns(sums, random)
            row = np.arange(len(waiting))
            spread = count[cell, pick]
            place = begin[cell, pick] + (random.random(len(row)) * spread).astype(np.int64)
            excess = (line[place] - at[waiting]) ** 2 - gap[row, pick] ** 2
            taken = random.random(len(row)) < np.exp(-excess / 2)
            places[waiting[taken]] = place[taken]
            left = ~taken
            waiting, cell, gap, sums = waiting[left], cell[left], gap[left], sums[left]
    return places
