"""The clause board: what is said of each clause, on the first page, before anything else."""

from collections.abc import Sequence
from dataclasses import replace

from truceline.model import UNDETERMINED, ClauseAssessment, Effect, Incident, Standing, Status, Watch, Word
from truceline.reports.bars import draw_ratio, draw_share
from truceline.reports.content import Block, Cell, Column, Para, Run, Runs, Table, cell
from truceline.reports.subject import Subject, clause_anchor, incident_anchor
from truceline.reports.svg import Drawing
from truceline.reports.wording import WORDS, say_count, say_list, say_number, say_share, shorten

_SILENT = (Word.NOT_EVALUATED,)
_MOST_COLUMNS = 3


def build_board(subject: Subject) -> tuple[Block, ...]:
    """Return the board, and beneath it the clauses that no machine judges."""
    judged = [clause for clause in subject.assessment.clauses if not is_silent(clause)]
    silent = [clause for clause in subject.assessment.clauses if is_silent(clause)]
    board = (
        [_table(subject, judged)] if judged else [Para((Run("No clause of this agreement can be judged by machine."),))]
    )
    return (*board, *_legend(subject), *_silent(silent))


def is_silent(clause: ClauseAssessment) -> bool:
    """Whether nothing is said of a clause: its kind is binding text, or has no meaning yet."""
    return all(standing.word in _SILENT for standing in clause.standings)


def name_clause(subject: Subject, clause: ClauseAssessment) -> Runs:
    """Return a clause's article and id as a link, and its reading where there are several."""
    several = sum(other.clause == clause.clause for other in subject.assessment.clauses) > 1
    reading = (Run(f"\nread as: {clause.reading}", style="small"),) if several else ()
    return (
        Run(shorten(clause.article or clause.clause, 80), clause_anchor(clause), "strong"),
        Run(f"\n{clause.clause}", style="small"),
        *reading,
    )


def since(subject: Subject, clause: ClauseAssessment, standing: Standing) -> str:
    """Return since when a word has stood: the start of what it rests on, or the first period that says so."""
    if standing.word in (Word.BREACHED, Word.SUSPECTED):
        ground = find_ground(subject, standing)
        return subject.times.say_short(ground.span.start) if ground else "unknown"
    if standing.word in (Word.NOT_IN_FORCE, Word.NOT_YET_DUE):
        return "–"
    start = standing.interval.start
    for interval, standings in reversed(clause.periods):
        if not any(one.party == standing.party and one.word == standing.word for one in standings):
            break
        start = interval.start
    return subject.times.say_short(start)


def find_ground(subject: Subject, standing: Standing) -> Incident | None:
    """Return the first incident that a breach or a suspicion rests on: established as far, of this party."""
    breach = standing.word == Word.BREACHED
    firm = (Status.CORROBORATED, Status.CONFIRMED) if breach else tuple(set(Status) - {Status.DISMISSED})
    listed = frozenset(standing.incidents)
    own = [one for one in subject.incidents if one.id in listed and not one.excused_by]
    grounds = [one for one in own if one.status in firm and one.party == standing.party]
    shared = [one for one in own if one.status in firm and one.parties.get(standing.party, 0) > 0]
    return next(iter(grounds or shared), None)


def _table(subject: Subject, clauses: list[ClauseAssessment]) -> Table:
    parties = subject.parties()
    each = len(parties) <= _MOST_COLUMNS
    heads = (
        [Column(subject.short_party(party), share=1.6) for party in parties] if each else [Column("Standing", share=3)]
    )
    columns = (
        Column("Clause", share=1.9),
        *heads,
        Column("Count against expected", share=1.9 if any(clause.effects for clause in clauses) else 1.2),
        Column("Covered (needed)", share=1.2),
    )
    rows = tuple(
        (
            Cell(name_clause(subject, clause)),
            *(_standings(subject, clause, parties) if each else (_all_standings(subject, clause),)),
            _count(subject, clause),
            _covered(clause),
        )
        for clause in clauses
    )
    return Table(
        f"Standing of each clause and since when, on the clock of {subject.times.zone}", columns, rows, "board"
    )


def _standings(subject: Subject, clause: ClauseAssessment, parties: tuple[str, ...]) -> list[Cell]:
    words = {standing.party: standing for standing in clause.standings}
    return [_dated(subject, clause, words[party]) if party in words else cell("–") for party in parties]


