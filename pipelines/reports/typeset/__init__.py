"""Text in any script on a page: which font has the character, how it is shaped, where lines break, what is embedded.

reportlab sets a paragraph in one font and extracts shaped text as private characters. Names and notes come from all
over the world, so text is set here, with HarfBuzz and the Unicode bidirectional algorithm, and stays searchable.
"""
