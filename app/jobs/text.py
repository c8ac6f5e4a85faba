"""Runs in words and shapes. Pure: plain values in, text or safe HTML out."""

from __future__ import annotations

from html import escape

# A state is told by its word and its shape; colour only adds to them.
SHAPES = {
    "queued": "○", "running": "▶", "done": "●", "stopped": "■", "failed": "✕", "diverged": "↗",
    "lost": "?", "unreadable": "!",
}  # fmt: skip


def format_size(count: float) -> str:
    """A number of bytes in words, such as "3.2 MB"."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return (
                f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
            )
        count /= 1000
    return f"{count:.1f} GB"


def format_percent(share: float) -> str:
    """A share as 97.5 %."""
    return f"{100 * share:.1f} %"


def state_html(state: str) -> str:
    """A state as its shape and its word."""
    return (
        f'<span class="state {escape(state)}"><i aria-hidden="true">{SHAPES.get(state, "?")}</i>'
        f"{escape(state)}</span>"
    )


def progress_html(step: int, steps: int) -> str:
    """How far a run is, as a thin bar that a screen reader can read too."""
    share = min(1.0, step / steps) if steps else 0
    return (
        f'<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="{steps}" '
        f'aria-valuenow="{step}" aria-label="steps"><i style="width:{100 * share:.1f}%"></i></div>'
    )


def errors_html(found: list[tuple[str, str, int]]) -> str:
    """The commonest errors as bars: what it was, what it was taken for, how often."""
    if not found:
        return '<p class="note">Not one of the test pictures was classified wrong.</p>'
    most = max(1, found[0][2])
    rows = "".join(
        f"<li><span>{escape(y)} <em>taken for</em> {escape(g)}</span>"
        f'<i style="width:{100 * n / most:.0f}%"></i><b>{n}</b></li>'
        for y, g, n in found
    )
    return f'<ol class="errors">{rows}</ol>'


def measures_html(before: dict, after: dict, names: dict[str, str]) -> str:
    """Two columns of numbers: as trained, and after the temperature."""
    rows = "".join(
        f"<tr><th scope=row>{escape(title)}</th><td>{before[key]:.4f}</td>"
        f"<td>{after[key]:.4f}</td></tr>"
        for key, title in names.items()
    )
    return (
        "<table class=measures><thead><tr><td></td><th scope=col>as trained</th>"
        f"<th scope=col>after T</th></tr></thead><tbody>{rows}</tbody></table>"
    )
