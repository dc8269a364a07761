"""QR codes as PDF operators."""

import re

import segno

from meetings.papers.qr import DIGEST_MASK, Code

ADDRESS = "https://liantan.example.cn/check/" + "0123456789abcdef" * 4


class Page:
    """Stands for a PDF page: keeps what is drawn."""

    def __init__(self):
        self.stream = []

    def transform(self, **matrix):
        self.matrix = matrix


def dark(code):
    """The modules that a code fills on a page as large as itself."""
    page = Page()
    code.draw(page, 45, 45, None)
    operators = page.stream[0].decode()
    assert operators.startswith("0 0 0 rg\n")
    assert operators.endswith(" 1 re\nf")
    return {
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"^(\d+) (\d+) (\d+) 1 re$", operators, re.M)
        for step in range(int(length))
    }


def modules(code):
    return {(x, y) for y, row in enumerate(code.matrix) for x, module in enumerate(row) if module}


def test_code_fills_its_dark_modules_and_no_others():
    assert dark(Code(ADDRESS)) == modules(segno.make(ADDRESS, error="m", micro=False))


def test_code_with_a_mask_has_that_one():
    wanted = segno.make(ADDRESS, error="m", micro=False, mask=DIGEST_MASK)
    assert wanted.mask == DIGEST_MASK
    assert dark(Code(ADDRESS, DIGEST_MASK)) == modules(wanted)
