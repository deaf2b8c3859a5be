"""Start-up: `truceline --help` against `import numpy`, medians of eleven runs each.

python bench/start.py
"""

import statistics
import subprocess
import sys
import time


def measure(*command: str) -> float:
    """Return the median wall-clock seconds of a command."""
    seconds = []
    for _ in range(11):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    ours, numpy = measure("-m", "truceline", "--help"), measure("-c", "import numpy")
    print(f"truceline --help {ours:.3f} s, import numpy {numpy:.3f} s, ratio {ours / numpy:.2f} (at most 2)")
