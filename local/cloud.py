"""The embedded cloud as one thing: an emulator and a Redis on loopback that start, are found again, and stop."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from local import keeping, ports, processes
from local.edge import process as edge_process
from local.edge.settings import EdgePorts
from local.emulation.paths import SAVE_PATH
from local.loopback import Answer, request, status_of
from local.processes import ProcessRecord
from local.state import ROOT, StateDirectory, read_json, write_json
from local.tools import Tools, find_tools
from ops.errors import ExitCode, OperatorError

_START_LIMIT_S = 60.0
_ANSWER_LIMIT_S = 10.0
# For all that it holds; a release and its data take two seconds.
_SAVE_LIMIT_S = 60.0
_EMULATION = Path(__file__).resolve().parent / "emulation"


class EmbeddedCloud:
    """One emulator with its Redis and its edge. Several run side by side with different ports and state folders.

    Args:
        port: where the emulator listens on loopback.
        state: the folder of its process ids, logs and temporary files.
        account: the 12-digit account that clients of `variables` act in.
        region: their region.
        edge: where the edge listens (TLS, redirect, DNS); None is an emulator without one.
        keeps: what it holds comes back at the next start; otherwise it starts empty, and its end removes it.
        tell: is given a sentence for each thing found that a person should know.
        concurrency: Lambda's concurrent executions, as an account's quota; None is what the machine's memory allows.
        certificate_patience_s: how long a certificate waits for its validation record; None is three days, as on AWS.
    """

    def __init__(
        self,
        *,
        port: int,
        state: Path,
        account: str = "000000000000",
        region: str = "eu-central-1",
        edge: EdgePorts | None = None,
        keeps: bool = False,
        tell: Callable[[str], None] = lambda _: None,
        concurrency: int | None = None,
        certificate_patience_s: float | None = None,
    ) -> None:
        self.port = port
        self.state = StateDirectory(path=state)
        self.account = account
        self.region = region
        self.edge = edge
        self.keeps = keeps
        self._tell = tell
        self.concurrency = concurrency
        self.certificate_patience_s = certificate_patience_s

    @classmethod
    def find(cls, state: Path) -> EmbeddedCloud | None:
        """The cloud whose processes are recorded in `state`, running or not; None if none is."""
        records = read_json(StateDirectory(path=state).processes)
        port, edge, keeps = records.get("port"), EdgePorts.parse(records.get("edge_ports")), records.get("keeps")
        return cls(port=port, state=state, edge=edge, keeps=bool(keeps)) if isinstance(port, int) else None

    @property
    def url(self) -> str:
        """Where AWS clients find it."""
        return f"http://{ports.HOST}:{self.port}"

    def start(self) -> bool:
        """Make it run: reuse what runs, replace what is dead or does not answer. Returns whether it started empty.

        Raises:
            OperatorError: the port is taken, a tool is missing (exit code 5), or it does not come up (exit code 3).
        """
        tools = find_tools()
        self.state.create()
        if self._is_reusable():
            self._write_clients(self._secret_key())
            if self._redis() is None:
                self._start_redis(tools, port=int(self._records()["redis_port"]))
            self._start_edge(tools)
            return False
        was_there = self._records() != {}
        saved = self.stop()
        kept = self._what_is_kept(killed=was_there and not saved) if self.keeps else None
        if kept is None:
            self.state.clear()
        self.state.create()
        if not ports.is_free(self.port):
            raise OperatorError(
                f"port {self.port} is taken by {ports.owner(self.port)}",
                error="port-taken",
                next_step="end it, or choose another port: .venv/bin/python -m local up --port PORT",
                code=ExitCode.PRECONDITION,
            )
        redis_port = kept.redis_port if kept else ports.free_port()
        records = {"port": self.port, "redis_port": redis_port, "edition": edition(), "keeps": self.keeps}
        write_json(self.state.processes, records)
        try:
            if self.keeps:
                keeping.begin(self.state, self._bound_to(redis_port))
            # Another one each time: what a page or an old log may know is of no use.
            self._write_clients(secrets.token_urlsafe(30))
            self._start_redis(tools, port=redis_port)
            self._start_emulator(tools, redis_port=redis_port)
            self._start_edge(tools)
        except BaseException:
            self.stop()
            raise
        return kept is None

    def stop(self) -> bool:
        """End its processes by id, also those that a killed emulator left. Returns whether what it held is kept.

        Without `keeps`, what it held is removed, except the logs.
        """
        saved = self._end_all()
        if not self.keeps:
            self.state.clear()
        return saved

    def clear(self) -> dict[str, int]:
        """End it and remove what it held, kept state included. Returns the bytes removed, by folder."""
        processes.stop([self._emulator()], grace_s=0)
        self._end_all()
        removed = keeping.sizes(self.state)
        keeping.drop(self.state)
        self.state.clear()
        return removed

    def revert(self) -> bool:
        """End it without saving: the next start has what was kept before. Returns whether anything was."""
        processes.stop([self._emulator()], grace_s=0)
        self._end_all()
        return self.state.kept.is_dir()

    def keep(self) -> None:
        """Save what it holds while it goes on, so that a crash loses no more than what comes after.

        Raises:
            OperatorError: it could not be saved.
        """
        answer = json.loads(self.ask(SAVE_PATH, method="POST", time_limit_s=_SAVE_LIMIT_S).body)
        if not answer["saved"]:
            raise OperatorError(
                f"what the embedded cloud holds could not be saved: {answer['why']}",
                error="state-not-kept",
                next_step=f"read {self.log('emulator')}, then run `make local` again",
            )
        keeping.keep(self.state)

    def is_running(self) -> bool:
        """Whether the emulator's process lives and answers, and Redis and the edge live."""
        edge = self.edge is None or self._edge() is not None
        return self._emulator() is not None and self._redis() is not None and edge and self._answers()

    def variables(self) -> dict[str, str]:
        """Environment variables that point AWS clients, and nothing but them, at this cloud.

        The secret key is that of its last start; empty before the first one.
        """
        return self._variables(self._secret_key())

    def _variables(self, secret_key: str) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            # The S3 client has a variable of its own in some SDKs, and ignores the general one.
            "AWS_ENDPOINT_URL_S3": self.url,
            # A 12-digit access key is the account.
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # No profile of the person's own may send anything to a real account.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str, *, region: str | None = None) -> Any:
        """A boto3 client of `service` at this cloud, in its account."""
        import boto3  # a tenth of a second, which `--help` need not pay
        from botocore.config import Config

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=region or self.region,
            aws_access_key_id=self.account,
            aws_secret_access_key=self._secret_key(),
            config=Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 2}),
        )

    def ask(self, path: str, *, method: str = "GET", time_limit_s: float = 30.0) -> Answer:
        """What the launcher itself answers at `path`, with a signed request."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        url = f"http://localhost:{self.port}{path}"
        signed = AWSRequest(method, url)
        SigV4Auth(Credentials(self.account, self._secret_key()), "execute-api", self.region).add_auth(signed)
        return request(url, method=method, headers=dict(signed.headers), time_limit_s=time_limit_s)

    @contextmanager
    def selected(self) -> Iterator[None]:
        """Within the block, AWS clients made by this process reach this cloud."""
        before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(self.variables())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def log(self, name: str) -> Path:
        """The log called `name`: `emulator`, `redis`, `edge`, `bootstrap` or `deploy`."""
        return self.state.logs / f"{name}.log"

    def _secret_key(self) -> str:
        return str(read_json(self.state.clients).get("AWS_SECRET_ACCESS_KEY", ""))

    def _write_clients(self, secret_key: str) -> None:
        """For `ops.embedded`, readable by this user only."""
        write_json(self.state.clients, self._variables(secret_key))

    def _records(self) -> dict[str, Any]:
        return read_json(self.state.processes)

    def _emulator(self) -> psutil.Process | None:
        return processes.running(ProcessRecord.parse(self._records().get("emulator")))

    def _redis(self) -> psutil.Process | None:
        return processes.running(ProcessRecord.parse(self._records().get("redis")))

    def _edge(self) -> psutil.Process | None:
        return processes.running(ProcessRecord.parse(self._records().get("edge")))

    def _end_all(self) -> bool:
        """End what runs, recorded or not; returns whether the emulator saved all that it held."""
        processes.stop([self._edge()])
        processes.stop([self._emulator()], grace_s=_SAVE_LIMIT_S if self.keeps else processes.GRACE_S)
        processes.stop([self._redis(), *processes.belonging_to(self.state.temporary)])
        self.state.end()
        return keeping.settle(self.state)

    def _what_is_kept(self, *, killed: bool) -> keeping.Kept | None:
        """What comes back, if anything does; tells a person.

        Raises:
            OperatorError: it is bound to other ports, or to one that is taken (exit code 5).
        """
        kept, at = keeping.Kept.read(self.state), keeping.kept_at(self.state)
        if killed:
            self._tell(
                "The emulator had ended without saving (killed?): "
                + (f"going back to what was kept at {at}" if kept else "nothing was kept yet, beginning empty")
            )
        if kept is None:
            return None
        if kept.emulator != keeping.emulator_release():
            aside = keeping.put_aside(self.state, kept.emulator.replace("=", ""))
            self._tell(f"Beginning empty: what was kept is of {kept.emulator}; it is now in {aside}")
            return None
        if kept.port != self.port:
            raise OperatorError(
                f"what is kept here belongs to port {kept.port}, and its resources name that port",
                error="kept-elsewhere",
                next_step=f"--port {kept.port}, or remove what is kept: make local-clean",
                code=ExitCode.PRECONDITION,
            )
        if not ports.is_free(kept.redis_port):
            raise OperatorError(
                f"port {kept.redis_port}, which the kept resources name for Redis, is taken by "
                f"{ports.owner(kept.redis_port)}",
                error="port-taken",
                next_step="end it, or remove what is kept: make local-clean",
                code=ExitCode.PRECONDITION,
            )
        if not killed:
            self._tell(f"What was kept at {at} is back")
        return kept

    def _bound_to(self, redis_port: int) -> keeping.Kept:
        return keeping.Kept(
            port=self.port,
            redis_port=redis_port,
            emulator=keeping.emulator_release(),
            edge_ports=self.edge.dump() if self.edge else None,
        )

    def _is_reusable(self) -> bool:
        """Whether the emulator runs at this port, in this edition of the launcher, and answers."""
        records = self._records()
        return (
            self._emulator() is not None
            and records.get("port") == self.port
            and records.get("edition") == edition()
            and self._answers()
        )

    def _answers(self) -> bool:
        return status_of(f"http://localhost:{self.port}/_ministack/ready", time_limit_s=_ANSWER_LIMIT_S) == 200

    def _start_redis(self, tools: Tools, *, port: int) -> None:
        """A cache: the platform reads what is not in it from its tables, so nothing of it is kept."""
        command = [str(tools.redis_server), "--bind", ports.HOST, "--port", str(port), "--dir", str(self.state.redis)]
        command += ["--save", "", "--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
        environment = {"PATH": tools.search_path, "TMPDIR": str(self.state.temporary)}
        process = processes.spawn(command, environment=environment, folder=self.state.redis, log=self.log("redis"))
        self._await("redis", process, ready=lambda: not ports.is_free(port))

    def _start_edge(self, tools: Tools) -> None:
        """Make the edge run, at its ports and in its present edition; nothing where there is to be none."""
        if self.edge is None:
            return
        ports_wanted, edition_wanted = self.edge.dump(), edge_process.edition()
        records = self._records()
        if (
            self._edge() is not None
            and records.get("edge_ports") == ports_wanted
            and records.get("edge_edition") == edition_wanted
            # It serves the zones and certificates of one account.
            and records.get("edge_account") == self.account
        ):
            return
        processes.stop([self._edge()])
        process = edge_process.spawn(
            python=tools.python,
            ports=self.edge,
            upstream=self.port,
            folder=self.state.edge,
            aws=self.variables(),
            log=self.log("edge"),
            temporary=self.state.temporary,
        )
        described = {"edge_ports": ports_wanted, "edge_edition": edition_wanted, "edge_account": self.account}
        write_json(self.state.processes, {**records, **described})
        edge = self.edge
        self._await("edge", process, ready=lambda: edge_process.is_listening(edge))

    def _start_emulator(self, tools: Tools, *, redis_port: int) -> None:
        process = processes.spawn(
            [str(tools.emulator), "-m", "local.emulator"],
            environment=self._emulator_variables(tools, redis_port=redis_port),
            folder=ROOT,
            log=self.log("emulator"),
        )
        self._await("emulator", process, ready=self._answers)

    def _emulator_variables(self, tools: Tools, *, redis_port: int) -> dict[str, str]:
        """All that the emulator and its functions see: nothing of the person's own environment reaches them."""
        kept = {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.state.live / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.state.live / "objects"),
        }
        return {
            **(kept if self.keeps else {}),
            "PATH": os.pathsep.join([str(tools.emulator.parent), tools.search_path]),
            "HOME": str(self.state.temporary),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            # It listens on all addresses otherwise.
            "BIND_HOST": ports.HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": self.region,
            "MINISTACK_ACCOUNT_ID": self.account,
            # Policies are evaluated; no setting turns that off.
            "AUTH": "true",
            # The secret of every root key; see `local.emulation.access_key`.
            "AWS_SECRET_ACCESS_KEY": self._secret_key(),
            "LOG_LEVEL": "INFO",
            # ElastiCache without Docker points at this Redis.
            "REDIS_HOST": ports.HOST,
            "REDIS_PORT": str(redis_port),
            # CDK's own Node handlers import @aws-sdk/*, which AWS provides.
            "NODE_PATH": str(tools.node_modules),
            # sitecustomize: `/opt` of layers, see there.
            "PYTHONPATH": str(_EMULATION / "worker_site"),
            "TMPDIR": str(self.state.temporary),
            **({"LAMBDA_ACCOUNT_CONCURRENCY": str(self.concurrency)} if self.concurrency else {}),
            **({"CERTIFICATE_PATIENCE_S": str(self.certificate_patience_s)} if self.certificate_patience_s else {}),
            # Listeners on fixed ports, which two clouds side by side would fight over.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }

    def _await(self, name: str, process: subprocess.Popen[bytes], *, ready: Callable[[], bool]) -> None:
        """Record the process and wait until `ready()`; one that ends before, or takes too long, is reported."""
        write_json(self.state.processes, {**self._records(), name: ProcessRecord.of(process.pid).dump()})
        deadline = time.monotonic() + _START_LIMIT_S
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                ended = process.poll() is not None
                last = " / ".join(last_lines(self.log(name), 3))
                raise OperatorError(
                    f"{name} {'ended at once' if ended else f'did not answer within {_START_LIMIT_S:.0f} s'}: {last}",
                    error="process-did-not-start",
                    next_step=f"read {self.log(name)}, then run `make local` again",
                )
            time.sleep(0.05)


def edition() -> str:
    """A digest of the launcher's own code and the emulator's packages: a process of another edition is replaced."""
    digest = hashlib.sha256((ROOT / "requirements-emulator.txt").read_bytes())
    for path in sorted([*_EMULATION.rglob("*.py"), _EMULATION.parent / "emulator.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a log that say something."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line.strip() for line in lines if line.strip()][-count:]
