"""The environment of a training: processes, device, memory, compilation, signals."""
