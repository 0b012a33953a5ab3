"""Servers under measurement: started, awaited, looked at and ended, whatever happens."""
import os
import re
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
UNITS = {"G": 2**30, "M": 2**20, "K": 2**10}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A process group with an HTTP port. Use in a with statement; ready() has been called then."""

    def __init__(self, name, command, ready_path, start_timeout):
        self.name = name
        self.port = free_port()
        self.command = [part.replace("{port}", str(self.port)) for part in command]
        self.ready_path = ready_path
        self.start_timeout = start_timeout
        self.start_seconds = None
        self.log = None
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.log = tempfile.NamedTemporaryFile()
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
            with urllib.request.urlopen(self.url + self.ready_path, timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def log_text(self):
        # Opened anew: the server writes where the other handle stands.
        with open(self.log.name, errors="replace") as f:
            return f.read()

    def tail(self):
        return self.log_text()[-2000:]

    def memory(self):
        """Resident bytes: the peak, what is the process's own rather than a mapped file, and, of a
        server that logs its plan, the peak beyond weights and KV cache."""
        with open(f"/proc/{self.process.pid}/status") as f:
            fields = dict(line.split(":", 1) for line in f)
        result = {key: int(fields[key].split()[0]) * 1024 for key in ("VmHWM", "VmRSS", "RssAnon", "RssFile")}
        planned = re.findall(r"plan: (?:weights|kv cache) ([\d.]+) ([GMK])iB", self.log_text())
        if len(planned) == 2:
            result["beyond_plan"] = result["VmHWM"] - sum(float(n) * UNITS[unit] for n, unit in planned)
        return result

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
