"""save and load: states in the safetensors format, which PyTorch reads and writes too.

A file holds numbers and text and never code: loading one runs nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Value
from autograd.files import write

_TREE = "chainrule"  # the key of the metadata that holds what is no array
# The format's names of NumPy's types; bfloat16 is read as the upper half of float32.
_TYPES = {
    "BOOL": "?",
    **{f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "IU" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    "C64": "<c8",
    "BF16": "<u2",
}


def save(obj: Any, path: str | Path) -> Path:
    """Write a module's or optimiser's state, or any nest of dicts, lists, arrays and numbers.

    Parameters
    ----------
    obj : Module, Optimizer or anything with ``state_dict()``, or what such a method gives
    path : str or Path
        The old file stays whole until the new one is: a crash in between loses nothing.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        For what the format cannot hold; no file is touched then.

    Notes
    -----
    A flat dict of arrays is written under its own keys, as ``safetensors.torch.save_file`` does.

    Examples
    --------
    >>> import tempfile, nn
    >>> folder = tempfile.TemporaryDirectory()
    >>> model = nn.Linear(3, 2)
    >>> path = nn.save(model, f"{folder.name}/model.safetensors")
    >>> model.load_state_dict(nn.load(path))
    Keys(missing_keys=[], unexpected_keys=[])
    >>> folder.cleanup()
    """
    from_numpy = _safetensors("save")
    state = obj.state_dict() if hasattr(obj, "state_dict") else obj
    arrays: dict[str, np.ndarray] = {}
    if isinstance(state, dict) and all(isinstance(x, (np.ndarray, Value)) for x in state.values()):
        for name, x in state.items():
            _keep(arrays, str(name), x)
        metadata = None
    else:
        metadata = {_TREE: json.dumps(_packed(state, "", arrays))}
    path = Path(path)
    write(path, from_numpy.save(arrays, metadata))
    return path


def load(path: str | Path) -> Any:
    """What `save`, or another program that writes safetensors, has written.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict of arrays by name, or the nest that was saved
        bfloat16, which NumPy lacks, is given as float32; no digit is lost.

    Raises
    ------
    ValueError
        Where the file is damaged, of another format, or holds numbers of 8 bits and less, which
        NumPy lacks; nothing of it is given then.
    """
    _safetensors("load")
    from safetensors import deserialize

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    content = path.read_bytes()
    try:
        parts = deserialize(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    except Exception as error:  # the library raises a class of its own
        raise ValueError(
            f"{path} is no whole safetensors file ({error}); it is damaged, or of another format. "
            f"Of PyTorch's own files make one with safetensors.torch.save_file(model.state_dict(), "
            f"...)"
        ) from None
    arrays = {name: _array(path, name, part) for name, part in parts}
    if _TREE not in metadata:
        return arrays
    return _unpacked(json.loads(metadata[_TREE]), arrays)


def _safetensors(name: str) -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(f'nn.{name} needs safetensors: pip install "chainrule[train]"') from None
    return safetensors.numpy


def _array(path: Path, name: str, part: dict[str, Any]) -> np.ndarray:
    kind = part["dtype"]
    if kind not in _TYPES:
        raise ValueError(
            f"{path} holds {name} as {kind}, a type that NumPy lacks; write the file with "
            f"{name}.float() in PyTorch"
        )
    array = np.frombuffer(part["data"], _TYPES[kind]).reshape(part["shape"])
    if kind == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def _keep(arrays: dict[str, np.ndarray], name: str, x: Any) -> None:
    data = np.asarray(x._data if isinstance(x, Value) else x)
    if data.dtype.kind not in "bufic":
        raise TypeError(f"save: {name or 'it'} is an array of {data.dtype}; a file holds numbers")
    if data.dtype.newbyteorder("<") not in map(np.dtype, _TYPES.values()):
        raise TypeError(
            f"save: {name or 'it'} is an array of {data.dtype}, which safetensors has no type for; "
            + ("save its real and imag apart" if data.dtype.kind == "c" else "save .astype(float)")
        )
    if name in arrays or name == "__metadata__":
        raise ValueError(f"save: two arrays would be kept as {name!r}; give one another key")
    arrays[name] = np.ascontiguousarray(data).reshape(data.shape)  # 0-d ones stay so


def _packed(x: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    """The nest as JSON, in which an array is the name it is kept under."""
    if isinstance(x, (np.ndarray, Value)):
        _keep(arrays, name, x)
        return {"array": name}
    if isinstance(x, np.generic):
        return {"scalar": x.dtype.str, "number": x.item()}
    if x is None or isinstance(x, (bool, int, float, str)):
        return x
    if isinstance(x, dict):
        pairs = [
            [_key(key, name), _packed(part, f"{name}/{key}".lstrip("/"), arrays)]
            for key, part in x.items()
        ]
        return {"dict": pairs}
    if isinstance(x, (list, tuple)):
        parts = [_packed(part, f"{name}/{i}".lstrip("/"), arrays) for i, part in enumerate(x)]
        return {"tuple" if isinstance(x, tuple) else "list": parts}
    raise TypeError(
        f"save: {name or 'it'} is a {type(x).__name__}; a file holds dicts, lists, arrays, numbers "
        f"and text"
    )


def _key(key: Any, name: str) -> Any:
    if isinstance(key, (str, int)):
        return key
    raise TypeError(f"save: a key of {name or 'the dict'} is {key!r}; keys are text or integers")


def _unpacked(x: Any, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(x, dict):
        return x
    if "array" in x:
        return arrays[x["array"]]
    if "scalar" in x:
        return np.dtype(x["scalar"]).type(x["number"])
    if "dict" in x:
        return {key: _unpacked(part, arrays) for key, part in x["dict"]}
    if "tuple" in x:
        return tuple(_unpacked(part, arrays) for part in x["tuple"])
    return [_unpacked(part, arrays) for part in x["list"]]
