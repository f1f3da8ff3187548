"""One file per published layout: its configuration fields and its tensors' names."""
