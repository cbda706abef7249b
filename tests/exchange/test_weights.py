"""Files of weights: their tensors, the networks that have them, and files that are none."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

import cnncalc
from cnncalc.library import NotFound

torch = pytest.importorskip("torch")


def safetensors(file: Path, shapes: dict[str, tuple[int, ...]], header: object = None, more: int = 0) -> Path:
    """Write a file of zeros."""
    entries, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * torch.Size(shape).numel()
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(entries if header is None else header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end + more))
    return file


def state(name: str) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in cnncalc.load(name).torch(device="meta").state_dict().items()}


def test_tensors_of_a_network_of_the_library(tmp_path: Path) -> None:
    found = cnncalc.tensors(safetensors(tmp_path / "lenet5.safetensors", state("lenet5")))
    assert (found.same, found.alike, found.numbers, found.bytes) == (("lenet5",), (), 61_706, 4 * 61_706)
    assert found.tensors[0] == ("C1.conv.weight", "float32", (6, 1, 5, 5), 600)
    other = cnncalc.tensors(
        safetensors(tmp_path / "other.safetensors", {f"x{k}": v for k, v in state("lenet5").items()})
    )
    assert (other.same, other.alike) == ((), ("lenet5",))
    none = cnncalc.tensors(safetensors(tmp_path / "none.safetensors", {"a": (3, 4), "b": ()}))
    assert (none.same, none.alike, none.numbers) == ((), (), 13)


def test_a_file_of_pytorch_is_read_without_values(tmp_path: Path) -> None:
    weights = cnncalc.load("lenet5").torch().state_dict()
    for name, content in (("plain.pt", weights), ("nested.pth", {"epoch": 3, "state_dict": weights})):
        torch.save(content, tmp_path / name)
        assert cnncalc.tensors(tmp_path / name).same == ("lenet5",)
    torch.save(weights, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert cnncalc.tensors(tmp_path / "old.pth").same == ("lenet5",)


def refusal(file: Path) -> str:
    with pytest.raises(NotFound) as raised:
        cnncalc.tensors(file)
    (problem,) = raised.value
    return problem.message.removeprefix(f"'{file}' ")


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
HEADERS = {
    "a list": ([], "has a header that is no object"),
    "another size": (
        {"a": {**ENTRY, "shape": [3]}},
        "has no type, shape and place of the tensor 'a' that fit each other",
    ),
    "an unknown type": (
        {"a": {**ENTRY, "dtype": "X"}},
        "has no type, shape and place of the tensor 'a' that fit each other",
    ),
    "below nothing": (
        {"a": {**ENTRY, "shape": [-2]}},
        "has no type, shape and place of the tensor 'a' that fit each other",
    ),
    "more dimensions than a tensor has": (
        {"a": {"dtype": "U8", "shape": [1] * 65, "data_offsets": [0, 1]}},
        "has no type, shape and place of the tensor 'a' that fit each other",
    ),
    "beyond the end": ({"a": ENTRY}, "is cut off: 'a' ends at 77 of 69 bytes"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_none(name: str, tmp_path: Path) -> None:
    header, message = HEADERS[name]
    file = safetensors(tmp_path / "a.safetensors", {}, header)
    if name == "a list":
        file.write_bytes(struct.pack("<Q", 4) + b"{] }")
        message = "has a header that is no JSON"
    assert refusal(file) == message


def test_a_header_that_is_too_long_or_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    file.write_bytes(struct.pack("<Q", 1 << 40) + b'{"a"')
    assert refusal(file) == "has a header of 1,099,511,627,776 bytes, more than the 8,000,000 that are read"
    file.write_bytes(struct.pack("<Q", 1000) + b'{"a"')
    assert refusal(file) == "is cut off: its header ends at 1,008 of 12 bytes"


def test_files_that_are_none(tmp_path: Path) -> None:
    for name, content, message in (
        ("a.safetensors", b"", "is cut off: it has 0 bytes, and its header begins at 8"),
        (
            "a.safetensors",
            b"\xff" * 300,
            f"has a header of {2**64 - 1:,} bytes, more than the 8,000,000 that are read",
        ),
        ("a.pt", b"", "is empty"),
        ("a.pt", b"\xff" * 300, "begins as no file of weights does"),
    ):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name) == message


class Hostile:
    """What a pickle may do when it is loaded carelessly."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("touched"),)  # type: ignore[return-value]  # what an attacker writes


def test_a_hostile_pickle_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Hostile()}, "zip.pt")
    Path("plain.pt").write_bytes(pickle.dumps(Hostile(), protocol=2))
    for name in ("zip.pt", "plain.pt"):
        assert refusal(Path(name)) == "holds more than tensors and plain data, and nothing of it is run"
    assert not Path("touched").exists()


def test_archives_that_are_no_weights(tmp_path: Path) -> None:
    def archive(names: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> Path:
        with zipfile.ZipFile(tmp_path / "a.pt", "w", how) as made:
            for name, content in names.items():
                made.writestr(name, content)
        return tmp_path / "a.pt"

    assert refusal(archive({"a.txt": b"x"})) == "is an archive without data.pkl, which weights of PyTorch have"
    code = archive({"net/code/__torch__.py": b"x", "net/data.pkl": b"x"})
    assert refusal(code) == "is a program of TorchScript, and no weights: its code is not run"
    packed = archive({"net/data.pkl": bytes(10_000)}, zipfile.ZIP_DEFLATED)
    assert refusal(packed) == "is a compressed archive, which PyTorch does not write"
    cut = tmp_path / "cut.pt"
    cut.write_bytes(archive({"net/data.pkl": b"x"}).read_bytes()[:40])
    assert refusal(cut) == "is cut off: the directory at the end of its archive is missing"


def test_a_file_of_four_gigabytes_is_not_read(tmp_path: Path) -> None:
    shapes = {"weight": (1 << 20, 1 << 10)}
    file = tmp_path / "large.safetensors"
    text = json.dumps({"weight": {"dtype": "F32", "shape": shapes["weight"], "data_offsets": [0, 1 << 32]}}).encode()
    with file.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        stream.truncate(8 + len(text) + (1 << 32))
    assert cnncalc.tensors(file).bytes == 1 << 32
    old = tmp_path / "large.pt"
    with old.open("wb") as stream:
        stream.write(b"\x80\x02")
        stream.truncate(1 << 32)
    message = "has 4,294,967,296 bytes in PyTorch's old format, more than the 1,073,741,824 that are read"
    assert refusal(old) == message
