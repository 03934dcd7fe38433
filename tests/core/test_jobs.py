"""Jobs are processes: each test that starts one starts a real one, with quick work in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core import jobs
from core.errors import DatasetError, JobError, RunError
from core.jobs import making, progress_file, start
from core.jobs.loading import quiet_start
from core.jobs.pace import Pace
from core.jobs.process import explain
from core.jobs.queue import queued_directories, training_directory
from core.jobs.stopping import StopRequest
from core.progress import Progress
from core.runs import layout, liveness, new_run, state_of
from core.settings import DataSettings, FaceSettings, Settings, from_json, preset
from core.storage import PROJECT_ROOT, write_json

# Works for some seconds, or until it is asked to stop; notes when it began and ended.
WORKER = """
import sys, time
from pathlib import Path
from core.errors import DatasetError
from core.jobs import JobProcess
from core.progress import Progress
directory, seconds = Path(sys.argv[1]), float(sys.argv[2])
with JobProcess(directory, "queued") as job, job.training_turn():
    began = time.time()
    if (directory / "poison").exists():
        raise DatasetError("The folder is gone.", "Choose another.")
    while time.time() < began + seconds and not job.should_stop():
        job.report(Progress("Working", int(100 * (time.time() - began)), int(100 * seconds), "steps"))
        time.sleep(0.02)
    job.finish({"began": began, "ended": time.time(), "stopped": job.should_stop()})
"""


def _wait(condition: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)


def _is(directory: Path, *states: str) -> Callable[[], bool]:
    return lambda: jobs.read_job(directory).state in states


def _result(directory: Path) -> dict[str, float]:
    values: dict[str, float] = json.loads((directory / layout.RESULT).read_text())
    return values


def _pid(directory: Path) -> int:
    return int(json.loads((directory / layout.PROCESS).read_text())["pid"])


@pytest.fixture
def seconds(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, float]]:
    """Replace training by the quick worker; the dictionary says for how long the next one works."""
    length = {"next": 0.2}

    def command(directory: Path) -> list[str]:
        return [sys.executable, "-c", WORKER, str(directory), str(length["next"])]

    monkeypatch.setattr(start, "command", command)
    yield length
    for pid, child in list(start._children.items()):
        child.kill()
        child.wait()
        start._children.pop(pid, None)


def test_a_job_runs_to_its_end_in_a_session_of_its_own(seconds: dict[str, float]) -> None:
    seconds["next"] = 1.0
    directory = jobs.start_training(Settings(), name="First  try")
    assert jobs.read_job(directory).state == "queued"
    _wait(_is(directory, "running"))
    _wait(lambda: jobs.read_job(directory).stage == "Working")
    job = jobs.read_job(directory)
    assert (job.kind, job.title, job.unit, job.alive) == ("training", "First try", "steps", True)
    assert os.getsid(_pid(directory)) == _pid(directory) != os.getsid(0)
    assert psutil.Process(_pid(directory)).cwd() == str(PROJECT_ROOT)
    pid = _pid(directory)
    _wait(_is(directory, "done"))
    _wait(lambda: jobs.read_job(directory) and not psutil.pid_exists(pid))  # reading reaps it: no zombie stays
    assert "Working" in (directory / layout.LOG).read_text()
    with pytest.raises(JobError, match="is done"):
        jobs.resume(directory)


def test_one_training_at_a_time_in_the_order_of_creation(seconds: dict[str, float], tmp_path: Path) -> None:
    seconds["next"] = 30.0
    first = jobs.start_training(Settings())
    _wait(_is(first, "running"))
    seconds["next"] = 0.3
    second = jobs.start_training(Settings())
    third = jobs.start_training(Settings())
    outside = new_run(Settings(), tmp_path / "outside")  # as the command line makes one
    own = subprocess.Popen(start.command(outside), cwd=PROJECT_ROOT, stderr=subprocess.PIPE, text=True)
    _wait(lambda: len(queued_directories()) == 3)
    assert queued_directories()[:2] == [second, third]
    assert training_directory() == first
    assert {job.directory for job in jobs.list_jobs(live_only=True)} == {first, second, third, outside}
    assert [jobs.read_job(each).state for each in (first, second, third)] == ["running", "queued", "queued"]
    _wait((outside / layout.HEARTBEAT).exists)
    jobs.request_stop(first)
    _, said = own.communicate(timeout=15)
    assert f"Waiting: for the training in {first}" in said
    spans = [(_result(each)["began"], _result(each)["ended"]) for each in (first, second, third, outside)]
    assert all(spans[i][1] <= spans[i + 1][0] for i in range(3))
    assert jobs.list_jobs(live_only=True) == []


def test_a_killed_job_is_lost_gives_its_turn_back_and_can_be_resumed(seconds: dict[str, float]) -> None:
    seconds["next"] = 30.0
    directory = jobs.start_training(Settings())
    _wait(_is(directory, "running"))
    os.kill(_pid(directory), signal.SIGKILL)
    _wait(lambda: state_of(directory) == "lost")  # nobody has reaped it yet: a zombie counts as dead
    job = jobs.read_job(directory)
    assert "vanished" in job.error
    assert "Resume" in job.remedy
    seconds["next"] = 0.1
    jobs.resume(directory)
    with pytest.raises(JobError, match="still"):
        jobs.resume(directory)
    _wait(_is(directory, "done"))


def test_a_queued_job_that_is_stopped_never_begins(seconds: dict[str, float]) -> None:
    seconds["next"] = 30.0
    first = jobs.start_training(Settings())
    _wait(_is(first, "running"))
    second = jobs.start_training(Settings())
    _wait((second / layout.HEARTBEAT).exists)
    jobs.request_stop(second)
    assert jobs.read_job(second).state in ("stopping", "stopped")
    _wait(_is(second, "stopped"))
    assert jobs.read_job(first).alive
    assert not (second / layout.RESULT).exists()
    _wait(lambda: not (second / layout.STOP).exists())
    jobs.request_stop(first)
    _wait(_is(first, "done"))
    assert _result(first)["stopped"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_request_to_stop(seconds: dict[str, float], number: signal.Signals) -> None:
    seconds["next"] = 30.0
    directory = jobs.start_training(Settings())
    _wait(lambda: jobs.read_job(directory).stage == "Working")
    os.kill(_pid(directory), number)
    _wait(_is(directory, "done"))
    assert _result(directory)["stopped"] is True


def test_an_interrupt_in_the_servers_terminal_leaves_the_job_alone(artifacts: Path) -> None:
    server = f"""
