"""The original's TFRecord files: read, written, imported, exported, downloaded."""
