"""A person's own ONNX file: what is accepted, and what is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.embeddings import load_backbone, open_onnx
from core.errors import ModelError, SettingsError, VisageError
from core.settings import EmbeddingSettings, preset

SIZE = 32
FLOAT = 1  # onnx.TensorProto.FLOAT
FACES = np.random.default_rng(5).integers(0, 256, (5, SIZE, SIZE, 3), dtype=np.uint8)
Shape = Sequence[int | str | None]

# A made-up embedding, channels first: the mean of each colour channel, times a matrix of 3 rows.
NETWORK = [("ReduceMean", ["x", "axes"], ["means"], {"keepdims": 0}), ("MatMul", ["means", "matrix"], ["y"], {})]
MATRIX = np.array([[1, 0, 2, -1], [0, 1, -1, 3], [2, 1, 0, 1]], np.float32)
FLAT = [("Flatten", ["x"], ["y"], {})]  # the pixels themselves
CONSTANTS = {"axes": np.array([2, 3]), "matrix": MATRIX}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an ONNX file with one input "x" and one output "y", unless told otherwise."""
    from onnx import helper, numpy_helper, save

    def write_it(
        *,
        nodes: Any = NETWORK,
        takes: Shape = ("n", 3, SIZE, SIZE),
        gives: Shape = ("n", 4),
        more: dict[str, Any] | None = None,
        inputs: Sequence[str] = ("x",),
        outputs: Sequence[str] = ("y",),
        kinds: tuple[int, int] = (FLOAT, FLOAT),
    ) -> Path:
        constants = {**CONSTANTS, **(more or {})}
        graph = helper.make_graph(
            [helper.make_node(kind, given, made, **options) for kind, given, made, options in nodes],
            "made_up",
            [helper.make_tensor_value_info(name, kinds[0], takes) for name in inputs],
            [helper.make_tensor_value_info(name, kinds[1], gives) for name in outputs],
            [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        save(model, tmp_path / "own.onnx")
        return tmp_path / "own.onnx"

    return write_it


def settings(file: Path | str, **more: Any) -> EmbeddingSettings:
    return EmbeddingSettings(backbone="onnx", onnx_file=str(file), **{"onnx_mean": 0.0, "onnx_scale": 1.0, **more})


def expected(faces: Any, mean: float = 0, scale: float = 1, order: int = 1) -> Any:
    raw = ((faces[..., ::order].astype(np.float64) - mean) * scale).mean(axis=(1, 2)) @ MATRIX
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def test_a_network_that_takes_channels_first(write: Callable[..., Path]) -> None:
    backbone = open_onnx(settings(write()), SIZE)
    assert (backbone.name, backbone.dimension, backbone.channels_first, backbone.batch) == ("onnx", 4, True, 0)
    np.testing.assert_allclose(backbone.embed(FACES), expected(FACES), atol=1e-5)
    assert backbone.embed(FACES[:0]).shape == (0, 4)


def test_a_network_that_takes_channels_last_and_any_size(write: Callable[..., Path]) -> None:
    file = write(takes=("n", "h", "w", 3), more={"axes": np.array([1, 2])})
    np.testing.assert_allclose(open_onnx(settings(file), SIZE).embed(FACES), expected(FACES), atol=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_network_with_a_fixed_batch(write: Callable[..., Path], batch: int) -> None:
    backbone = open_onnx(settings(write(takes=(batch, 3, SIZE, SIZE), gives=(batch, 4))), SIZE)
    np.testing.assert_allclose(backbone.embed(FACES), expected(FACES), atol=1e-5)


def test_colours_and_scaling_are_applied_and_named_in_the_key(write: Callable[..., Path]) -> None:
    file = write()
    plain = open_onnx(settings(file), SIZE)
    other = open_onnx(settings(file, onnx_colour="bgr", onnx_mean=100.0, onnx_scale=0.01), SIZE)
    np.testing.assert_allclose(other.embed(FACES), expected(FACES, 100, 0.01, -1), atol=1e-4)
    assert plain.key != other.key and plain.key.startswith(f"onnx-{plain.sha256[:12]}-")
    assert not set(other.key) - set("abcdefghijklmnopqrstuvwxyz0123456789-.")


def test_the_settings_lead_to_it_and_a_changed_file_is_opened_again(write: Callable[..., Path]) -> None:
    start = preset("embedding")
    chosen = replace(start, face=replace(start.face, size=SIZE, alignment="box"), embedding=settings(write()))
    first = load_backbone(chosen)
    assert load_backbone(replace(chosen, seed=9)) is first
    write(more={"matrix": MATRIX[:, :2]}, gives=("n", 2))
    assert load_backbone(chosen).dimension == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": ("x", "z")}, r"2 inputs \(x, z\)"),
        ({"outputs": ("y", "means")}, r"2 outputs \(y, means\)"),
        ({"nodes": FLAT, "takes": ("n", 3, SIZE), "gives": ("n", 96)}, "shape .*, not \\(N, 3, S, S\\)"),
        ({"nodes": FLAT, "takes": ("n", 1, SIZE, SIZE), "gives": ("n", 1024)}, "not \\(N, 3, S, S\\)"),
        ({"takes": ("n", 3, SIZE, SIZE + 4)}, "not square"),
        ({"nodes": FLAT, "gives": ("n", 3072), "kinds": (10, 10)}, "its input is tensor\\(float16\\)"),
        ({"nodes": [("ReduceMean", ["x", "axes"], ["y"], {"keepdims": 1})], "gives": ("n", 3, 1, 1)}, "its output is"),
        ({"nodes": [("ReduceMean", ["x"], ["y"], {"keepdims": 0})], "gives": ()}, "its output is"),
        ({"nodes": [*NETWORK[:1], ("ArgMax", ["means"], ["y"], {"axis": 1})], "kinds": (FLOAT, 7)}, "its output is"),
        ({"more": {"matrix": MATRIX[:, :1]}, "gives": ("n", 1)}, "1 numbers for a face"),
        ({"more": {"matrix": np.ones((3, 5000), np.float32)}, "gives": ("n", 5000)}, "5000 numbers for a face"),
        ({"more": {"matrix": MATRIX * np.float32(np.nan)}}, "not finite"),
        ({"more": {"matrix": MATRIX * 0}}, "same answer to different pictures"),
        ({"nodes": [*NETWORK[:1], ("Softmax", ["means"], ["y"], {})], "gives": ("n", 3)}, "probabilities of classes"),
        ({"nodes": [("Nonsense", ["x"], ["y"], {})]}, "cannot be opened"),
    ],
)  # fmt: skip
def test_what_is_no_embedding_is_refused(write: Callable[..., Path], change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message) as refusal:
        open_onnx(settings(write(**change)), SIZE)
    assert "own.onnx" in refusal.value.what and refusal.value.remedy


def test_an_answer_that_depends_on_the_neighbours_is_refused(write: Callable[..., Path]) -> None:
    nodes = [
        *NETWORK[:1],
        ("ReduceMean", ["means", "first"], ["of_all"], {"keepdims": 1}),
        ("Sub", ["means", "of_all"], ["centred"], {}),
        ("Add", ["centred", "some"], ["shifted"], {}),
        ("MatMul", ["shifted", "matrix"], ["y"], {}),
    ]
    with pytest.raises(ModelError, match="depends on the other faces"):
        open_onnx(settings(write(nodes=nodes, more={"first": np.array([0]), "some": np.float32(9)})), SIZE)


def test_another_size_is_refused_with_the_right_one(write: Callable[..., Path]) -> None:
    with pytest.raises(SettingsError, match=f"faces of {SIZE} px; these are 112 px") as refusal:
        open_onnx(settings(write()), 112)
    assert refusal.value.remedy == f"Set face.size to {SIZE}."


@pytest.mark.parametrize("raw", [b"", b"not an ONNX file", bytes(range(256)) * 40])
def test_other_files_are_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "own.onnx").write_bytes(raw)
    with pytest.raises(ModelError, match="is no embedding network: it cannot be opened"):
        open_onnx(settings(tmp_path / "own.onnx"), SIZE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "gone.onnx", tmp_path):
        with pytest.raises(ModelError, match=f"{file.name} cannot be read"):
            open_onnx(settings(file), SIZE)
    with pytest.raises(VisageError, match="No ONNX file is named"):
        open_onnx(settings(""), SIZE)
