"""What a training writes: run folder, checkpoints, progress."""
