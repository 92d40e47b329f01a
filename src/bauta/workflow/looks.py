"""How often Snakemake looks for jobs that it can start."""

import threading
import time
from typing import Any

NAME = "_schedule_reevalutation"
"""Method of Snakemake's scheduler that sets a timer for the next look; the spelling is Snakemake's."""


def one_look_at_a_time(scheduler: Any) -> None:
    """Set no timer for a look while one is running that is due sooner.

    With a limit of jobs a second, which Snakemake 9.27 has by default (`--max-jobs-per-timespan 100/1s`),
    each look sets a timer for another one a second later. Each job that ends causes a look as well, and so
    begins a chain of looks that goes on until nothing is ready. Every look reads the sizes of the inputs of
    all ready jobs: with 400 of them, this took 0.4 of a core, and the threads of the timers became more with
    each job. The look that is due first makes the others superfluous, as it sets the next timer itself.

    Args:
        scheduler: Snakemake's `JobScheduler`, before it has begun; one without such a method is left alone.
    """
    if not (hasattr(scheduler, NAME) and hasattr(scheduler, "_open_jobs")):
        return
    due = 0.0

    def look_after(delay: float) -> None:
        nonlocal due
        now = time.monotonic()
        if now < due <= now + delay:
            return
        timer = threading.Timer(delay, scheduler._open_jobs.release)
        timer.daemon = True
        timer.start()
        due = now + delay

    setattr(scheduler, NAME, look_after)
