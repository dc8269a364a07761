"""What every page's frame needs to know."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .permissions import is_secretary, may_see_fonts, may_see_meetings


def page(request: HttpRequest) -> dict[str, Any]:
    """`large_type` (the remembered 大字 switch) and which of the menu's entries to show.

    The menu's are asked of the database when a template reads them: fragments have no menu.
    """
    user = getattr(request, "user", None)
    return {
        "large_type": request.COOKIES.get("type_size") == "large",
        "menu_meetings": SimpleLazyObject(lambda: user is not None and may_see_meetings(user)),
        "menu_roster": SimpleLazyObject(lambda: user is not None and is_secretary(user)),
        "menu_fonts": SimpleLazyObject(lambda: user is not None and may_see_fonts(user)),
    }
