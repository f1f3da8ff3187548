"""The array job, on a Slurm of one node."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from conftest import ARCHIVE, KILLS, ROOT, a_moment, flags, kill

SCRIPT = ROOT / "farm" / "slurm" / "dcdp-restore.sbatch"

CONFIGURATION = """
ClusterName=dcdp
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={other_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits for its old credentials to expire; below 5 s, Slurm takes 120 s.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=0
JobRequeue=1
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={processors} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Slurm:
    """A controller and a node of their own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.daemons: list[subprocess.Popen] = []
        for name in ("state", "spool"):
            (folder / name).mkdir()
        key = folder / "munge.key"
        key.write_bytes(os.urandom(256))
        key.chmod(0o400)
        self.configuration = folder / "slurm.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                host=socket.gethostname().partition(".")[0],
                port=free_port(),
                other_port=free_port(),
                folder=folder,
                processors=os.cpu_count(),
            )
        )

    def start(self) -> None:
        """Starts munge, the controller and the node."""
        munge = ["--key-file=munge.key", "--socket=munge.socket", "--pid-file=munge.pid", "--log-file=munge.log"]
        paths = [option.replace("=", f"={self.folder}/") for option in munge]
        self._daemon("munged", "--foreground", "--force", f"--seed-file={self.folder}/munge.seed", *paths)
        self._until(lambda: (self.folder / "munge.socket").exists())
        self._daemon("slurmctld", "-D", "-f", str(self.configuration))
        self._daemon("slurmd", "-D", "-f", str(self.configuration))
        self._until(lambda: "idle" in self.run("sinfo", "-h", "-o", "%T", check=False))

    def stop(self) -> None:
        """Stops what was started."""
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def run(self, *command: str, check: bool = True, **more) -> str:
        """Runs one of Slurm's programs; what it prints."""
        environment = {**os.environ, "SLURM_CONF": str(self.configuration), **more}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout.strip()

    def wait_for(self, job: str) -> dict[str, str]:
        """Waits until no task of a job runs or waits; their states by number."""
        going = ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED")
        self._until(lambda: not any(state in going for state in self.states(job).values()), 600)
        return self.states(job)

    def states(self, job: str) -> dict[str, str]:
        """The tasks' states by number."""
        lines = self.run("scontrol", "show", "job", job, "-o").splitlines()
        fields = [dict(word.partition("=")[::2] for word in line.split() if "=" in word) for line in lines]
        return {one["ArrayTaskId"]: one["JobState"] for one in fields}

    def _daemon(self, *command: str) -> None:
        with open(self.folder / f"{command[0]}.out", "w") as log:
            self.daemons.append(subprocess.Popen(command, stdout=log, stderr=log))

    def _until(self, holds, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not holds():
            logs = [path.read_text()[-600:] for path in self.folder.glob("slurm*.log")]
            assert time.monotonic() < end, "\n".join(logs)
            time.sleep(0.1)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A running Slurm."""
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"Slurm needs root and {', '.join(missing) or 'its programs'}")
    slurm = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


def program(out: pathlib.Path, frames: str) -> int | None:
    """The process that restores these frames."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode().split("\0")
        except OSError:
            continue
        if "restore" in words and frames in words and f"{out}/shot.####.png" in words and "bash" not in words[0]:
            return int(path.parent.name)
    return None


@pytest.mark.parametrize("moment", range(KILLS))
def test_a_task_killed_half_way_loses_nothing(slurm, shot, watch, moment):
    told = slurm.run(
        "sbatch", "--parsable", "--array=1-8:4", "--cpus-per-task=1", f"--chdir={slurm.folder}", str(SCRIPT),
        f"{shot}/in/shot.####.png", f"{watch.folder}/shot.####.png", "8", *flags(),
        DCDP_ARCHIVE=ARCHIVE,
    )
    job = told.partition(";")[0]
    watch.wait_for(2)
    time.sleep(a_moment())
    process = program(watch.folder, "5-8") or program(watch.folder, "1-4")
    assert process, slurm.states(job)
    kill(process)
    states = slurm.wait_for(job)
    assert sorted(states.values()) == ["COMPLETED", "FAILED"], states
    failed = next(task for task, state in states.items() if state == "FAILED")
    finished = watch.finished()
    assert len(finished) < 8
    slurm.run("scontrol", "requeue", f"{job}_{failed}")
    assert set(slurm.wait_for(job).values()) == {"COMPLETED"}
    assert finished.items() <= watch.finished().items()
