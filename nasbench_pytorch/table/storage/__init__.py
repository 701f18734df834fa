"""The table as one Arrow file: fields, schema, columns, reading and writing rows."""
