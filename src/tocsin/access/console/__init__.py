"""The screens of people and rights, one file each."""

from tocsin.access.console import login, password, profile

ENDPOINTS = (*login.ENDPOINTS, *password.ENDPOINTS, *profile.ENDPOINTS)
