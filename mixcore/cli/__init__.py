"""python -m mixcore: the same declarations from the shell.

Only the command that was asked for is imported and its parser built, so that help, lists and
refusals answer at once and without torch.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NoReturn

from mixcore import __version__

# Each command: the module whose `fill_parser(parser, words)` says what it takes, and its purpose.
COMMANDS = {
    "methods": ("methods_command", "list the methods and their parameters, or say all of one"),
    "objectives": ("objectives_command", "list what a training may ask of a model, or all of one"),
    "mix": ("mix_command", "mix photos into a PNG"),
    "train": ("train_command", "train a small model with a method, and measure it as it learns"),
    "data": ("data_command", "bring data sets to where training finds them"),
    "audit": ("audit_command", "measure over a data set how far labels are from what can be seen"),
    "examples": (
        "examples_command",
        "list, check or make the example runs that ship",
    ),
    "train-evidence": ("train_evidence_command", "train a model whose attention is evidence"),
    "train-mix-block": ("train_mix_block_command", "train a block that draws the masks of a mix"),
    "lab": ("lab_command", "list the labs, or run the experiment of one"),
    "evidence": ("evidence_command", "list or measure what says where an object is"),
}


class UsageError(ValueError):
    """Words that make no command; the message is one sentence."""


class Parser(argparse.ArgumentParser):
    """argparse, but what is wrong is one sentence that proposes the nearest right word."""

    def error(self, message: str) -> NoReturn:
        text = re.sub(r"^argument ([^:]+): ", r"\1: ", message).rstrip(".")
        raise UsageError(f"{text}. {self.prog} --help lists what there is.")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = action.choices
        if choices is not None and value not in choices:
            name = "/".join(action.option_strings) or action.metavar or action.dest
            raise UsageError(suggest_names(f"{name} {value!r}", str(value), choices))

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """The options; UsageError for a word that nothing takes."""
        options, rest = self.parse_known_args(words)
        if rest:
            known = getattr(options, "parser", self)._option_string_actions
            word = rest[0].partition("=")[0]
            raise UsageError(suggest_names(f"option {word}", word, known))
        return options


def suggest_names(what: str, word: str, known: Iterable[str]) -> str:
    """A sentence that there is no such thing, and what was perhaps meant."""
    names = [str(name) for name in known]
    near = difflib.get_close_matches(word, names, 1)
    shown = ", ".join(name for name in names if name not in ("-h", "--help"))
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no {what}.{hint} Known: {shown}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it worked, 2 with one sentence on stderr if it could not."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parse_words(words)
        code = int(options.run(options) or 0)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has gone (`methods | head`): what is left has nowhere to go, and
        # Python would complain of that once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as the shell says of a program that a closed pipe ended
    except KeyboardInterrupt:
        return 130
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        if not is_for_people(error):
            raise
        print(f"mixcore: {describe_refusal(error)}", file=sys.stderr)
        return 2
    return code


def parse_words(words: list[str]) -> argparse.Namespace:
    """The options of the command that the words name."""
    parser = Parser(prog="python -m mixcore", description="Mixup-family augmentation as data.")
    parser.add_argument("--version", action="version", version=f"mixcore {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    named = next((word for word in words if not word.startswith("-")), None)
    for name, (module, purpose) in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        if name == named:
            command.set_defaults(parser=command)
            words = import_module(f"mixcore.cli.{module}").fill_parser(command, words) or words
    return parser.parse(words)


def is_for_people(error: Exception) -> bool:
    """Whether an error's text was written for users; any other is a defect and keeps its trace."""
    return not isinstance(error, RuntimeError) or type(error).__name__ == "NamingError"


def describe_refusal(error: Exception) -> str:
    """Its sentence, in the words of the command line."""
    if isinstance(error, OSError):
        from mixcore.runs.error_text import describe_error

        return describe_error(error)
    text = re.sub(r"\b[Tt]he audit's methods\b", "--method", str(error))
    text = re.sub(
        r"\b[Tt]he (?:run|audit)'s (\w+)", lambda found: f"--{found[1].replace('_', '-')}", text
    )
    return re.sub(r"\b(?:Training|Audit)Request has no parameter\b", "There is no setting", text)
