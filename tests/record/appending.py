"""A process that records until it is killed, and says on its pipe what was acknowledged.

python tests/record/appending.py FOLDER TURN
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from recorded import ORIGIN, evidence, note, write

from truceline.record import Record


def main() -> None:
    folder, turn = Path(sys.argv[1]), sys.argv[2]
    (folder / "out").mkdir(exist_ok=True)
    with Record.open(folder / "out", folder / "keys", ORIGIN) as record:
        for number in range(100_000):
            names = [f"{turn}.{number}.{each}" for each in range(1 + number % 20)]
            leaves = record.state(*map(note, names))
            say("".join(f"{leaf} {name}\n" for leaf, name in zip(leaves, names, strict=True)))
            if number % 7 == 3:
                source = write(folder / "source.csv", f"{turn} {number}".encode() * 500)
                record.keep_file(source, evidence(f"{turn}.{number}.file"))
                say(f"{record.size - 1} {turn}.{number}.file\n")
            if number % 5 == 4:
                record.seal()


def say(lines: str) -> None:
    os.write(1, lines.encode())


if __name__ == "__main__":
    main()
