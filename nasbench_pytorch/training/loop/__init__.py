"""The training loop: restarts, attempts, steps, evaluations."""
