"""The rules of the house, read from the imports: who may know whom, and how long a part may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from core.storage import PROJECT_ROOT

# A module of core imports only what stands above it here; __main__ and cli may import all.
ORDER = [
    *("errors", "settings", "progress", "storage", "images", "detection", "alignment", "faces", "quality", "datasets"),
    *("preparation", "splits", "augmentation", "models", "embeddings", "drift", "heads", "training", "doctor", "evaluation"),
    *("calibration", "openset", "explain", "runs", "review", "jobs", "recognizer", "drawing", "redaction"),
    *("importing", "batch", "curation"),
    *("experiment", "preflight", "search", "health", "export", "figures", "report", "cli", "__main__"),
]
HEAVY = {
    "tensorflow",
    "keras",
    "mtcnn",
    "onnx",
    "onnxruntime",
    "sklearn",
    "tf2onnx",
    "imagehash",
    "scipy",
    "cleanlab",
    "kagglehub",
    "optuna",
    "dask",
    "distributed",
}
MAX_FUNCTION, MAX_MODULE = 40, 250
PARTS = ("core", "ui", "pages", "benchmarks")


def _modules() -> list[Path]:
    return [PROJECT_ROOT / "app.py", *(file for part in PARTS for file in sorted((PROJECT_ROOT / part).rglob("*.py")))]


def _name(path: Path) -> str:
    return path.relative_to(PROJECT_ROOT).as_posix()


def _imports(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def _top_level_imports(tree: ast.Module) -> list[str]:
    nodes = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return [name for node in nodes for name in _imports(node)]


ALL = [pytest.param(path, id=_name(path)) for path in _modules()]


@pytest.mark.parametrize("path", ALL)
def test_imports_go_down_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {name.split(".")[0] for name in _imports(tree)}
    owner = _name(path).split("/")[0].removesuffix(".py")
    forbidden = {"core": {"streamlit", "ui", "pages", "app"}, "ui": {"pages", "app"}, "pages": {"pages", "app"}}
    assert not parts & forbidden.get(owner, set())


@pytest.mark.parametrize("path", [each for each in ALL if str(each.id).startswith("core/")])
def test_core_imports_only_what_stands_above(path: Path) -> None:
    own = _name(path).split("/")[1].removesuffix(".py")
    if own == "__init__":
        return
    assert own in ORDER, f"core/{own} has no place in the house: add it to ORDER"
    names = _imports(ast.parse(path.read_text(encoding="utf-8")))
    used = {name.split(".")[1] for name in names if name.startswith("core.")}
    assert not [each for each in used - {own} if ORDER.index(each) > ORDER.index(own)]


@pytest.mark.parametrize("path", ALL)
def test_heavy_libraries_wait_until_they_are_needed(path: Path) -> None:
    names = _top_level_imports(ast.parse(path.read_text(encoding="utf-8")))
    if not _name(path).startswith("benchmarks/"):
        assert not {name.split(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("path", ALL)
def test_parts_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_MODULE, "is it one subject?"
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert not long, "what are its steps called?"


@pytest.mark.parametrize("path", ALL)
def test_only_the_session_touches_the_session_state(path: Path) -> None:
    names = {getattr(node, "attr", "") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))}
    assert "session_state" not in names or _name(path) == "ui/session.py"


@pytest.mark.parametrize("path", ALL)
def test_caches_live_in_one_module(path: Path) -> None:
    names = {getattr(node, "attr", "") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))}
    assert not names & {"cache_data", "cache_resource"} or _name(path).startswith("ui/resources/")


@pytest.mark.parametrize("path", ALL)
def test_nobody_catches_everything(path: Path) -> None:
    handlers = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ExceptHandler)]
    assert not [
        node for node in handlers if node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
    ]
