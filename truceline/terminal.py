"""What all commands share: options that are times, problems and progress on standard error, exit codes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from truceline.errors import DamagedError, FormError, InputError

T = TypeVar("T")


class Instant(click.ParamType[datetime]):
    """An option that is a time with its zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """Read the time, or say what is wrong with it."""
        from truceline.spacetime import read_instant

        if isinstance(value, datetime):
            return value
        try:
            return read_instant(value)
        except FormError as error:
            self.fail(str(error), param, ctx)


class Length(click.ParamType[timedelta]):
    """An option that is a length of time with its unit."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """Read the length, with or without a blank before its unit, or say what is wrong with it."""
        from truceline.spacetime import read_duration

        if isinstance(value, timedelta):
            return value
        try:
            length = read_duration(value)
        except FormError as error:
            self.fail(str(error), param, ctx)
        if length < timedelta(minutes=1):
            self.fail("a length of time here is at least a minute", param, ctx)
        return length


class Terminated(KeyboardInterrupt):
    """SIGTERM, by which a system or a service ends a program: everything is put away as after Ctrl-C."""


def report_problems(work: Callable[[], T]) -> T:
    """Do the work; print the problems of unusable input and leave with exit code 2, of a damaged record with 3.

    Interrupted, it leaves with 130 (SIGINT) or 143 (SIGTERM), as shells count it.
    """
    try:
        with _hear_termination():
            return work()
    except InputError as error:
        print_problems(error.problems)
        sys.exit(3 if isinstance(error, DamagedError) else 2)
    except KeyboardInterrupt as stop:
        click.echo("interrupted; the earlier output, if there was any, stands as it was", err=True)
        sys.exit(143 if isinstance(stop, Terminated) else 130)


@contextmanager
def _hear_termination() -> Iterator[None]:
    """Raise Terminated on SIGTERM while the work is done; only the main thread can hear signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_: int, __: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def fail(file: object, what: str, expected: str, found: str, do: str) -> NoReturn:
    """Print one problem, and leave with exit code 2."""
    from truceline.model import Problem

    print_problems([Problem(str(file), 0, what, expected, found, do)])
    sys.exit(2)


def read_bytes(path: Path, most: int) -> bytes:
    """Return a file's bytes; leave with exit code 2 where it cannot be read, or has more than `most`."""
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        fail(path, "cannot be read", "a file", error.strerror or str(error), "name another file")
    if len(content) > most:
        fail(path, "too large", f"at most {most:,} bytes", "more", "name another file")
    return content


def say_progress(text: str) -> None:
    """Print one line of progress on standard error."""
    click.echo(f"… {text}", err=True)


def print_problems(problems: Iterable[object]) -> None:
    """Print one problem a line on standard error."""
    for problem in problems:
        click.echo(str(problem), err=True)


def as_dict(problem: object) -> dict[str, Any]:
    """Return a problem as JSON knows it."""
    from dataclasses import asdict

    return asdict(problem)  # type: ignore[call-overload, no-any-return]
