"""Servers under measurement: started, awaited, looked at and ended, whatever happens."""
import os
import shlex
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

POLL_SECONDS = 0.01
TERM_SECONDS = 15


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A process group with an HTTP port. Use in a with statement; ready() has been called then."""

    def __init__(self, name, command, start_timeout):
        self.name = name
        self.port = free_port()
        self.command = [part.replace("{port}", str(self.port)) for part in command]
        self.start_timeout = start_timeout
        self.start_seconds = None
        self.log = None
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+", errors="replace")
        begin = time.perf_counter()
        try:
            # A group of its own: Ctrl-C reaches this program alone, which then ends the servers.
            self.process = subprocess.Popen(self.command, stdout=self.log, stderr=subprocess.STDOUT,
                                            start_new_session=True)
        except OSError as e:
            raise SystemExit(f"{self.name}: {shlex.join(self.command)} cannot be started: {e}")
        try:
            while not self.is_ready():
                if self.process.poll() is not None:
                    raise SystemExit(f"{self.name} ended with {self.process.returncode} before it was ready:\n"
                                     f"{shlex.join(self.command)}\n{self.tail()}")
                if time.perf_counter() - begin > self.start_timeout:
                    raise SystemExit(f"{self.name} was not ready after {self.start_timeout:.0f} s "
                                     f"(--start-timeout):\n{self.tail()}")
                time.sleep(POLL_SECONDS)
        except BaseException:
            self.end()
            raise
        self.start_seconds = time.perf_counter() - begin
        return self

    def __exit__(self, *_):
        self.end()

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def tail(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def memory(self):
        """Resident bytes: the peak, and what is the process's own rather than a mapped file."""
        with open(f"/proc/{self.process.pid}/status") as f:
            fields = dict(line.split(":", 1) for line in f)
        return {key: int(fields[key].split()[0]) * 1024 for key in ("VmHWM", "VmRSS", "RssAnon", "RssFile")}

    def end(self):
        """Asks, waits a bounded time, then kills the whole group."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            try:
                self.process.wait(TERM_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.poll()
        self.log.close()