def _dated(subject: Subject, clause: ClauseAssessment, standing: Standing) -> Cell:
    plain = standing_cell(subject, standing)
    time = since(subject, clause, standing)
    return plain if time == "–" else replace(plain, runs=(*plain.runs, Run(f"\nsince {time}", style="small")))


def standing_cell(subject: Subject, standing: Standing) -> Cell:
    """Return sign and word; the word of a breach or a suspicion leads to what it rests on."""
    ground = find_ground(subject, standing) if standing.word in (Word.BREACHED, Word.SUSPECTED) else None
    return Cell((Run(WORDS[standing.word], incident_anchor(ground.id) if ground else ""),), sign=standing.word)


def _all_standings(subject: Subject, clause: ClauseAssessment) -> Cell:
    """Return one line for each word, with the parties it is said of: many parties do not fit into columns."""
    words = {word: [subject.short_party(one.party) for one in clause.standings if one.word == word] for word in Word}
    said = [f"{WORDS[word]}: {say_list(parties)}" for word, parties in words.items() if parties]
    return Cell((Run("\n".join(said)),), sign=clause.standings[0].word if len(said) == 1 else "")


def _count(subject: Subject, clause: ClauseAssessment) -> Cell:
    if not clause.effects:
        count = len(set(clause.incidents) & set(subject.numbers))
        return cell(say_count(count, "incident"), to="incidents")
    effect = clause.effects[0]
    more = len(clause.effects) - 1
    also = (Run(f"\nand {say_count(more, 'other count')}", clause_anchor(clause), "small"),) if more else ()
    return Cell((*say_effect(effect, clause_anchor(clause)), *also), sign=effect.change, drawing=draw_ratio(effect))


def say_effect(effect: Effect, to: str) -> Runs:
    """Return "56, 57.2 expected" and beneath it "cannot tell", the count as a range where it is one."""
    return (
        Run(say_range(effect), to),
        Run(f", {say_number(effect.expected)} expected"),
        Run(f"\n{effect.change.value}", style="small"),
    )


def say_range(effect: Effect) -> str:
    """Return a count, with its lowest and highest value where rows are wider than an edge."""
    if effect.count_low == effect.count_high:
        return say_number(effect.count)
    return f"{say_number(effect.count)} ({say_number(effect.count_low)} to {say_number(effect.count_high)})"


def _covered(clause: ClauseAssessment) -> Cell:
    watches = [standing.watch for standing in named(clause.standings) if is_live(standing)]
    if not watches:
        return cell("–")
    least = min(watches, key=lambda watch: -1.0 if watch.share is None else watch.share)
    return Cell((Run(say_share(least.share), clause_anchor(clause)), *say_needed(least)), drawing=draw_watch(least))


def is_live(standing: Standing) -> bool:
    """Whether there was anything to watch: the clause was in force and has meaning to a machine."""
    return standing.word not in (Word.NOT_IN_FORCE, Word.NOT_YET_DUE, Word.NOT_EVALUATED)


def named(standings: Sequence[Standing]) -> list[Standing]:
    """Return the standings of parties; that of "undetermined" only where it is the only one."""
    return [one for one in standings if one.party != UNDETERMINED] or list(standings)


def say_needed(watch: Watch) -> Runs:
    """Return the share that is needed before "kept" may be said, in brackets."""
    return () if watch.required is None else (Run(f" ({watch.required * 100:.4g}\u00a0%)", style="small"),)


def draw_watch(watch: Watch) -> Drawing:
    """Return the watched share as a bar, with a mark where the needed share stands."""
    return draw_share(watch.share, watch.required)


def _legend(subject: Subject) -> tuple[Block, ...]:
    """Say whom the ids of the columns stand for, where a name was too long to be one."""
    long = [party for party in subject.parties() if subject.short_party(party) != subject.name_party(party)]
    text = "; ".join(f"{party}: {subject.name_party(party)}" for party in long)
    return (Para((Run(text),), "small"),) if text else ()


def _silent(clauses: list[ClauseAssessment]) -> tuple[Block, ...]:
    if not clauses:
        return ()
    first = {clause.clause: clause for clause in reversed(clauses)}
    runs = [Run("Not judged by machine, shown as text: ")]
    for number, name in enumerate(dict.fromkeys(clause.clause for clause in clauses)):
        runs += [Run(", ")] * bool(number) + [Run(name, clause_anchor(first[name]))]
    return (Para(tuple(runs), "small"),)
