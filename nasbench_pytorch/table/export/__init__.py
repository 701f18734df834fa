"""Tables as Parquet, CSV and data sets with a card."""
