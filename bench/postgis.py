"""PostGIS in a cluster of its own: in a temporary folder, on a socket, as an unprivileged user, gone at the end.

Debian's packages `postgresql` and `postgresql-postgis` bring it; nothing of the system's own service is touched.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from rows import Missing, need

__all__ = ["connect"]

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_parallel_workers_per_gather": "2",
    "fsync": "off",
    "min_parallel_table_scan_size": "0",
}


def connect() -> Any:
    """Return a session in a database of its own with the extension; raises Missing where there is none."""
    driver, folder = need("psycopg"), _start()
    name = f"bench{time.monotonic_ns()}"
    with driver.connect(host=str(folder), user="bench", dbname="postgres", autocommit=True) as door:
        door.execute(f"CREATE DATABASE {name}")
    session = driver.connect(host=str(folder), user="bench", dbname=name, autocommit=True)
    try:
        session.execute("CREATE EXTENSION postgis")
    except driver.Error as problem:
        raise Missing(f"PostgreSQL has no PostGIS: {str(problem).splitlines()[0]}") from problem
    return session


@cache
def _start() -> Path:
    """Start the server, once; it is stopped and its folder removed when this process ends."""
    binaries = _find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    account = {"user": _account(), "group": _account()} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, _account(), _account())
    data = folder / "data"
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            check=True, capture_output=True, cwd=folder, **account,
        )  # fmt: skip
    except subprocess.CalledProcessError as problem:
        raise Missing(f"initdb failed: {problem.stderr.decode(errors='replace').strip()[:200]}") from problem
    options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
    command = [binaries / "postgres", "-D", data, "-k", folder, *options]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=folder, **account)
    atexit.register(_stop, server)
    _wait(server, folder)
    return folder


def _find_binaries() -> Path:
    """Return the folder of the server's programs; Debian keeps them off the path."""
    found = shutil.which("postgres") or shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for folder in reversed(folders):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise Missing("no PostgreSQL server (Debian: postgresql-15-postgis-3)")


def _account() -> str:
    """The server does not run as root; the package's own user, or nobody."""
    users = {line.partition(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in users else "nobody"


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise Missing(f"the server ended with {server.returncode}")
        if (folder / ".s.PGSQL.5432").exists():
            time.sleep(0.5)
            return
        time.sleep(0.1)
    raise Missing("the server did not start within 30 s")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()  # "smart" waits for sessions, which end with this process; so "fast":
    server.send_signal(2)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
