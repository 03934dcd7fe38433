"""Pausing, discarding and stopping jobs: real processes with quick work in them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core import jobs
from core.errors import JobError
from core.jobs import requests, start
from core.jobs.queue import queued_directories
from core.jobs.stopping import Discarded, Paused, StopRequest, ask_to
from core.runs import layout, new_run, state_of
from core.settings import FaceSettings, Settings
from core.storage import PROJECT_ROOT, read_json, write_json

# Works in epochs of a tenth of a second, as a training does, and keeps how many are through.
WORKER = """
import sys, time
from pathlib import Path
from core.jobs import JobProcess, Paused
from core.progress import Progress
from core.storage import read_json, write_json
directory, epochs = Path(sys.argv[1]), int(sys.argv[2])
with JobProcess(directory, "queued") as job, job.training_turn():
    done = read_json(directory / "epochs.json") or 0
    while done < epochs and not job.should_stop():
        time.sleep(0.1)
        done += 1
        write_json(directory / "epochs.json", done)
        job.report(Progress("Training", done, epochs, "epochs"))
        if job.should_pause():
            raise Paused
    job.finish({"epochs": done})
"""
MANY = 300


def _wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)


def _is(directory: Path, *states: str) -> Callable[[], bool]:
    return lambda: jobs.read_job(directory).state in states


@pytest.fixture
def epochs(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Replace training by the quick worker; the dictionary says how many epochs the next one has."""
    length = {"next": MANY}

    def command(directory: Path) -> list[str]:
        return [sys.executable, "-c", WORKER, str(directory), str(length["next"])]

    monkeypatch.setattr(start, "command", command)
    yield length
    for pid, child in list(start._children.items()):
        child.kill()
        child.wait()
        start._children.pop(pid, None)


def _gone(directory: Path) -> bool:
    return not directory.exists() and not any(directory.name in each.name for each in directory.parent.iterdir())


def test_a_paused_training_keeps_its_epochs_gives_its_turn_back_and_goes_on(epochs: dict[str, int]) -> None:
    first = jobs.start_training(Settings())
    _wait(lambda: jobs.read_job(first).done >= 2)
    epochs["next"] = 2
    second = jobs.start_training(Settings())
    jobs.request_pause(first)
    assert jobs.read_job(first).state in ("stopping", "paused")
    _wait(_is(first, "paused"))
    job = jobs.read_job(first)
    assert (job.alive, job.error) == (False, "")
    done = read_json(first / "epochs.json")
    assert done >= 2
    _wait(_is(second, "done"))
    assert not (first / layout.RESULT).exists()
    epochs["next"] = done + 3
    jobs.resume(first)
    _wait(_is(first, "done"))
    assert read_json(first / layout.RESULT) == {"epochs": done + 3}
    jobs.request_pause(first)  # too late: nothing happens
    assert jobs.read_job(first).state == "done"


def test_stop_and_discard_leaves_nothing(epochs: dict[str, int]) -> None:
    directory = jobs.start_training(Settings())
    _wait(lambda: jobs.read_job(directory).done >= 1)
    jobs.request_discard(directory)
    _wait(lambda: _gone(directory))
    assert [each.directory for each in jobs.list_jobs()] == []


def test_a_waiting_run_can_be_paused_stopped_or_discarded(epochs: dict[str, int]) -> None:
    first = jobs.start_training(Settings())
    _wait(_is(first, "running"))
    waiting = [jobs.start_training(Settings()) for _ in range(3)]
    _wait(lambda: all((each / layout.HEARTBEAT).exists() for each in waiting))
    jobs.request_pause(waiting[0])
    jobs.request_stop(waiting[1])
    jobs.request_discard(waiting[2])
    _wait(_is(waiting[0], "paused"))
    _wait(_is(waiting[1], "stopped"))
    _wait(lambda: _gone(waiting[2]))
    assert queued_directories() == []
    assert jobs.read_job(first).alive
    epochs["next"] = 1
    for each in waiting[:2]:
        jobs.resume(each)
    jobs.request_stop(first)
    _wait(lambda: all(jobs.read_job(each).state == "done" for each in (first, *waiting[:2])))


@pytest.mark.parametrize("state", ["paused", "failed", "stopped", "lost"])
def test_what_has_ended_without_a_result_is_discarded_at_once(artifacts: Path, state: str) -> None:
    written = "running" if state == "lost" else state
    directory = new_run(Settings(), progress={"state": written})
    if state == "lost":
        write_json(directory / layout.PROCESS, {"pid": 2**22, "created": 0.0})
    assert state_of(directory) == state
    jobs.request_discard(directory)
    assert _gone(directory)


