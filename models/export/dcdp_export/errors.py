"""Errors a person can act on: the command line prints them without a traceback."""


class ExportError(Exception):
    """Anything that stops an export; the message names the file and the field or tensor."""


class UnsafeCheckpoint(ExportError):
    """The checkpoint holds pickled objects that are not tensors and were not loaded."""


class ConfigError(ExportError):
    """A configuration file or option is missing, malformed or describes an unsupported network."""


class CheckpointMismatch(ExportError):
    """The checkpoint's tensors do not fit the configuration."""


class VerificationError(ExportError):
    """ONNX Runtime and PyTorch disagree on the exported graph."""
