"""What can go wrong. Every exception is an :class:`Error` with the engine's stable number as ``code``.

Those that Python has a word for are that too: a wrong option is a :class:`ValueError`, a missing model a
:class:`FileNotFoundError`.
"""


class Error(Exception):
    """Anything that the engine refuses or fails at."""

    #: The stable number, as the C ABI has it.
    code: int = 0


class Cancelled(Error):
    """The progress callback returned False."""

    code = 1


class ArgumentError(Error, ValueError):
    """A misused call."""

    code = 2


class InvalidOptionError(Error, ValueError):
    """An option has a value outside what it allows."""

    code = 3


class UnknownOptionError(Error, TypeError):
    """No option has this name."""

    code = 4


class MissingOptionError(Error, TypeError):
    """An option that the task needs was not given."""

    code = 5


class UnstableStepError(Error, ValueError):
    """The gradient step diverges for this operator."""

    code = 6


class ImageError(Error, ValueError):
    """An array is no picture, or has the wrong size."""

    code = 7


class InputOutputError(Error, OSError):
    """A file could not be read."""

    code = 8


class FileError(Error, ValueError):
    """A file's content is not what it should be."""

    code = 9


class ModelNotFoundError(Error, FileNotFoundError):
    """No model with this name on the search path."""

    code = 10


class ModelError(Error, ValueError):
    """A model's folder is malformed, or does not fit the run."""

    code = 11


class RuntimeLibraryError(Error, ImportError):
    """ONNX Runtime cannot be found, loaded or is too old."""

    code = 12


class DeviceError(Error, RuntimeError):
    """The requested device cannot be used."""

    code = 13


class NetworkError(Error, RuntimeError):
    """A network failed while running."""

    code = 14


class MemoryLimitError(Error, MemoryError):
    """The run does not fit ``max_memory``."""

    code = 15


class BusyError(Error, RuntimeError):
    """Another run is under way where only one may be."""

    code = 16


class OperatorError(Error, RuntimeError):
    """A function of an operator of your own failed; its exception is the ``__cause__``."""

    code = 17


class InternalError(Error, RuntimeError):
    """A defect in dcdp; please report it."""

    code = 18


_BY_CODE = {kind.code: kind for kind in Error.__subclasses__()}


def of_code(code: int, message: str) -> Error:
    """The exception for an engine's error."""
    return _BY_CODE.get(code, InternalError)(message)
