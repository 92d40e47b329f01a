"""Heartbeats of the processes that work in a cache, on any machine: nothing is removed from it meanwhile.

Every run and every job writes a heartbeat file to `cache/.at_work/` and touches it once a minute. On its own
machine, a process is known to be alive or dead; on another machine, it counts as dead a quarter of an hour
after the last touch. Times are those of the file system, so that the clocks of machines need not agree.
"""

import atexit
import json
import logging
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from bauta.cache.users import SharedCache, user_name
from bauta.errors import DiskError, StoreError
from bauta.io.atomic import write_text
from bauta.io.workers import Worker, new_token

log = logging.getLogger(__name__)

HEARTBEATS = ".at_work"
CLEANING = "clean_stale"

BEAT_S = 60.0
DEAD_S = 900.0
"""Seconds after its last heartbeat when a process of another machine counts as dead."""


@contextmanager
def at_work(what: str, cache: SharedCache | None = None) -> Iterator[list[Path]]:
    """Keep a heartbeat in the cache while the block runs; a read-only cache gets none.

    Args:
        what: The work that is done, as other users read it.
        cache: The cache.
    """
    roots = (cache or SharedCache()).roots
    name = f"{'clean' if what == CLEANING else 'work'}-{new_token()}.json"
    text = json.dumps(
        {"what": what, "user": user_name(), "host": socket.gethostname(), "checkout": str(Path.cwd())}
    )
    heartbeats = []
    for root in roots:
        with suppress(DiskError, OSError):
            write_text(root / HEARTBEATS / name, text)
            heartbeats.append(root / HEARTBEATS / name)
    ended = threading.Event()
    beating = threading.Thread(target=_beat, args=(heartbeats, ended), daemon=True)
    beating.start()
    try:
        yield heartbeats
    finally:
        ended.set()
        beating.join()
        for heartbeat in heartbeats:
            with suppress(OSError):
                heartbeat.unlink(missing_ok=True)


def at_work_until_exit(what: str) -> None:
    """Keep a heartbeat in the cache until this process ends."""
    stack = ExitStack()
    stack.enter_context(at_work(what))
    atexit.register(stack.close)


def _beat(heartbeats: Sequence[Path], ended: threading.Event) -> None:
    while not ended.wait(BEAT_S):
        for heartbeat in heartbeats:
            with suppress(OSError):
                os.utime(heartbeat)


@contextmanager
def cleaning(cache: SharedCache | None = None) -> Iterator[None]:
    """Keep runs away from the cache while the block removes something.

    Raises:
        StoreError: a run or a job is at work in the cache.
    """
    cache = cache or SharedCache()
    with at_work(CLEANING, cache) as own:
        now = _now(own)
        for heartbeat in _heartbeats(cache):
            if heartbeat.name not in {each.name for each in own}:
                _check_dead(heartbeat, now)
        yield


def check_not_cleaned(cache: SharedCache | None = None) -> None:
    """Refuse to plan while stores are being removed.

    Raises:
        StoreError: stores are being removed, or may be.
    """
    cache = cache or SharedCache()
    cleaners = [heartbeat for heartbeat in _heartbeats(cache) if heartbeat.name.startswith("clean-")]
    if not cleaners:
        return
    with at_work("planning", cache) as own:
        now = _now(own)
        for heartbeat in cleaners:
            if _is_alive(heartbeat, now):
                raise StoreError(f"{_words(heartbeat)}: wait until it ends")


def _now(own: Sequence[Path]) -> float:
    """The file system's time, from fresh heartbeats; without any, no process elsewhere counts as dead."""
    return max((heartbeat.stat().st_mtime for heartbeat in own), default=0.0)


def _heartbeats(cache: SharedCache) -> list[Path]:
    return [path for root in cache.watched for path in sorted((root / HEARTBEATS).glob("[!.]*.json"))]


def _check_dead(heartbeat: Path, now: float) -> None:
    """Remove the heartbeat of a dead process.

    Raises:
        StoreError: the process is alive, or may be.
    """
    if _is_alive(heartbeat, now):
        raise StoreError(
            f"nothing was removed: {_words(heartbeat)}: wait until it ends (a process that died on another "
            f"machine counts as dead after {DEAD_S / 60:.0f} minutes)"
        )
    with suppress(OSError):
        heartbeat.unlink(missing_ok=True)


def _is_alive(heartbeat: Path, now: float) -> bool:
    worker = Worker.named_in(heartbeat.name)
    runs = None if worker is None else worker.runs
    try:
        return now - heartbeat.stat().st_mtime < DEAD_S if runs is None else runs
    except FileNotFoundError:
        return False


def _words(heartbeat: Path) -> str:
    """Describe who is at work."""
    worker = Worker.named_in(heartbeat.name)
    number = f"process {worker.pid}" if worker is not None else "a process"
    try:
        found = json.loads(heartbeat.read_bytes())
        where = f"on {found['host']} in {found['checkout']}"
        return f"{found['user']} is at work {where} ({found['what']}, {number})"
    except (OSError, ValueError, KeyError, TypeError):
        return f"{number} is at work in this cache"
