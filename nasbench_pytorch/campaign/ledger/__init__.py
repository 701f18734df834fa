"""The ledger: one SQLite file with a campaign's plan and results. All SQL of the package is here."""
