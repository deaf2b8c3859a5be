"""The door: arguments in, text and exit codes out.

Exit codes: 0 done, 2 bad input or usage, 3 the record does not verify. Results go to standard
output, progress and problems to standard error. What a command needs is imported inside it, so that
`--help` stays quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truceline import __version__
from truceline.cli_deciding import record
from truceline.cli_guarantees import fund, pledges
from truceline.cli_record import list_witnesses
from truceline.terminal import Instant, Length, as_dict, print_problems, report_problems, say_progress

if TYPE_CHECKING:
    from truceline.agreement.document import Agreement
    from truceline.case import Run
    from truceline.model import Assessment, ClauseAssessment, Effect, FileTally
    from truceline.rehearsal import Rehearsal


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="truceline")
def main() -> None:
    """Does the ceasefire hold, and do the guarantees behind it stand?"""


main.add_command(record)
main.add_command(pledges)
main.add_command(fund)


@main.command()
@click.argument("agreement", type=click.Path(path_type=Path))
@click.option("--evidence", type=click.Path(path_type=Path), help="List of evidence; default: evidence.toml beside it.")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(agreement: Path, evidence: Path | None, as_json: bool) -> None:
    """Read an AGREEMENT and say everything that is wrong with it.

    Warns of each clause that no listed evidence could verify. Exit code 2 where there are errors.
    """
    from truceline.casefile import check_documents

    problems, document = check_documents(agreement, evidence)
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        click.echo(json.dumps({"schema": "truceline/check/1", "problems": [as_dict(p) for p in problems]}, indent=2))
    else:
        print_problems(problems)
        warnings = count(problems[len(errors) :], "warning")
        click.echo(f"{agreement}: {count(errors, 'error')}, {warnings}; {describe_document(document)}")
    sys.exit(2 if errors else 0)


@main.command()
@click.argument("case", type=click.Path(path_type=Path, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path), help="Output folder; default: CASE/out.")
@click.option("--cut-off", type=Instant(), metavar="TIME", help="Use nothing that happened at or after TIME.")
@click.option("--period", type=Length(), default="24 h", show_default=True, help="Length of a reporting period.")
@click.option("--as-of", type=Instant(), metavar="TIME", help="Use nothing that arrived after TIME.")
@click.option("--without", multiple=True, metavar="PROVIDER", help="Leave a provider out; may be repeated.")
@click.option("--report/--no-report", default=True, help="Write the page and the PDF too; default: yes.")
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="Its witnesses are asked to cosign.")
@click.option("--json", "as_json", is_flag=True, help="Print standing.json instead of a table.")
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
def run(
    case: Path,
    out: Path | None,
    cut_off: datetime | None,
    period: timedelta,
    as_of: datetime | None,
    without: tuple[str, ...],
    report: bool,
    policy: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Assess the CASE in a folder: tables, findings, incidents, standing, effect, reports, and their record."""
    from truceline.case import Options, run_case

    options = Options(cut_off, period, as_of, tuple(sorted(without)), report)
    witnesses = list_witnesses(policy)
    progress = (lambda _: None) if quiet else say_progress
    result = report_problems(lambda: run_case(case, out or case / "out", options, progress, witnesses))
    print_problems([*result.warnings, *(result.sealed.notes if result.sealed else ())])
    if as_json:
        click.echo((result.folder / "standing.json").read_text("utf-8"), nl=False)
    else:
        print_run(result)


@main.command()
@click.argument("case", type=click.Path(path_type=Path, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path), help="Output folder; default: CASE/rehearsal.")
@click.option("--weeks", type=click.IntRange(min=1), metavar="N", help="Use at most N weeks, the nearest to the truce.")
@click.option(
    "--windows",
    multiple=True,
    type=Length(),
    metavar="LENGTH",
    help='Length of a truce, such as "72 h"; may be repeated.',
)
@click.option("--json", "as_json", is_flag=True, help="Print rehearsal.json instead of tables.")
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
def rehearse(
    case: Path, out: Path | None, weeks: int | None, windows: tuple[timedelta, ...], as_json: bool, quiet: bool
) -> None:
    """Back-test the CASE: how often each clause would have been raised in past weeks without a truce."""
    from truceline.rehearsal import Request, rehearse_case

    request = Request(weeks, tuple(sorted(set(windows)))) if windows else Request(weeks)
    progress = (lambda _: None) if quiet else say_progress
    result, files = report_problems(lambda: rehearse_case(case, out or case / "rehearsal", request, progress))
    if as_json:
        click.echo(files[0].read_text("utf-8"), nl=False)
    else:
        print_rehearsal(result, files)


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--for", "nation", default="public", metavar="CODE", help="Nation, party or body; default: public.")
@click.option("--role", default="public", show_default=True, help="One of the roles in docs/release.md.")
@click.option("--out", "target", type=click.Path(path_type=Path), help="New folder, or file that ends in .zip.")
@click.option("--show", metavar="NAME", help="Print one statement that this reader may have, and write nothing.")
def export(out: Path, nation: str, role: str, target: Path | None, show: str | None) -> None:
    """Write what one reader may have of the record in OUT, with proofs that nothing else in it was altered."""
    from truceline.record.export import export_record, read_reader, show_statement
    from truceline.reports.released import WRITERS

    reader = report_problems(lambda: read_reader(nation, role))
    if show is not None:
        click.echo(report_problems(lambda: show_statement(out, reader, show)))
        return
    place = target or out.resolve().with_name(f"{out.resolve().name}-{nation}-{role}")
    done = report_problems(lambda: export_record(out, reader, place, WRITERS))
    click.echo("\n".join(done.lines()))


