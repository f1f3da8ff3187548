"""Finds the ONNX Runtime library that the package ``onnxruntime`` brings."""

import functools
import importlib.util
import os
import pathlib


@functools.cache
def library() -> str | None:
    """The path of the library; None where ``DCDP_ORT_DYLIB`` names another, or the engine has to look.

    The package is not imported: its library is enough, and importing it takes longer than a small picture.
    """
    if os.environ.get("DCDP_ORT_DYLIB"):
        return None
    found = importlib.util.find_spec("onnxruntime")
    for folder in found.submodule_search_locations or [] if found else []:
        capi = pathlib.Path(folder) / "capi"
        libraries = [
            *capi.glob("libonnxruntime.so*"),
            *capi.glob("libonnxruntime*.dylib"),
            *capi.glob("onnxruntime.dll"),
        ]
        if libraries:
            return str(sorted(libraries)[-1])
    return None
