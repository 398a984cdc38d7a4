"""The science: tensors in, numbers out. Knows no database, no web page and no desk."""
