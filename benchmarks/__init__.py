"""Benchmarks: medians, each beside the bare work it is compared with, measured in one run."""
