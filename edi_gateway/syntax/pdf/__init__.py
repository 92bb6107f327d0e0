"""PDF (ISO 32000-2): where its signatures stand, read here; everything else is looked at in a process of its own."""
