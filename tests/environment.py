"""Loaded before the settings (pyproject.toml, addopts): the environment of every test."""

import os

os.environ.setdefault("TRIAL", "1")
os.environ.setdefault("TASKS_IMMEDIATE", "1")
