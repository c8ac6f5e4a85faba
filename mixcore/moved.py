"""Old import paths of moved modules; they work for one more release, with a warning."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

MOVED = {
    "audit.job": "audit.audit_job",
    "audit.looking": "audit.model_passes",
    "audit.mixes": "audit.one_mix",
    "audit.readme": "docs.audits_table",
    "audit.request": "audit.audit_request",
    "audit.resample": "audit.intervals",
    "audit.rows": "audit.row_builder",
    "audit.shares": "audit.evidence_sums",
    "audit.sources": "audit.audit_sources",
    "audit.table": "audit.table_files",
    "audit.words": "audit.conclusion",
    "cli_audit": "cli.audit_command",
    "cli_data": "cli.data_command",
    "cli_evidence": "cli.evidence_command",
    "cli_methods": "cli.methods_command",
    "cli_mix": "cli.mix_command",
    "cli_output": "cli.output",
    "cli_train": "cli.train_command",
    "cli_training": "cli.train_evidence_command",
    "colour": "warps.color",
    "cutout": "warps.cutout",
    "evidence.attention": "evidence.kinds.attention",
    "evidence.backbone": "evidence.models.lite0_halves",
    "evidence.bundled": "evidence.models.bundled",
    "evidence.cache": "evidence.study.feature_cache",
    "evidence.cam": "evidence.kinds.cam",
    "evidence.captum_maps": "evidence.kinds.captum_maps",
    "evidence.clock": "evidence.timing",
    "evidence.composites": "evidence.study.composites",
    "evidence.controls": "evidence.kinds.control_maps",
    "evidence.exact": "evidence.kinds.exact",
    "evidence.gradcam": "evidence.kinds.gradcam",
    "evidence.hybrid": "evidence.models.hybrid",
    "evidence.normalised": "evidence.models.normalized",
    "evidence.progress": "evidence.study.progress",
    "evidence.providers": "evidence.kinds",
    "evidence.readme": "docs.labels_table",
    "evidence.report": "evidence.study.evaluate_maps",
    "evidence.rollout": "evidence.kinds.rollout",
    "evidence.saliency": "evidence.kinds.spectral_residual",
    "evidence.score": "evidence.study.label_scores",
    "evidence.shared": "evidence.models.shared_pass",
    "evidence.sights": "evidence.specs",
    "evidence.tables": "evidence.study.markdown",
    "evidence.training": "evidence.study.train_hybrids",
    "evidence.trainset": "evidence.study.trainset",
    "evidence.used": "evidence.used_maps",
    "evidence.visible": "evidence.visibility",
    "flags": "cli.flags",
    "fourier": "regions.fourier",
    "grf": "warps.random_fields",
    "heap": "runs.heap",
    "interval": "statistics",
    "marks": "docs.marks",
    "parts": "combine",
    "place": "region",
    "plank": "plan_k",
    "runs.away": "runs.remote",
    "runs.fair": "runs.queue_order",
    "runs.spoken": "runs.number_text",
    "runs.told": "runs.error_text",
    "selfmix": "self_mix",
    "separable": "regions.separable",
    "share": "regions.partition",
    "softfield": "regions.soft_field",
    "table": "docs.methods_table",
    "tiff": "decode.tiff",
    "tones": "decode.tones",
    "train.data": "train.in_memory",
    "train.examples": "train.example_mixes",
    "train.job": "train.training_job",
    "train.measure": "train.evaluate",
    "train.models": "train.model_catalog",
    "train.nets": "train.networks",
    "train.request": "train.training_request",
    "train.rows": "train.metric_rows",
    "train.sees": "train.model_map",
    "train.sources": "train.training_data",
    "view": "warps.views",
    "warp": "warps.geometry",
}
"""Old path -> new path, both below mixcore; CHANGELOG.md lists them."""

RENAMED = {
    "evidence.kinds.control_maps": {
        "Centre": "Center",
    },
    "evidence.models.bundled": {
        "write_hybrid": "write_weights",
    },
    "evidence.models.normalized": {
        "Normalised": "Normalized",
    },
    "pair": {
        "by": "draw_partners",
        "chain": "chain_partners",
        "choose": "choose_partners",
        "itself": "pair_with_itself",
        "shuffle": "shuffle_batch",
    },
    "ratio": {
        "beta": "draw_beta",
        "given": "get_given",
        "uniform": "draw_uniform",
    },
    "label": {
        "agreement": "cosine_agreement",
        "hard": "hard_weight",
        "inside": "share_inside_box",
        "under": "share_under_mask",
    },
    "region": {
        "box": "draw_box",
        "bump": "draw_bump",
        "cells": "draw_cells",
        "fourier": "draw_fourier",
        "grid": "split_frame",
        "holes": "draw_holes",
        "peak": "find_peak",
        "soft_field": "draw_soft_field",
    },
    "combine": {
        "many": "to_plan_k",
        "pick": "pick_values",
        "together": "combine_plans",
    },
    "registry": {
        "get": "find_class",
        "make": "make_method",
    },
    "evidence.kinds": {
        "able": "list_possible",
    },
    "evidence.visibility": {
        "pixels": "count_visible_pixels",
        "shown": "visible_masks",
        "visible": "visible_share",
        "worth": "label_weight",
    },
    "evidence.specs": {
        "SIGHTS": "SPECS",
        "Sight": "Spec",
        "fed": "spec_for_method",
    },
    "train.training_request": {
        "Request": "TrainingRequest",
    },
    "audit.audit_request": {
        "Request": "AuditRequest",
    },
    "regions.fourier": {
        "RandomField": "FourierField",
        "spectrum": "make_spectrum",
    },
    "train.restore": {
        "epochs": "list_epochs",
        "load": "load_model",
        "shape": "read_shape",
    },
}
"""Module below mixcore -> old name of something in it -> new name."""


class _Alias(Loader):
    """The module of the new path, under the old one as well."""

    def __init__(self, new: str) -> None:
        self.new = new

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.new)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # the import system has put the old path's in its place


class _Finder(MetaPathFinder):
    """Finds old paths, by one look into the table an import."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        package, _, old = name.partition(".")
        if package != "mixcore" or old not in MOVED:
            return None
        new = f"mixcore.{MOVED[old]}"
        warn_moved(name, new)
        return ModuleSpec(name, _Alias(new))


def find_renamed(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module in RENAMED: what asks for an old name gets the new one."""
    names = RENAMED[module.removeprefix("mixcore.")]

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warn_moved(f"{module}.{name}", f"{module}.{names[name]}")
        return getattr(sys.modules[module], names[name])

    return find


def warn_moved(old: str, new: str) -> None:
    """Tell the caller of an import, past the import system's own frames, that a name has moved."""
    warnings.warn(
        f"{old} has moved to {new}; the old path goes with the next release.",
        DeprecationWarning,
        stacklevel=3,
    )


def install_aliases() -> None:
    """Make old paths importable; once a process."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
