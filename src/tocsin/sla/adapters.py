"""The library of public holidays. It is loaded when somebody first asks: it takes a tenth of a second and its memory."""

from __future__ import annotations

import warnings

from tocsin.sla.model import Holiday

MOST_YEARS = 25


class UnknownPlace(Exception):
    """There is no such country, or no such region of it; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def places() -> dict[str, list[str]]:
    """The countries (ISO 3166-1, two letters) whose holidays are known, each with the codes of its regions."""
    import holidays  # noqa: PLC0415  heavy, and few ask for it

    found: dict[str, list[str]] = {
        country: list(regions) for country, regions in holidays.list_supported_countries().items() if len(country) == 2
    }
    return found


def public_holidays(country: str, region: str | None, first: int, last: int, language: str) -> list[Holiday]:
    """The public holidays of some years, by date, named in a language if the library speaks it. Raises `UnknownPlace`."""
    import holidays  # noqa: PLC0415  as above

    known = places()
    if country not in known:
        raise UnknownPlace("country")
    if region is not None and region not in known[country]:
        raise UnknownPlace("region")
    spoken = holidays.list_localized_countries().get(country, [])
    wanted = next((code for code in spoken if code.split("_")[0] == language), None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some countries it knows few years, and of those it tells what it knows
        found = holidays.country_holidays(country, subdiv=region, years=range(first, last + 1), language=wanted)
        return [Holiday(day, name) for day, name in sorted(found.items())]
