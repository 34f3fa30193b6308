"""Programs built with gcc and linked by starklink run and print what they should: the everyday part of the acceptance jobs.

`tools/link_jobs.py` runs all of them, in all modes and variants, also with other linkers.
"""

from __future__ import annotations

from pathlib import Path

import linker_jobs
import pytest

EVERYDAY = [(job, mode) for job in linker_jobs.all_jobs() if not linker_jobs.missing(job)
            for mode in linker_jobs.EVERYDAY.get(job.name, ())]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.mark.parametrize(("job", "mode"), EVERYDAY, ids=[f"{job.name}-{mode}" for job, mode in EVERYDAY])
def test_job(job: linker_jobs.Job, mode: str, base: Path) -> None:
    failures = linker_jobs.run(job, mode, "", "starklink", base, lint=job.name.startswith(("hello", "tls-shared", "comdat")))
    assert failures == []


def test_jobs_say_what_they_are() -> None:
    assert set(linker_jobs.EVERYDAY) <= {job.name for job in linker_jobs.all_jobs()}
    for job in linker_jobs.all_jobs():
        assert set(linker_jobs.EVERYDAY.get(job.name, ())) <= set(job.modes) <= set(linker_jobs.MODES), job.name
        assert set(job.variants) <= set(linker_jobs.VARIANTS), job.name
        assert set(job.not_for) <= set(linker_jobs.LINKERS), job.name
        assert job.run or job.fails, job.name
