"""Before other programs: what sound needs of the system, asked for by the thread that needs it."""

import ctypes
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

LEVEL = 5  # of real-time priority on Linux: above every ordinary program, below JACK and the sound card
CRITICAL = 15  # Windows: THREAD_PRIORITY_TIME_CRITICAL
INTERACTIVE = 0x21  # macOS: QOS_CLASS_USER_INTERACTIVE


def first() -> None:
    """Let the calling thread run before other programs, as far as the system allows that; else nothing changes.

    Linux allows it to root and to who has an rtprio limit, as JACK's packages give it to the group audio.
    """
    with suppress(OSError, AttributeError):
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.SetThreadPriority(kernel.GetCurrentThread(), CRITICAL)
        elif sys.platform == "darwin":
            ctypes.CDLL(None).pthread_set_qos_class_self_np(INTERACTIVE, 0)
        else:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(LEVEL))


def ahead(step: Callable[[], float]) -> float:
    """What a step gives in a thread that other programs wait for: to measure what sound will have."""
    with ThreadPoolExecutor(1, initializer=first) as thread:
        return thread.submit(step).result()
