"""The password hash: strong enough, and fast enough for a hall that signs in a minute."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id at OWASP's minimum (Password Storage Cheat Sheet: 19 MiB, t=2, p=1).

    Django's default of 100 MiB lets two cores check nine passwords a second, and 500 cadres
    signing within a minute would wait for 20 s.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
