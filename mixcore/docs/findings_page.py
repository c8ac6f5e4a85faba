"""docs/findings.md: every lab with what its experiment gave, made from the rows that ship."""

from __future__ import annotations

from mixcore.docs.marks import replace_marked
from mixcore.findings.claims import SHOWN, find_interval, list_values
from mixcore.findings.records import APART, Finding, list_others, load_finding
from mixcore.labs import GROUPS, LabCard, list_labs, read_card

START, END = "<!-- findings: made by python -m mixcore.docs -->", "<!-- findings end -->"


def make_markdown() -> str:
    """A table of all labs, then a section for each finding."""
    cards = [read_card(key) for key in list_labs()]
    cards.sort(key=lambda card: GROUPS.index(card.group))
    lines = ["| lab | question | seeds | claims shown |", "| --- | --- | --- | --- |"]
    sections = []
    for card in cards:
        finding = load_finding(card.key)
        seeds = len(finding.seeds) if finding else ""
        lines.append(f"| {card.title} | {card.question} | {seeds} | {count_shown(card)} |")
        if finding is None:
            continue
        sections += ["", *_describe_finding(card, finding)]
        for other in list_others(card.key):
            again = load_finding(f"{card.key}{APART}{other}")
            if again is not None:
                sections += ["", f"### The same on {other}", "", *_describe_rows(card, again)]
    return "\n".join([*lines, *sections]) + "\n"


def count_shown(card: LabCard) -> str:
    """How many claims of a lab its finding shows, as "4 of 7"."""
    finding = load_finding(card.key)
    if finding is None:
        return "not run yet"
    words = [verdict.word for _, verdict in finding.judge(card.claims)]
    return f"{words.count(SHOWN)} of {len(words)}"


def _describe_finding(card: LabCard, finding: Finding) -> list[str]:
    lines = [f"## {card.title}", "", f"{card.cite}, *{card.paper}*. {card.question}", ""]
    lines += [f"Paper says: {' '.join(card.says)}", ""] if card.says else []
    lines += [f"Reading: {card.reading}.", ""] if card.reading else []
    return lines + _describe_rows(card, finding)


def _describe_rows(card: LabCard, finding: Finding) -> list[str]:
    lines: list[str] = []
    heads = [title.replace("|", "\\|") for title in card.metrics.values()]
    lines += [f"| arm | {' | '.join(heads)} |"]
    lines += [f"| --- |{' --- |' * len(card.metrics)}"]
    for arm in card.arms:
        cells = [_format_cell(list_values(finding.rows, arm, name)) for name in card.metrics]
        lines.append(f"| {arm} | {' | '.join(cells)} |")
    lines += ["", finding.note] if finding.note else []
    lines.append("")
    for claim, verdict in finding.judge(card.claims):
        lines.append(f"- **{verdict.word}**: {claim.sentence}: {verdict}.")
    lines += [
        "",
        "Means with t-intervals at 95 % over seeds; claims are judged by paired differences. Run "
        f"on {finding.day}, torch {finding.versions.get('torch', '?')}: `{finding.command}`",
    ]
    return lines


def _format_cell(values: list[float]) -> str:
    if not values:
        return ""
    mean, low, high = find_interval(values)
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def renew_text(text: str) -> str:
    """The page with what stands between its two marks made anew."""
    return replace_marked(text, START, END, make_markdown())
