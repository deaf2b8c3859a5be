"""What counted as coverage of a clause and what did not: the sources together for which the same is said."""

from collections.abc import Iterable, Iterator, Sequence

from truceline.model import Standing
from truceline.reports.board import named
from truceline.reports.content import Para, Run, Runs
from truceline.reports.subject import Subject
from truceline.reports.wording import say_list, say_sentence, say_share


def say_watching(subject: Subject, standings: Sequence[Standing]) -> Iterator[Para]:
    """Yield what counted as coverage and what did not, once where it is the same for all parties."""
    said: dict[Runs, list[str]] = {}
    for standing in named(standings):
        said.setdefault(_say(subject, standing), []).append(subject.name_party(standing.party))
    for runs, parties in said.items():
        if runs:
            whom = "" if len(said) == 1 else f" against {say_list(parties)}"
            yield Para((Run(f"Coverage{whom}. ", style="strong"), *runs), "small")


def _say(subject: Subject, standing: Standing) -> Runs:
    shares = [f"{name or 'no provider named'} {say_share(share)}" for name, share in standing.watch.by_provider.items()]
    alone = (f"Each provider alone: {', '.join(sorted(shares))}",) if shares else ()
    known = " ".join(standing.reasons)
    more = [reason for reason in standing.watch.reasons if reason not in known]
    text = " ".join(dict.fromkeys((*map(say_sentence, alone), *_group(subject, more))))
    return (Run(text),) if text else ()


def _group(subject: Subject, reasons: Iterable[str]) -> Iterator[str]:
    """Yield reasons as sentences, those of several sources as "How well is not known: this, that"."""
    plan = subject.evidence.plan
    watchers = {source.name for source in plan.sources} | {source.provider for source in plan.sources}
    watchers |= {name for one in plan.coverage for name in (one.source, one.provider)}
    groups: dict[str, list[str]] = {}
    plain = []
    for reason in reasons:
        name, colon, what = reason.partition(": ")
        if colon and name in watchers:
            groups.setdefault(what, []).append(name)
        else:
            plain.append(reason)
    rest = [reason for reason in plain if reason.startswith("and ")]
    yield from (say_sentence(reason) for reason in plain if reason not in rest)
    for what, names in groups.items():
        told = what.removeprefix("it ") if len(set(names)) == 1 else what.replace("it does not", "do not", 1)
        told = told.replace("how well it sees is", "how well they see is") if len(set(names)) > 1 else told
        yield f"{told[:1].upper()}{told[1:]}: {', '.join(dict.fromkeys(names))}."
    yield from (say_sentence(reason) for reason in rest)
