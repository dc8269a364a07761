"""A signature's picture, as a page shows it."""

from base64 import b64encode

from .manifest import IMAGE_TYPE


def picture_uri(svg: str) -> str:
    """The SVG as a data: address for an <img>, where no script of it could ever run."""
    return f"data:{IMAGE_TYPE};base64,{b64encode(svg.encode()).decode()}"
