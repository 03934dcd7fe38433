"""What a test reads off a page, and how it waits for what the page has started."""

from __future__ import annotations

import time
from typing import Any

from streamlit.testing.v1 import AppTest

from core import jobs


def metrics(page: AppTest) -> dict[str, str]:
    """Return the figures of a page by their labels."""
    return {metric.label: metric.value for metric in page.metric}


def words(page: AppTest) -> str:
    """Return all sentences of a page."""
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error, page.success, page.subheader)
    return "\n".join(str(each.value) for kind in kinds for each in kind)


def button(page: AppTest, label: str) -> Any:
    """Return the one button of that label."""
    (found,) = (each for each in page.button if each.label == label)
    return found


def labels(page: AppTest) -> set[str]:
    """Return the labels of all widgets that hold a setting."""
    kinds = (page.slider, page.select_slider, page.selectbox, page.toggle, page.text_input, page.number_input)
    return {each.label for kind in kinds for each in kind}


def wait_for_jobs(seconds: float = 120) -> None:
    """Wait until no job runs any more."""
    end = time.monotonic() + seconds
    while jobs.list_jobs(live_only=True):
        assert time.monotonic() < end, "a job did not end"
        time.sleep(0.2)
