"""Faults as data: one register that says what is broken, since when and until when."""
