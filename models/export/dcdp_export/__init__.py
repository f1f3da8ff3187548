"""Turn published diffusion checkpoints into model folders that dcdp opens."""

__version__ = "0.1.0"
