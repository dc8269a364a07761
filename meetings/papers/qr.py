"""QR codes as PDF operators: WeasyPrint's walk through an SVG of one takes as long as a paper."""

from __future__ import annotations

from itertools import groupby

import segno

from .ink import Drawing

# Of the eight data masks the one that suits addresses with a digest: it has the least penalty
# (ISO/IEC 18004:2015, 7.8.3) for more than two of three, and is at worst a few hundredths above it.
# Readers take any. Weighing all eight for each code takes four times as long as all the rest of it.
DIGEST_MASK = 2


class Code(Drawing):
    """An address as a QR code, error correction M: all dark modules filled as one path.

    ``mask`` is the data mask; without it the eight are weighed.
    """

    def __init__(self, address: str, mask: int | None = None) -> None:
        rows = segno.make(address, error="m", micro=False, mask=mask).matrix
        operators = ["0 0 0 rg"]
        for y, row in enumerate(rows):
            x = 0
            for dark, run in groupby(row):
                length = len(list(run))
                if dark:
                    operators.append(f"{x} {y} {length} 1 re")
                x += length
        size = len(rows)
        super().__init__((0, 0, size, size), "\n".join([*operators, "f"]).encode())
