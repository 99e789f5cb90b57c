"""Times as people write them -> stamps, and the calendar that they follow."""
