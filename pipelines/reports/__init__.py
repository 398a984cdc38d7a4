"""Reports that an editor can rely on: gathered into one record, written as PDF, CSV or JSON, checked again later."""
