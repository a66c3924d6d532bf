"""Keeps a worker process running beside the web processes, and ends it with them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import structlog

log = structlog.get_logger()

STOP_SECONDS = 9.0
FIRST_START_SECONDS = 3.0
SHORT_LIFE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 30.0


class WorkerProcess:
    """One `python -m <module>` that is started anew when it dies, with a growing pause when it dies young."""

    def __init__(self, module: str) -> None:
        self._command = [sys.executable, "-m", module, str(os.getpid())]
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._lock = threading.Lock()

    def start(self, after: threading.Event) -> None:
        """Start the process on the side once `after` is set, or in three seconds: the web processes go first."""
        threading.Thread(target=self._watch, args=(after,), name="watch-worker", daemon=True).start()

    def _launch(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._ending.is_set():
                return None
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
            return self._process

    def _watch(self, after: threading.Event) -> None:
        after.wait(FIRST_START_SECONDS)
        pause = 0.2
        process = self._launch()
        while process is not None:
            born = time.monotonic()
            code = process.wait()
            if self._ending.is_set():
                return
            pause = 0.2 if time.monotonic() - born > SHORT_LIFE_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
            log.warning("the worker ended; starting another", exit_code=code, pause_seconds=pause)
            self._ending.wait(pause)
            process = self._launch()

    def ask_to_stop(self) -> None:
        """Let the process end gracefully; does not wait."""
        with self._lock:
            self._ending.set()
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()

    def stop(self) -> None:
        """End the process: gracefully, after nine seconds for good."""
        self.ask_to_stop()
        if self._process is None:
            return
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
