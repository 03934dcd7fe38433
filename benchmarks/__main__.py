"""Run the benchmarks one after the other: `python -m benchmarks [name ...]`, by default all; the last takes two hours."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import machine

ALL = (
    "bench_app",
    "bench_preparation",
    "bench_crops",
    "bench_catalogue",
    "bench_import",
    "bench_health",
    "bench_epoch",
    "bench_feeding",
    "bench_watching",
    "bench_embedding",
    "bench_evaluate",
    "bench_batch_page",
    "bench_explain",
    "bench_predict",
    "bench_predict_page",
    "bench_groups",
    "bench_verdict",
    "bench_training",
    "bench_resume",
    "bench_orl",
)


def main(names: list[str]) -> int:
    """Run each in a process of its own, so that none warms up another; return how many failed."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; choose among {', '.join(ALL)}.", file=sys.stderr)
        return 2
    print(machine())
    failed = 0
    for name in names or ALL:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
