"""The command line: ``python -m viz draw|step EXPRESSION NAME=NUMBER ...``."""

from __future__ import annotations

import argparse
import keyword
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import draw, step
from .expression import evaluate
from .terminal import find
from .theme import THEMES


class Parser(argparse.ArgumentParser):
    """argparse, with one line for an error."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; a mistake in what was typed is one message and the exit status 2."""
    parser = _parser()
    given = _protect(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(given)
    try:
        value = evaluate(options.expression, _numbers(options.numbers))
        value.name = value.name or "out"
        if options.command == "draw":
            if options.backward:
                value.backward()
            draw(value, theme=options.theme).save(options.output)
        else:
            stepper = step(value, theme=options.theme)
            find(stepper.tracks, options.track)  # before a file is written
            stepper.save(options.output)
            stepper.print(track=options.track)
    except (ValueError, OSError, ImportError) as error:
        parser.exit(2, f"python -m viz {options.command}: {error}\n")
    except ArithmeticError as error:  # of Python's own numbers
        reason = f"a number on the way is out of range ({error.args[-1]}); give smaller ones"
        parser.exit(2, f"python -m viz {options.command}: {reason}\n")
    print(f"wrote {Path(options.output).resolve()}")


def _parser() -> Parser:
    parser = Parser(
        prog="python -m viz",
        description="Draw or step through an expression and its gradients.",
        epilog='example: python -m viz step "(x + y) * z" x=1 y=3 z=-3',
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="draw|step")
    for name, output, text in (
        ("draw", "graph.svg", "draw the graph: .svg, .png, .pdf, .dot, .html or .json"),
        (
            "step",
            "step.html",
            "print the steps of the backward pass, and write them as a page (.html), text (.txt), "
            "a sheet of slides (.svg, .png, .pdf), an animation (.gif) or data (.json)",
        ),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("expression", help='such as "(x + y) * z" or "p = x + y; p * z"')
        command.add_argument("numbers", nargs="*", metavar="NAME=NUMBER", help="such as x=1")
        command.add_argument("-o", "--output", default=output, help=f"{output} by default")
        command.add_argument("--theme", choices=THEMES, default="auto", help="auto by default")
        if name == "draw":
            command.add_argument(
                "--backward",
                action=argparse.BooleanOptionalAction,
                default=True,
                help="compute the gradients first (the default)",
            )
        else:
            command.add_argument(
                "--track",
                default="backward",
                help="which steps are printed: backward (the default), forward, tangent:NAME, "
                "recursive, assign, no-zero-grad or wrong-order",
            )
    return parser


def _protect(arguments: Sequence[str]) -> list[str]:
    """Let an expression begin with a minus, which argparse would take for an option."""
    command, *rest = arguments or ["-h"]
    if rest and rest[0].startswith("-") and rest[0].partition("=")[0] not in OPTIONS:
        rest[0] = f" {rest[0]}"
    return [command, *rest]


OPTIONS = (
    "-h", "--help", "-o", "--output", "--theme", "--track", "--backward", "--no-backward"
)  # fmt: skip


def _numbers(assignments: Sequence[str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for text in assignments:
        name, equals, number = (part.strip() for part in text.partition("="))
        if not equals or not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"{text!r} is not NAME=NUMBER, such as x=1")
        if name in numbers:
            raise ValueError(f"{name} is given twice: {numbers[name]:g} and {number}")
        numbers[name] = _number(name, number)
    return numbers


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        complex(text)
    except ValueError:
        raise ValueError(f"{name}={text}: {text!r} is not a number, such as -1.5 or 2e-3") from None
    raise ValueError(
        f"{name}={text}: complex numbers are not taken here; give a real one, {name}=1.5"
    )


if __name__ == "__main__":
    main()
