"""The table as one Arrow file: fields, schema, columns, and reading and writing of rows."""
