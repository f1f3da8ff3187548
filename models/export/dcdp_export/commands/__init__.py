"""One file per command: its options, and the model they describe."""
