"""Computed styles that one process finds once instead of for every paper.

WeasyPrint works a style out property by property, anew for every document: a tenth of the time that
a one-page pledge takes. Papers under the same style sheets have the same few dozen styles, which
follow from what an element's own rules say and from its parent's style alone.

It leans on WeasyPrint's insides, hence on one exact version (``linelayout.WEASYPRINT_VERSION``).
"""

from __future__ import annotations

from typing import Any

from weasyprint.css import StyleFor
from weasyprint.html import UA_STYLESHEET

# More than all papers together have: about 50 a pledge, 200 a record.
_MOST = 2_000
# Papers have no notes, and these are worked out for every element that could become one.
_NOTES = {"footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"}

_styles: dict[Any, Any] = {}


def install() -> None:
    """Put the memory in WeasyPrint's way. Call once, before the first paper."""
    matcher = UA_STYLESHEET.matcher
    matcher.other_selectors = [
        selector for selector in matcher.other_selectors if selector[3] not in _NOTES
    ]
    compute = StyleFor.set_computed_styles

    def compute_once(
        style_for: Any,
        element: Any,
        parent: Any,
        root: Any = None,
        pseudo_type: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Give an element, or a page, the style of one before it that stood under the same rules.

        Styles are added to as they are used, with what is the same for all who have them.
        """
        styles = style_for.get_computed_styles()
        cascaded = style_for.get_cascaded_styles().get((element, pseudo_type), {})
        above = styles[parent, None] if parent is not None else None
        # Pages count themselves in theirs (WeasyPrint's ``_standardize_page_based_counters``).
        is_page = not hasattr(element, "tag")
        key: Any = (id(above), is_page, pseudo_type, *cascaded.items())
        try:
            found = _styles.get(key)
        except TypeError:  # a list among the values
            key = _hashable(key)
            found = _styles.get(key)
        if found is None:
            compute(style_for, element, parent, root, pseudo_type, **kwargs)
            found = styles[element, pseudo_type]
            # The one property that is taken back while it is found: not under another thread.
            found["page"]
            if len(_styles) >= _MOST:
                _styles.clear()
            # A style holds its parent's, whose id therefore stays its own.
            _styles[key] = found
        styles[element, pseudo_type] = found

    StyleFor.set_computed_styles = compute_once


def _hashable(value: Any) -> Any:
    """A key, or what is in one, with tuples for lists."""
    return tuple(map(_hashable, value)) if type(value) in (list, tuple) else value
