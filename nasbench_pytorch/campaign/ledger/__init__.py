"""The ledger: one SQLite file with a campaign's plan and results. This sub-package holds all SQL of the package."""
