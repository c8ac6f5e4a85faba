"""The rules of docs/contributing.md on names, held to every file."""

import ast
import collections
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "mixcore").rglob("*.py"))]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
# What a page's folder is made of may be called alike in each.
ROLES = {"page", "form", "cards", "text", "charts", "export", "table", "controls"}
PARTICLES = {
    "of",
    "at",
    "by",
    "can",
    "has",
    "said",
    "told",
    "shown",
    "lay",
    "take",
    "found",
    "made",
}
TOP = re.compile(
    r"^(?:export )?(?:default )?(?:async )?(?:function\*?|const|let|class) +(\w+)", re.M
)


def test_a_file_name_is_used_once_but_for_the_roles():
    places = collections.defaultdict(list)
    for path in FILES:
        if path.stem not in {"__init__", "__main__"} | ROLES:
            # A lab and an objective are called as the method that they are about.
            room = path.parent.name
            kind = f"{room}: " if room in ("labs", "objectives") else ""
            places[kind + path.stem].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_a_class_name_is_used_once():
    places = collections.defaultdict(list)
    for path, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_public_function_is_a_particle(path):
    names = {node.name for node in TREES[path].body if isinstance(node, ast.FunctionDef)}
    assert names & PARTICLES == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_our_own_modules_are_imported_by_their_names(path):
    aliases = [
        f"{node.module}.{name.name} as {name.asname}"
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in ("app", "mixcore")
        for name in node.names
        if name.asname and name.asname != name.name
    ]
    assert aliases == [] or path == ROOT / "mixcore/__init__.py"  # mixcore.method


@pytest.mark.parametrize("folder", ["pad", "cell_grid", "stage"])
def test_scripts_that_are_joined_use_a_name_once(folder):
    places = collections.defaultdict(list)
    components = ROOT / "app/components"
    shared = [components / "store.js", components / "elements.js"]
    borrowed = {"stage": [components / "pad/packing.js"]}.get(folder, [])
    for path in [*shared, *borrowed, *sorted((components / folder).glob("*.js"))]:
        for name in TOP.findall(path.read_text(encoding="utf-8")):
            places[name].append(path.name)
    assert len(places) > 10
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
