"""First lines of docstrings: what a thing is, in one short sentence without riddles and persons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 90  # characters
PERSONS = re.compile(r"\b(persons?|people)\b", re.IGNORECASE)
PRONOUNS = re.compile(r"\b((some|any|every|no)body|whoever)\b", re.IGNORECASE)
ORDERS = re.compile(r"(Let|Hold|Have)\b")
HEADS = re.compile(r"[A-Z]{3,}( [A-Z]+)*:")
RIDDLES = re.compile(r"(What|How|Which|Where|Who)\b")  # of a room or a class, which is a thing

Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def list_public(path: Path) -> Iterator[tuple[str, Definition]]:
    """The module itself and all that is public in it, methods too, each with its place."""
    place = str(path.relative_to(ROOT))
    module = ast.parse(path.read_text(encoding="utf-8"))
    yield place, module
    waiting: list[tuple[str, ast.AST]] = [(place, module)]
    while waiting:
        owner, node = waiting.pop()
        for part in ast.iter_child_nodes(node):
            if not isinstance(part, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if part.name.startswith("_"):
                continue
            yield f"{owner}:{part.lineno} {part.name}", part
            if isinstance(part, ast.ClassDef):
                waiting.append((place, part))


def explain_line(line: str) -> list[str]:
    """What is wrong with a first line."""
    wrong = [] if len(line) <= MOST else [f"has {len(line)} characters, at most {MOST} are allowed"]
    wrong += [] if line.endswith((".", ":")) else ["does not end its sentence"]
    wrong += [f"speaks of a “{word[0]}”"] if (word := PERSONS.search(line)) else []
    wrong += [f"begins with “{word[0]}”"] if (word := ORDERS.match(line)) else []
    wrong += [f"begins with the head “{word[0]}”"] if (word := HEADS.match(line)) else []
    return wrong


def test_first_lines_say_what_a_thing_is():
    paths = sorted(path for room in ("app", "mixcore") for path in (ROOT / room).rglob("*.py"))
    wrong, count = [], 0
    for path in paths:
        for place, node in list_public(path):
            text = ast.get_docstring(node)
            # What a method does is said once, by its file.
            in_methods = path.parent.name == "methods" and isinstance(node, ast.ClassDef)
            needed = not in_methods and (isinstance(node, ast.Module) or node.col_offset == 0)
            if text is None:
                wrong += [f"{place} has no docstring"] if needed else []
                continue
            count += 1
            line = text.partition("\n")[0]
            wrong += [f"{place} {fault}: {line}" for fault in explain_line(line)]
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and RIDDLES.match(line):
                wrong.append(f"{place} is a riddle: {line}")
            wrong += [f"{place} speaks of “{word[0]}”" for word in PRONOUNS.finditer(text)]
    assert count > 1500
    assert not wrong, "\n".join(wrong)


def test_the_rules_find_what_they_are_for():
    bad = (
        "PAIR: who meets whom.",
        "Let the worker go.",
        "Files that a person brings.",
        "A first line without its end",
        "A line " + "that goes on and on " * 5 + "to its end.",
    )
    assert all(map(explain_line, bad))
    assert not explain_line("Pairings of a batch: each helper returns index (b,).")