def test_a_finished_run_is_not_discarded_and_other_jobs_do_not_pause(artifacts: Path) -> None:
    directory = new_run(Settings())
    write_json(directory / layout.RESULT, {})
    with pytest.raises(JobError, match="is done"):
        jobs.request_discard(directory)
    assert directory.exists()
    with pytest.raises(JobError, match="cannot pause"):
        jobs.request_pause(jobs.new_preparation("orl", FaceSettings()))
    for ask in (jobs.request_stop, jobs.request_pause, jobs.request_discard):
        with pytest.raises(JobError, match="no job"):
            ask(artifacts / "nothing")


def test_a_run_that_ends_while_it_is_discarded_is_gone_too(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = new_run(Settings(), progress={"state": "queued"})
    usual = ask_to

    def ends_first(request: str, where: Path) -> None:
        usual(request, where)
        write_json(where / layout.RESULT, {})  # the process ended after it had looked for requests the last time

    monkeypatch.setattr(requests, "ask_to", ends_first)
    jobs.request_discard(directory)
    assert _gone(directory)


def test_a_discard_during_the_last_moments_counts(artifacts: Path) -> None:
    directory = new_run(Settings())
    with jobs.JobProcess(directory) as job:
        job.finish({})
        ask_to(layout.DISCARD, directory)
    assert _gone(directory)


def test_requests_are_told_apart_and_discard_comes_first(artifacts: Path) -> None:
    directory = new_run(Settings())

    def fresh() -> StopRequest:
        return StopRequest(directory)

    assert (fresh().asked(), fresh().pause_asked()) == (False, False)
    ask_to(layout.PAUSE, directory)
    assert (fresh().asked(), fresh().pause_asked()) == (False, True)
    with pytest.raises(Paused):
        fresh().raise_if_asked()
    ask_to(layout.STOP, directory)
    assert fresh().asked()
    with pytest.raises(jobs.Stopped) as stopped:
        fresh().raise_if_asked()
    assert not isinstance(stopped.value, Paused)
    ask_to(layout.DISCARD, directory)
    with pytest.raises(Discarded):
        fresh().asked()


def test_requests_are_gone_when_a_job_has_ended_or_starts_again(epochs: dict[str, int]) -> None:
    directory = new_run(Settings(), progress={"state": "paused"})
    for request in (layout.STOP, layout.PAUSE):
        ask_to(request, directory)
    epochs["next"] = 1
    jobs.resume(directory)
    _wait(_is(directory, "done"))
    assert not any((directory / request).exists() for request in (layout.STOP, layout.PAUSE, layout.DISCARD))


def test_two_who_press_start_at_once_get_two_runs_in_a_queue(epochs: dict[str, int]) -> None:
    epochs["next"] = 3
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: jobs.start_training(Settings()), range(2)))
    assert both[0] != both[1]
    _wait(lambda: all(jobs.read_job(each).state == "done" for each in both))
    assert [read_json(each / layout.RESULT) for each in both] == [{"epochs": 3}] * 2


def test_two_who_press_resume_at_once_start_one_process(epochs: dict[str, int]) -> None:
    epochs["next"] = 3
    directory = new_run(Settings(), progress={"state": "paused"})

    def resume(_: int) -> str:
        try:
            jobs.resume(directory)
        except JobError as error:
            return error.what
        return "resumed"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(resume, range(2)))
    assert answers.count("resumed") == 1
    assert any("still" in each for each in answers)
    _wait(_is(directory, "done"))


def test_the_command_line_says_that_it_was_paused(artifacts: Path) -> None:
    code = (
        "import sys, types; from core import cli, jobs\n"
        "def paused(arguments): raise getattr(jobs, sys.argv[1])\n"
        "cli.build_parser = lambda: types.SimpleNamespace(parse_args=lambda _: types.SimpleNamespace(command=paused))\n"
        "sys.exit(cli.main([]))"
    )
    for kind, words in (
        ("Paused", "Paused. Run the same"),
        ("Discarded", "nothing of it was kept"),
        ("Stopped", "Stopped before"),
    ):
        done = subprocess.run([sys.executable, "-c", code, kind], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr
        assert words in done.stderr
