"""Where a training runs: processes, device, memory, compilation, signals."""
