"""What went wrong, where, and what to do about it."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any


class CyclogradError(Exception):
    """An error of the library.

    Attributes
    ----------
    code : str
        A stable name, such as ``"shape-mismatch"``.
    message : str
        What was wrong.
    advice : str or None
        What to do about it.
    file : str or None
        The file in which it was found.
    line, column : int or None
        The place in it, counted from 1.
    subject : str or None
        What of the network is meant.
    """

    code: str
    message: str
    advice: str | None
    file: str | None
    line: int | None
    column: int | None
    subject: str | None

    def __init__(
        self,
        message: str,
        *,
        code: str = "invalid-option",
        advice: str | None = None,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        subject: str | None = None,
        text: str | None = None,
    ) -> None:
        if text is None:
            place = f"{subject}: " if subject else ""
            text = place + message + (f"; {advice}" if advice else "")
        super().__init__(text)
        self.code = code
        self.message = message
        self.advice = advice
        self.file = file
        self.line = line
        self.column = column
        self.subject = subject

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {
            name: getattr(self, name)
            for name in ("code", "advice", "file", "line", "column", "subject")
        }
        return _rebuild, (type(self), self.message, {**fields, "text": str(self)})


def _rebuild(kind: type[CyclogradError], message: str, fields: dict[str, Any]) -> CyclogradError:
    return kind(message, **fields)


class InvalidValueError(CyclogradError, ValueError):
    """A graph, an option, a shape or a number that has no meaning."""


class FileError(CyclogradError, OSError):
    """A file that could not be opened, read or written."""


class MalformedFileError(CyclogradError, ValueError):
    """A file whose content is not of the expected format."""


class NotConvergedError(CyclogradError, ArithmeticError):
    """Somebody asked for numbers, but no equilibrium or no derivative was found."""


class NotDifferentiableError(NotConvergedError):
    """A neuron stands on a kink of its activation, and kinks are refused."""


class TooLargeError(CyclogradError, MemoryError):
    """Sizes beyond what can be represented or held in memory."""


class CancelledError(CyclogradError, RuntimeError):
    """The call was ended from outside."""


_CLASSES: dict[str, type[CyclogradError]] = {
    "file": FileError,
    "malformed-file": MalformedFileError,
    "not-converged": NotConvergedError,
    "overflow": NotConvergedError,
    "blown-up": NotConvergedError,
    "not-differentiable": NotDifferentiableError,
    "too-large": TooLargeError,
    "cancelled": CancelledError,
    "internal": CyclogradError,
}


#: The command's and the library's options that are arguments of another name here.
_ARGUMENTS = {"input-neurons": "inputs", "output-neurons": "outputs", "from": "format", "to": "format"}
_OPTION = re.compile("option '(from|to)'")


def spoken(text: Any) -> Any:
    """A sentence of the library with its options by their names in Python."""
    return _OPTION.sub(lambda found: _ARGUMENTS[found[1]], text) if isinstance(text, str) else text


#: An option with its text between quotation marks, in which there are others.
_QUOTED_TWICE = re.compile(r'((?:in|out)puts) "([^"]*".*)"', re.DOTALL)


def _quoted_once(fields: dict[str, Any]) -> dict[str, Any]:
    """What the library said, without quotation marks around a selection of neurons that has its own."""
    subject = fields.get("subject")
    if not isinstance(subject, str) or not _QUOTED_TWICE.fullmatch(subject):
        return fields
    once = _QUOTED_TWICE.sub(r"\1 \2", subject)
    text = fields.get("text")
    return {**fields, "subject": once, "text": text and text.replace(subject, once, 1)}


def error_from(fields: dict[str, Any]) -> CyclogradError:
    """The exception for what the library said."""
    texts = ("message", "advice", "subject", "text")
    fields = _quoted_once({**fields, **{name: spoken(fields.get(name)) for name in texts}})
    fields = {name: value for name, value in fields.items() if value is not None}
    code = fields.get("code", "internal")
    kind = _CLASSES.get(code, InvalidValueError)
    return kind(
        fields.get("message", "the library gave no reason"),
        code=code,
        **{
            name: fields.get(name)
            for name in ("advice", "file", "line", "column", "subject", "text")
        },
    )


def no_option(name: str, function: Callable[..., Any], more: Iterable[str]) -> tuple[str, str]:
    """What to say of an argument that a function has not: the message, and the advice.

    ``more`` are arguments that the function takes by ``**``, beside those of its signature.
    """
    own = [
        each.name
        for each in inspect.signature(function).parameters.values()
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    known = list(dict.fromkeys([*own, *more]))
    meant = _nearest(name, known)
    hint = f"did you mean {meant!r}? " if meant else ""
    return f"there is no option {name!r}", f"{hint}{function.__name__} takes {', '.join(known)}"


def _nearest(name: str, known: list[str]) -> str | None:
    """The name that is most likely meant, if there is one."""
    of_command = _ARGUMENTS.get(name.replace("_", "-"))
    if of_command in known:
        return of_command
    plain = name.lower().replace("-", "_")
    close = difflib.get_close_matches(plain, known, 1)
    # Such as tol for tolerance.
    parts = [each for each in known if min(len(each), len(plain)) > 2 and (each in plain or plain in each)]
    return next(iter([*close, *parts]), None)