def describe_document(document: Agreement | None) -> str:
    """Return how much was read: parties, zones, clauses."""
    if document is None:
        return "nothing read"
    parts = [
        (document.parties, "part", "y", "ies"),
        (document.zones, "zone", "", "s"),
        (document.clauses, "clause", "", "s"),
    ]
    return ", ".join(f"{len(things)} {stem}{one if len(things) == 1 else many}" for things, stem, one, many in parts)


def count(things: Sequence[object], noun: str) -> str:
    """Return "1 error", "2 errors"."""
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def print_run(result: Run) -> None:
    """Print what became of the rows, the table of clauses, and where the reports are."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)
    console.print(result.assessment.title, style="bold")
    console.print(files_table(result.assessment))
    console.print(clauses_table(result.assessment))
    for note in result.assessment.notes:
        console.print(f"Note: {note}")
    for line in result.score.lines() if result.score else ():
        console.print(line)
    for path in result.files:
        if path.suffix in {".html", ".pdf"}:
            console.print(str(path), soft_wrap=True)
    console.print(f"data and tables: {result.folder}", soft_wrap=True)
    if result.sealed:
        cosigned = f", cosigned by {', '.join(result.sealed.cosigned)}" if result.sealed.cosigned else ""
        console.print(f"record: sealed at {result.sealed.size} leaves{cosigned}", soft_wrap=True)


def list_reasons(tally: FileTally) -> list[str]:
    """Return how many rows were set aside or rejected for each reason."""
    return [f"{number:,} {reason}" for reason, number in (*tally.set_aside.items(), *tally.rejected.items())]


def print_rehearsal(result: Rehearsal, files: Iterable[Path]) -> None:
    """Print the tables of a rehearsal, how to read them, what they rest on, and where the files are."""
    from rich.console import Console

    from truceline.rehearsal.composition import READING
    from truceline.rehearsal.sheets import list_sheets
    from truceline.reports.screen import draw_table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)
    console.print(f"Rehearsal: {result.title}", style="bold")
    console.print(READING)
    for sheet in list_sheets(result):
        console.print(draw_table(sheet))
    for clause in result.clauses:
        for reason in clause.reasons:
            console.print(f"{clause.clause}: {reason}")
    for path in files:
        console.print(str(path), soft_wrap=True)


def files_table(assessment: Assessment) -> Any:  # noqa: ANN401
    """Return the table of files: rows = used + set aside + rejected."""
    from truceline.reports.screen import start_table

    numbers = ("rows", "used", "set aside", "rejected")
    table = start_table("Evidence", "file", *numbers, "reasons", right=numbers)
    for tally in assessment.files:
        sums = (tally.rows, tally.used, sum(tally.set_aside.values()), sum(tally.rejected.values()))
        table.add_row(tally.path, *(f"{number:,}" for number in sums), "; ".join(list_reasons(tally)))
    return table


def clauses_table(assessment: Assessment) -> Any:  # noqa: ANN401
    """Return the table of clauses: standing by party, watched share, effect."""
    from truceline.reports.screen import start_table

    readings = len({clause.reading for clause in assessment.clauses}) > 1
    table = start_table("Clauses", "clause", "standing", "watched", "effect")
    for clause in assessment.clauses:
        name = f"{clause.clause} ({clause.reading})" if readings else clause.clause
        standings = "\n".join(f"{standing.party}: {standing.word}" for standing in clause.standings)
        table.add_row(name, standings, describe_watch(clause), "\n".join(map(describe_effect, clause.effects)))
    return table


def describe_watch(clause: ClauseAssessment) -> str:
    """Return the watched share of each standing; "unknown" is no share of zero, and a dash asks for none."""
    from truceline.model import UNDETERMINED, Word, say_share

    asked = {Word.KEPT, Word.SUSPECTED, Word.BREACHED, Word.NOT_DETERMINABLE}
    return "\n".join(
        say_share(standing.watch.share) if standing.word in asked and standing.party != UNDETERMINED else "–"
        for standing in clause.standings
    )


def describe_effect(effect: Effect) -> str:
    """Return "air-raid-alert, row-onset: cannot tell (56 against 56.7 expected)"."""
    expected = "an unknown number" if effect.expected is None else f"{effect.expected:.1f}"
    return f"{effect.kind}, {effect.counting}: {effect.change} ({round(effect.count, 1):g} against {expected} expected)"
