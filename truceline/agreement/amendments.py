"""Amendments that change a clause make a clause of their own.

From its time on the changed clause stands beside the one that it replaces, with the id
"CLAUSE.AMENDMENT"; the one it replaces ends there. Exceptions and responses go with it. Extension,
withdrawal and notice leave the list of clauses as it is (`spans`).
"""

from dataclasses import replace

from truceline.agreement.document import Agreement, Block, Clause, ExceptionRule, Response, Values
from truceline.agreement.spans import concerns

__all__ = ["amend"]


def amend(agreement: Agreement) -> Agreement:
    """Return the agreement with a further clause after each that an amendment changes."""
    clauses = list(agreement.clauses)
    exceptions, responses = list(agreement.exceptions), list(agreement.responses)
    for block in agreement.amendments:
        if block.values.get("kind") != "change" or not {"starts", "set"} <= set(block.values):
            continue
        latest = {clause.origin or clause.id: clause for clause in clauses}
        for origin, clause in latest.items():
            if concerns(block, clause):
                changed = _change(clause, origin, block)
                clauses.insert(clauses.index(clause) + 1, changed)
                exceptions += [_follow(rule, changed) for rule in exceptions if rule.of == clause.id]
                responses = [_answer(response, clause, changed) for response in responses]
    return replace(agreement, clauses=tuple(clauses), exceptions=tuple(exceptions), responses=tuple(responses))


def _change(clause: Clause, origin: str, block: Block) -> Clause:
    changes: Values = block.values["set"]
    values = {**clause.values, **changes}
    name = f"{origin}.{block.id}"
    lines = {**clause.block.lines, **{key: block.line_of(f"set.{key}") for key in changes}}
    return replace(
        clause,
        id=name,
        block=Block("clause", name, clause.block.line, values, lines, clause.block.article),
        zone=values.get("zone"),
        counting=values.get("counting"),
        baseline=values.get("baseline"),
        coverage=values.get("coverage"),
        severity=values.get("severity"),
        values=values,
        origin=origin,
        amended_by=block.id,
    )


def _follow(rule: ExceptionRule, changed: Clause) -> ExceptionRule:
    return replace(rule, of=changed.id)


def _answer(response: Response, clause: Clause, changed: Clause) -> Response:
    return replace(response, of=(*response.of, changed.id)) if clause.id in response.of else response
