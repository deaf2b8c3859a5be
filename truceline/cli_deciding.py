"""The commands by which people enter something into a record: decisions that they sign, corrections, removals.

Exit codes: 0 done, 2 bad input or usage.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truceline.cli_record import list_witnesses, read_policy, read_private, record, write_new
from truceline.terminal import Instant, fail, read_bytes, report_problems

__all__ = ["record"]

if TYPE_CHECKING:
    from truceline.record.entering import Entered

_PATH = click.Path(path_type=Path)
_KEY = click.option("--key", "key_file", type=_PATH, required=True, metavar="FILE", help="Your own private key.")
_AT = click.option("--at", type=Instant(), metavar="TIME", help="When it was decided; default: now.")
_TO = click.option("--to", type=_PATH, metavar="FILE", help="Write the signed note to FILE; enter nothing.")
_ASK = click.option("--policy", "policy_file", type=_PATH, metavar="FILE", help="Its witnesses are asked to cosign.")
_REASON = click.option("--reason", default="", metavar="TEXT", help="Why.")


def signing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all that is signed: they come to it as `how`, and go on to `enter`."""
    for option in (_ASK, _TO, _AT, _KEY, _REASON):
        command = option(command)
    return command


@record.command()
@click.argument("out", type=_PATH)
@click.argument("incident")
@click.argument("choice", type=click.Choice(["confirm", "contest", "dismiss"]))
@signing
def review(out: Path, incident: str, choice: str, **how: Any) -> None:  # noqa: ANN401
    """Confirm, contest or dismiss an INCIDENT of the run in OUT, as a reviewer that the case lists."""
    enter(out, how, act="review", by="reviewer", subject=incident, choice=choice)


@record.command()
@click.argument("out", type=_PATH)
@click.argument("name")
@click.option("--by", required=True, metavar="BODY", help="The body of the agreement that determines.")
@click.option("--vote", "votes", multiple=True, metavar="MEMBER=VOTE", help="for, against or abstained; repeat.")
@click.option("--dissent", "dissents", multiple=True, metavar="MEMBER=TEXT", help="Why a member disagrees; repeat.")
@signing
def decide(out: Path, name: str, by: str, votes: tuple[str, ...], dissents: tuple[str, ...], **how: Any) -> None:  # noqa: ANN401
    """Enter a determination NAME ("repair-done", "breach <incident>") by a body of the agreement."""
    said = {"votes": split_pairs("--vote", votes), "dissents": split_pairs("--dissent", dissents)}
    enter(out, how, act="determination", by=by, subject=name, **said)


@record.command()
@click.argument("out", type=_PATH)
@click.argument("name")
@click.option("--by", required=True, metavar="PARTY", help="The party that gives notice.")
@signing
def notice(out: Path, name: str, by: str, **how: Any) -> None:  # noqa: ANN401
    """Enter a party's notice NAME."""
    enter(out, how, act="notice", by=by, subject=name)


@record.command()
@click.argument("out", type=_PATH)
@click.argument("leaf", type=click.IntRange(min=0))
@click.option("--by", required=True, metavar="PARTY", help="The party that dissents.")
@signing
def dissent(out: Path, leaf: int, by: str, **how: Any) -> None:  # noqa: ANN401
    """Enter a party's dissent from the decision of a LEAF."""
    enter(out, how, act="dissent", by=by, subject=str(leaf))


@record.command()
@click.argument("out", type=_PATH)
@click.argument("leaf", type=click.IntRange(min=0))
@click.option("--by", default="reviewer", show_default=True, metavar="WHO", help="Who takes back: body or party.")
@signing
def withdraw(out: Path, leaf: int, by: str, **how: Any) -> None:  # noqa: ANN401
    """Take back a decision of your own, by the number of its LEAF; the leaf stays."""
    enter(out, how, act="withdrawal", by=by, subject=str(leaf))


