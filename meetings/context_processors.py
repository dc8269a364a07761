"""What every page's frame needs to know."""

from typing import Any

from django.http import HttpRequest

from .permissions import is_secretary, may_see_meetings


def page(request: HttpRequest) -> dict[str, Any]:
    """`large_type` (the remembered 大字 switch) and which of the menu's entries to show."""
    user = getattr(request, "user", None)
    return {
        "large_type": request.COOKIES.get("type_size") == "large",
        "menu_meetings": user is not None and may_see_meetings(user),
        "menu_roster": user is not None and is_secretary(user),
    }
