"""The original's TFRecord files: reading, writing, import, export and download."""
