"""The administrator's pages: units, cadres, roles.

Pledges and signatures are not registered, and no password can be set here: an administrator who
could would be able to sign as anybody. Who forgot theirs gets a new activation slip, which the
owner of the account notices.
"""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from .models import Cadre, RoleAssignment, Unit
from .roster.units import create_unit, move_unit


class OfficeAdminSite(admin.AdminSite):
    """Shows what is registered below, and nothing of other apps: no groups, no task results."""

    site_header = site_title = _("Liantan administration")
    index_title = _("Units, cadres and roles")

    @method_decorator([never_cache, login_not_required])
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The site's own log-in page, with its lock-out, instead of the admin's.

        Raises PermissionDenied for a cadre who is logged in and no administrator.
        """
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))


site = OfficeAdminSite()


class KeptAdmin(admin.ModelAdmin[Any]):
    """Rows that old meetings refer to: they are changed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UnitForm(ModelForm[Unit]):
    def clean_parent(self) -> Unit | None:
        parent = cast(Unit | None, self.cleaned_data["parent"])
        if parent and self.instance.pk and parent.path.startswith(self.instance.path):
            raise ValidationError(_("A unit cannot be put below itself."))
        return parent


@admin.register(Unit, site=site)
class UnitAdmin(KeptAdmin):
    """The tree of units; only `roster.units` writes where in the tree a unit stands."""

    form = UnitForm
    list_display = ["name", "parent", "order", "number_prefix"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    fields = ["name", "parent", "order", "number_prefix"]
    autocomplete_fields = ["parent"]

    def save_model(
        self, request: HttpRequest, obj: Unit, form: ModelForm[Unit], change: bool
    ) -> None:
        administrator = cast(Cadre, request.user)
        if change:
            placed = move_unit(by=administrator, unit=obj, parent=obj.parent)
        else:
            placed = create_unit(by=administrator, parent=obj.parent, name=obj.name)
            obj.pk, obj.order = placed.pk, obj.order or placed.order
            obj._state.adding = False
        obj.path = placed.path
        obj.save(update_fields=["name", "order", "number_prefix"])


@admin.register(Cadre, site=site)
class CadreAdmin(KeptAdmin):
    """The cadres as the roster has them, without password, rights or log-in number."""

    list_display = ["staff_number", "name", "unit", "post", "is_active", "activated_at"]
    list_filter = ["is_active", "unit"]
    list_select_related = ["unit"]
    search_fields = ["staff_number", "name"]
    fields = [
        "staff_number",
        "name",
        "gender",
        "ethnicity",
        "birth_month",
        "political_status",
        "unit",
        "post",
        "rank",
        "post_since",
        "phone",
        "email",
        "order",
        "note",
        "is_active",
        "is_staff",
        "activated_at",
        "last_login",
    ]
    readonly_fields = ["is_staff", "activated_at", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Cadre | None = None) -> list[str]:
        """Another number on an existing account would hand it to another person."""
        return [*self.readonly_fields, *(["staff_number"] if obj else [])]

    def save_model(
        self, request: HttpRequest, obj: Cadre, form: ModelForm[Cadre], change: bool
    ) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(RoleAssignment, site=site)
class RoleAssignmentAdmin(admin.ModelAdmin[RoleAssignment]):
    """Who is secretary, speaker or inspector, within which unit and below."""

    list_display = ["cadre", "role", "unit"]
    list_filter = ["role", "unit"]
    list_select_related = ["cadre", "unit"]
    autocomplete_fields = ["cadre", "unit"]
