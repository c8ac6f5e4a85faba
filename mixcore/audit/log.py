"""AuditLog: the table of a real training's mixes, written from the user's own loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

from mixcore.audit import evidence_sums, report, schema, table_files
from mixcore.audit.evidence_sums import Cover
from mixcore.audit.row_builder import RowBuilder, judge_sources
from mixcore.evidence import visibility
from mixcore.evidence.map import Evidence
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan
from mixcore.version import __version__

FLUSH = 4096  # rows


class AuditLog:
    """Table of a training's mixes: called each step with (plan, y, probs, maps).

    It keeps a row for every mix of the batch.

    Rows are written every few thousand and when the log is closed, which also makes the table and
    the report; `with AuditLog(path) as log:` closes it. The label that is judged is the plan's as
    it is when logged. A picture that was mixed with itself, as a shuffle may have it, has no row;
    the report counts them. It costs milliseconds a mix: log every so many steps of a long training.

    Args:
        path: a folder, made if it is not there; it must not hold a table yet.
        method: what the rows say made the mixes.
        classes: names of the classes, for the report.
        evidence: what the maps are called.

    Raises:
        ValueError: for a folder that holds a table; of a call, for shapes that do not fit and for
            plans of other than two sources.

    Example:
        >>> import tempfile, mixcore, torch
        >>> x, y = torch.rand(4, 3, 16, 16), torch.arange(4)
        >>> plan = mixcore.method("cutmix").plan(mixcore.Batch(x, y), rng=0)
        >>> maps = torch.rand(4, 1, 4, 4)
        >>> with tempfile.TemporaryDirectory() as folder, mixcore.AuditLog(folder) as log:
        ...     log(plan, y, None, maps)
    """

    def __init__(
        self,
        path: str | Path,
        *,
        method: str = "training",
        classes: Sequence[str] = (),
        evidence: str = "the training's own maps",
    ) -> None:
        self.folder = Path(path)
        if (self.folder / table_files.TABLE).exists() or table_files.list_parts(self.folder):
            raise ValueError(f"{self.folder} already holds a table: name a new folder.")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.method, self.classes, self.name = method, list(classes), evidence
        self._rows = RowBuilder((evidence,))
        self._step, self._row, self._part, self._alone = 0, 0, 0, 0

    def __call__(
        self,
        plan: AnyPlan,
        y: Tensor,
        probs: Tensor | None,
        maps: Evidence | Tensor,
        index: Tensor | None = None,
    ) -> None:
        """One step.

        plan   of two sources
        y      (b,) classes of the clean pictures
        probs  (b, k) what the model gives the mixes, rows that sum to 1 (a softmax), or None
        maps   (b, 1, h, w) evidence of the CLEAN pictures; not what made the labels
        index  (b,) which pictures of the data set these are, if known

        ValueError for shapes that do not fit and for plans of other than two sources.
        """
        found = maps if isinstance(maps, Evidence) else Evidence(maps.detach(), self.name)
        self._check(plan, y, probs, found)
        assert isinstance(plan, Plan)
        values = found.values.detach().float().cpu()[:, 0]
        y_ = y.detach().cpu().tolist()
        places = list(range(len(plan))) if index is None else index.detach().cpu().tolist()
        p = None if probs is None else probs.detach().float().cpu()
        for i, j in enumerate(plan.index.tolist()):
            if i == j:
                self._alone += 1
                continue
            cover = Cover(visibility.visible_masks(plan, i))
            by = judge_sources(cover, {self.name: (values[i], values[j])}, self.name)
            w_a, w_b = float(plan.w_a[i]), float(plan.w_b[i])
            self._rows.add(
                row=self._row, block=self._step, method=self.method, control="",
                a=places[i], b=places[j], class_a=y_[i], class_b=y_[j],
                lam=None if plan.lam is None else float(plan.lam[i]), area=float(plan.area[i]),
                w_a=w_a, w_b=w_b, judge=self.name, **by,
                p_a=None if p is None else float(p[i, y_[i]]),
                p_b=None if p is None else float(p[i, y_[j]]),
                entropy=(evidence_sums.entropy(values[i]) + evidence_sums.entropy(values[j])) / 2,
                mismatch=evidence_sums.mismatch(
                    w_a, w_b, evidence_sums.worth(by["s_a"], by["s_b"])
                ),
            )  # fmt: skip
            self._row += 1
        self._step += 1
        if len(self._rows) >= FLUSH:
            self._flush()

    def close(self) -> dict[str, Any]:
        """Write table and report; the summary. ValueError where nothing was logged."""
        self._flush()
        table_files.join_parts(self.folder, self._facts())
        return report.write_report(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        elif len(self._rows):
            self._flush()  # what was logged is kept, in parts

    def _flush(self) -> None:
        if not len(self._rows):
            return
        like = schema.make_schema(self._rows.evidence, table_files.pack_facts(self._facts()))
        table_files.write_part(self.folder, self._part, schema.make_batch(self._rows.columns, like))
        self._part += 1
        self._rows.clear()

    def _facts(self) -> dict[str, Any]:
        return {
            "request": {"data": self.folder.name, "methods": [self.method]},
            "classes": self.classes, "evidence": [self.name], "judge": self.name,
            "seen": self.name, "bound": evidence_sums.BOUND, "skipped": {}, "sizes": [],
            "notes": self._notes(),
            "mixcore": __version__, "torch": torch.__version__,
        }  # fmt: skip

    def _notes(self) -> list[str]:
        notes = ["Logged from a training loop; the maps are the model's as it was then."]
        if self._alone:
            notes.append(f"Mixes of a picture with itself, which have no row: {self._alone:,}.")
        return notes

    def _check(self, plan: AnyPlan, y: Tensor, probs: Tensor | None, maps: Evidence) -> None:
        b = len(plan)
        if not isinstance(plan, Plan):
            raise ValueError("AuditLog takes plans that mix two pictures (mixcore.Plan).")
        if y.shape != (b,):
            raise ValueError(
                f"y must have shape ({b},), one class a picture, got {tuple(y.shape)}."
            )
        if len(maps) != b:
            raise ValueError(f"The plan has {b} mixes, but there are {len(maps)} maps.")
        if probs is not None and (probs.ndim != 2 or len(probs) != b):
            raise ValueError(f"probs must have shape ({b}, classes), got {tuple(probs.shape)}.")
        if probs is None:
            return
        if int(y.max()) >= probs.shape[1]:
            raise ValueError(f"probs has {probs.shape[1]} classes, but y one of {int(y.max())}.")
        total = probs.detach().double().sum(1)
        if bool((probs < 0).any()) or not bool(((total - 1).abs() < 0.01).all()):
            raise ValueError(
                "probs must be >= 0 and sum to 1 for every mix, got sums of "
                f"{float(total.min()):.3g} to {float(total.max()):.3g}: give logits.softmax(1)."
            )
