"""Amendments that change a clause make a clause of their own.

From its time on the changed clause stands beside the one that it replaces, with the id
"CLAUSE.AMENDMENT"; the one it replaces ends there. Exceptions and responses go with it. Extension,
withdrawal and notice leave the list of clauses as it is (`spans`).
"""

from dataclasses import replace

from truceline.agreement.document import Agreement, Block, Clause, Response, Values, read_common
from truceline.agreement.problems import Problems
from truceline.agreement.spans import concerns

__all__ = ["amend"]


_MOST_CLAUSES = 20_000


def amend(agreement: Agreement, problems: Problems) -> Agreement:
    """Return the agreement with a further clause after each that an amendment changes."""
    exceptions, responses = list(agreement.exceptions), list(agreement.responses)
    # The versions of each clause as first written, the latest one last.
    versions = [[clause] for clause in agreement.clauses]
    for block in agreement.amendments:
        if block.values.get("kind") != "change" or not {"starts", "set"} <= set(block.values):
            continue
        concerned = [found for found in versions if concerns(block, found[-1])]
        if sum(map(len, versions)) + len(concerned) > _MOST_CLAUSES:
            problems.add(
                block.line,
                "too many changed clauses",
                expected=f"at most {_MOST_CLAUSES:,} clauses with those that amendments make",
                found=f"{len(concerned)} more",
                do='say with "of" which clauses change',
            )
            break
        for found in concerned:
            clause = found[-1]
            changed = _change(clause, found[0].id, block)
            found.append(changed)
            exceptions += [replace(rule, of=changed.id) for rule in exceptions if rule.of == clause.id]
            responses = [_answer(response, clause, changed) for response in responses]
    clauses = tuple(clause for found in versions for clause in found)
    return replace(agreement, clauses=clauses, exceptions=tuple(exceptions), responses=tuple(responses))


def _change(clause: Clause, origin: str, block: Block) -> Clause:
    changes: Values = block.values["set"]
    values = {**clause.values, **changes}
    name = f"{origin}.{block.id}"
    lines = {**clause.block.lines, **{key: block.line_of(f"set.{key}") for key in changes}}
    return replace(
        clause,
        id=name,
        block=Block("clause", name, clause.block.line, values, lines, clause.block.article),
        values=values,
        **read_common(values),
        origin=origin,
        amended_by=block.id,
    )


def _answer(response: Response, clause: Clause, changed: Clause) -> Response:
    return replace(response, of=(*response.of, changed.id)) if clause.id in response.of else response
