"""Speed of trainings on this machine, and its limits."""
