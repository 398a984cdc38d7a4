"""The parts of the PDF, in the order of the report; each gives what stands in it from the dossier alone."""
