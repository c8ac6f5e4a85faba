"""Parts of a text file that a command makes, between two marks; the rest is left alone."""

from __future__ import annotations


def replace_marked(text: str, start: str, end: str, made: str) -> str:
    """The text with what stands between its two marks made anew; ValueError without the marks."""
    before, first, rest = text.partition(start)
    _, last, after = rest.partition(end)
    if not first or not last:
        raise ValueError(
            f"the text must hold the lines {start!r} and {end!r}, one after the other."
        )
    return f"{before}{start}\n{made}{end}{after}"