import sys, time
from core import jobs
from core.jobs import start
from core.settings import Settings
start.command = lambda directory: [sys.executable, "-c", {WORKER!r}, str(directory), "1.5"]
print(jobs.start_training(Settings()), flush=True)
time.sleep(60)
"""
    terminal = subprocess.Popen(
        [sys.executable, "-c", server], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert terminal.stdout
    directory = Path(terminal.stdout.readline().strip())
    _wait(_is(directory, "running"))
    os.killpg(terminal.pid, signal.SIGINT)  # what Ctrl-C sends to everything in the terminal's foreground
    assert terminal.wait(timeout=10) != 0
    assert jobs.read_job(directory).state == "running"
    _wait(_is(directory, "done"))
    assert _result(directory)["stopped"] is False


def test_a_failure_is_told_with_its_remedy(seconds: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    directory = new_run(Settings())
    (directory / "poison").touch()
    assert jobs.read_job(directory).state == "prepared"
    jobs.resume(directory)
    _wait(_is(directory, "failed"))
    job = jobs.read_job(directory)
    assert (job.error, job.remedy) == ("The folder is gone.", "Choose another.")
    (directory / "poison").unlink()
    jobs.resume(directory)
    _wait(_is(directory, "done"))
    assert jobs.read_job(directory).error == ""


def test_a_program_error_ends_as_failed_and_is_not_swallowed(artifacts: Path) -> None:
    directory = jobs.new_preparation("orl", FaceSettings())
    with pytest.raises(ZeroDivisionError), jobs.JobProcess(directory):
        _ = 1 / 0
    job = jobs.read_job(directory)
    assert (job.state, job.kind, job.title) == ("failed", "preparation", "Prepare the built-in faces")
    assert "ZeroDivisionError" in job.error
    assert "log" in job.remedy


def test_an_abort_ends_as_stopped(artifacts: Path) -> None:
    directory = jobs.new_preparation("orl", FaceSettings())
    with pytest.raises(KeyboardInterrupt), jobs.JobProcess(directory) as job:
        os.kill(os.getpid(), signal.SIGINT)
        assert job.should_stop()
        os.kill(os.getpid(), signal.SIGINT)
    assert jobs.read_job(directory).state == "stopped"


def test_two_processes_never_work_in_one_directory(artifacts: Path) -> None:
    directory = jobs.new_preparation("orl", FaceSettings())
    with (
        jobs.JobProcess(directory),
        pytest.raises(JobError, match="Another process is at work"),
        jobs.JobProcess(directory),
    ):
        raise AssertionError("both are at work")
    assert jobs.read_job(directory).state == "done"


def test_a_process_that_cannot_be_started_is_told(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "command", lambda directory: ["/nowhere/python"])
    with pytest.raises(JobError, match="cannot be started"):
        jobs.start_preparation("orl", FaceSettings())


@pytest.mark.parametrize(
    ("created", "beat_age", "expected"), [(0.0, 0, "running"), (60.0, 0, "lost"), (0.0, 3600, "lost")],
    ids=["alive", "another process under the same number", "no heartbeat"],
)  # fmt: skip
def test_alive_means_number_creation_time_and_heartbeat(
    artifacts: Path, created: float, beat_age: float, expected: str
) -> None:
    directory = jobs.new_preparation("orl", FaceSettings(), {"state": "running"})
    own = psutil.Process()
    write_json(directory / layout.PROCESS, {"pid": own.pid, "created": own.create_time() + created})
    liveness.beat(directory)
    past = time.time() - beat_age
    for name in (layout.HEARTBEAT, layout.PROCESS):
        os.utime(directory / name, (past, past))
    assert state_of(directory) == expected


def test_damaged_small_files_are_no_obstacle(artifacts: Path) -> None:
    directory = jobs.new_preparation("orl", FaceSettings(), {"state": "running"})
    for name in (layout.PROGRESS, layout.PROCESS, layout.JOB, layout.ERROR):
        (directory / name).write_bytes(b"")
    assert jobs.read_job(directory).state == "lost"
    assert jobs.list_jobs() == [jobs.read_job(directory)]
    with pytest.raises(JobError, match="no job"):
        jobs.read_job(artifacts / "nothing")


def test_a_request_for_an_earlier_process_is_forgotten(artifacts: Path) -> None:
    directory = jobs.new_preparation("orl", FaceSettings())
    (directory / layout.STOP).touch()
    os.utime(directory / layout.STOP, (1.0, 1.0))
    with jobs.JobProcess(directory) as job:
        assert not job.should_stop()
    request = StopRequest(directory)
    (directory / layout.STOP).touch()
    request.forget_older()
    assert request.asked()


def test_old_ended_jobs_are_forgotten_and_live_ones_kept(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "KEPT_JOBS", 2)
    live = jobs.new_preparation("orl", FaceSettings(), {"state": "queued"})
    other = jobs.new_crossvalidation(Settings(), 5, {"state": "stopped"})
    ended = [jobs.new_preparation("orl", FaceSettings(), {"state": "stopped"}) for _ in range(4)]
    assert making.job_directories() == [live, other, *ended[1:]]  # two were left when the last one was made


def test_each_kind_has_its_command_title_and_description(artifacts: Path, tmp_path: Path) -> None:
    run = new_run(Settings(), tmp_path / "run", name="Mine")
    settings = replace(preset("cnn"), data=DataSettings(str(tmp_path)))
    made = [
        (run, "training", ["train", "--run"], "Mine"),
        (jobs.new_preparation("orl", FaceSettings()), "preparation", ["prepare", "--job"], "Prepare the built-in faces"),
        (
            jobs.new_crossvalidation(settings, 4), "crossvalidation", ["crossval", "--job"],
            f"Cross-validate {tmp_path.name} with cnn, 4 folds",
        ),
        (jobs.new_stranger_test(run), "stranger_test", ["strangers", "--job"], "Stranger test of Mine"),
        (jobs.new_speed(), "speed", ["speed", "--job"], "Time this machine"),
    ]  # fmt: skip
    for directory, kind, words, title in made:
        job = jobs.read_job(directory)
        assert (job.kind, job.title, job.state) == (kind, title, "prepared")
        assert start.command(directory) == [sys.executable, "-m", "core", *words, str(directory)]
    assert jobs.read_description(made[3][0])["run"] == str(run)
    about = jobs.read_description(made[2][0])
    assert (from_json(about["settings"]), about["folds"]) == (settings, 4)
    with pytest.raises(RunError, match="no run"):
        jobs.new_stranger_test(tmp_path / "nothing")


def test_work_that_needs_the_whole_machine_waits_its_turn(seconds: dict[str, float], tmp_path: Path) -> None:
    seconds["next"] = 30.0
    first = jobs.start_training(Settings())
    _wait(_is(first, "running"))
    seconds["next"] = 0.1
    waiting = [jobs.start_crossvalidation(Settings(), 3), jobs.start_stranger_test(first), jobs.start_speed()]
    _wait(lambda: queued_directories() == waiting)
    assert [jobs.read_job(each).state for each in waiting] == ["queued"] * 3
    jobs.request_stop(waiting[1])
    _wait(_is(waiting[1], "stopped"))
    jobs.resume(waiting[1])
    assert queued_directories() == [waiting[0], waiting[2], waiting[1]]
    jobs.request_stop(first)
    _wait(lambda: all(jobs.read_job(each).state == "done" for each in waiting))
    ends = [_result(each)["began"] for each in (waiting[0], waiting[2], waiting[1])]
    assert ends == sorted(ends)


def test_progress_is_written_at_most_five_times_a_second(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = jobs.new_preparation("orl", FaceSettings())
    writes: list[dict[str, object]] = []
    monkeypatch.setattr(progress_file, "write_json", lambda path, value, durable: writes.append(value))
    file = progress_file.ProgressFile(directory, "running")
    for done in range(20_000):
        file.report(Progress("Reading photos", done, 20_000))
    assert len(writes) < 10  # the first, the new stage, and one for each fifth of a second
    file.flush()
    assert writes[-1]["done"] == 19_999
    file.report(Progress("Finding faces", 0, 5))
    assert writes[-1]["stage"] == "Finding faces"


def test_pace_leaves_out_the_slow_start_and_follows_the_recent_past() -> None:
    pace = Pace()
    assert pace.rate() is None
    pace.add(0.0, 0)
    assert pace.seconds_left(10) is None
    pace.add(8.0, 1)  # compiles
    assert pace.rate() == 1 / 8
    for done in range(2, 6):
        pace.add(8.0 + done - 1, done)  # then one a second
    assert pace.rate() == 1.0
    assert pace.seconds_left(10) == 5.0
    for done in range(6, 40):
        pace.add(12.0 + 2.0 * (done - 5), done)  # then slower: one in two seconds
    assert pace.rate() == 0.5
    assert pace.seconds_left(39) == 0.0


def test_watching_jobs_needs_no_tensorflow(artifacts: Path) -> None:
    code = "import sys; from core import jobs, runs; jobs.list_jobs(); runs.list_runs(); print('tensorflow' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"


def test_an_error_is_explained() -> None:
    assert explain(DatasetError("What.", "Do.")) == {"what": "What.", "remedy": "Do."}
    assert "smaller batch" in explain(MemoryError())["remedy"]


def test_the_speaker_tells_stages_and_ends_and_does_not_repeat_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    say = jobs.Speaker()
    for seconds, progress in [
        (0.0, Progress("Finding faces", 0, 9)),
        (1.0, Progress("Finding faces", 4, 9)),
        (5.0, Progress("Finding faces", 6, 9)),
        (5.1, Progress("Finding faces", 9, 9)),
        (6.0, Progress("Waiting", 0, 0, "", "for another training")),
        (50.0, Progress("Waiting", 0, 0, "", "for another training")),
        (66.0, Progress("Waiting", 0, 0, "", "for another training")),
    ]:
        now[0] = seconds
        say(progress)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "Finding faces 0 of 9 photos",
        "Finding faces 6 of 9 photos",
        "Finding faces 9 of 9 photos",
        "Waiting: for another training",
        "Waiting: for another training",
    ]


def test_native_greetings_are_held_back_unless_something_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_start():
        os.write(2, b"a greeting\n")
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
    with pytest.raises(ImportError), quiet_start():
        os.write(2, b"the reason\n")
        raise ImportError
    assert capfd.readouterr().err == "the reason\n"
