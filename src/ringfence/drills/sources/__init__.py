"""Writers of raw records, one file per source family: facts in, the line that the real product writes out."""
