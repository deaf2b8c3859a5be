"""The agreement document: a Markdown file that lawyers and machines read alike -> `Agreement`.

`read_agreement` reads it and says everything that is wrong with it; `resolve` works out when each
clause holds, for whom, under each reading.
"""

from truceline.agreement.document import Agreement, Block, Clause, Edge, Party, Terms, Zone
from truceline.agreement.grammar import CLAUSE_KEYS
from truceline.agreement.reader import read_agreement
from truceline.agreement.terms import resolve, wanted_determinations

__all__ = [
    "CLAUSE_KEYS",
    "Agreement",
    "Block",
    "Clause",
    "Edge",
    "Party",
    "Terms",
    "Zone",
    "read_agreement",
    "resolve",
    "wanted_determinations",
]