def split_pairs(option: str, pairs: tuple[str, ...]) -> dict[str, str]:
    """Return NAME=TEXT pairs as a table; leave with exit code 2 for one that is none, or a name given twice."""
    table: dict[str, str] = {}
    for name, sign, text in (pair.partition("=") for pair in pairs):
        if not (name.strip() and sign and text.strip()):
            fail(option, "not understood", "NAME=TEXT", f"{name}{sign}{text}", "write both, with = between them")
        if name.strip() in table:
            fail(option, "given twice", "each member once", name.strip(), "say which of the two holds")
        table[name.strip()] = text.strip()
    return table


def enter(out: Path, how: dict[str, Any], **said: Any) -> None:  # noqa: ANN401
    """Sign what was said, and enter it into the record of OUT, or write it to a file for its operator."""
    from truceline.record.entering import enter_note, sign_note_for

    private = read_private(how["key_file"])
    note = report_problems(lambda: sign_note_for(out, private, how["at"], reason=how["reason"], **said))
    if how["to"] is None:
        print_entered(lambda: enter_note(out, note, list_witnesses(how["policy_file"])))
    else:
        report_problems(lambda: write_new(how["to"], note.encode()))
        click.echo(f"{how['to']}: signed; `truceline record take` enters it")


@record.command()
@click.argument("out", type=_PATH)
@click.argument("file", type=_PATH)
@_ASK
def take(out: Path, file: Path, policy_file: Path | None) -> None:
    """Enter what comes from elsewhere: a note that somebody signed (`--to`), or two checkpoints that prove a fork."""
    from truceline.record.entering import enter_fork, enter_note
    from truceline.tlog.forks import MAX_PAIR_BYTES, is_pair

    text = read_bytes(file, MAX_PAIR_BYTES).decode("utf-8", "replace")
    if is_pair(text):
        print_entered(lambda: enter_fork(out, text, read_policy(policy_file) if policy_file else None))
    else:
        print_entered(lambda: enter_note(out, text, list_witnesses(policy_file)))


@record.command()
@click.argument("out", type=_PATH)
@click.argument("leaf", type=click.IntRange(min=0))
@click.option("--reason", required=True, metavar="TEXT", help="What is wrong, and what is right.")
@_ASK
def correct(out: Path, leaf: int, reason: str, policy_file: Path | None) -> None:
    """Say what is wrong in a LEAF, as the operator of the record; the leaf stays as it is."""
    from truceline.record.entering import enter_correction

    print_entered(lambda: enter_correction(out, leaf, reason, list_witnesses(policy_file)))


@record.command()
@click.argument("out", type=_PATH)
@click.argument("what", metavar="SHA256|LEAF")
@click.option("--order", required=True, metavar="TEXT", help="Who ordered it, where and when it is written.")
@_ASK
def remove(out: Path, what: str, order: str, policy_file: Path | None) -> None:
    """Remove kept bytes, or what a leaf says; that there was something stays provable for ever."""
    from truceline.record.entering import remove_by_order

    print_entered(lambda: remove_by_order(out, what, order, list_witnesses(policy_file)))


@record.command()
@click.argument("out", type=_PATH)
@_ASK
def settle(out: Path, policy_file: Path | None) -> None:
    """Finish, or clear away, what an interrupted run left in OUT, and seal the record."""
    from truceline.record.entering import settle_record

    print_entered(lambda: settle_record(out, list_witnesses(policy_file)))


@record.command()
@click.argument("out", type=_PATH)
@click.option("--authority", required=True, metavar="URL", help="Who stamps; nothing but a hash is sent.")
@click.option("--root", "roots", type=_PATH, multiple=True, metavar="PEM", help="Where its certificates must end.")
def stamp(out: Path, authority: str, roots: tuple[Path, ...]) -> None:
    """Have the newest checkpoint of OUT stamped by an RFC 3161 authority: it existed no later than that."""
    from truceline.record.entering import stamp_record
    from truceline.record.stamps import Authority

    asked = Authority(authority, tuple(read_bytes(path, 1 << 20) for path in roots))
    click.echo(str(report_problems(lambda: stamp_record(out, asked))))


def print_entered(work: Callable[[], Entered]) -> None:
    """Do the work, and print which leaf it made and under which checkpoint."""
    done = report_problems(work)
    for line in done.lines():
        click.echo(line)
