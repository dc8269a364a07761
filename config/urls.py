"""All addresses of the site.

Of allauth only what a cadre needs is mounted: accounts come from the roster, so there is no
sign-up, and no mail address that a password could be sent to.
"""

from allauth.account import views as account
from django.urls import include, path
from django.views.generic import RedirectView

from meetings.admin import site as admin_site

urlpatterns = [
    path("", include("meetings.urls")),
    path("pledges/", include("pledges.urls")),
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/password/", account.password_change, name="account_change_password"),
    # Before the admin's own: that one would check the old password outside the lock-out.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin_site.urls),
]
