"""The organisation and its public pages in the administration."""

from __future__ import annotations

ORGANISATION, BRANDING = "/admin/organisation", "/admin/branding"
FORM = {
    "name": "Acme",
    "host": "help.acme.example",
    "time_zone": "Europe/Berlin",
    "locale": "de",
    "reference_prefix": "ACME-",
    "reopen_days": "3",
    "comment_edit_minutes": "20",
    "warning_percents": "90, 50%",
    "attachment_limit": "2.5",
    "attachment_types": "Image/*, application/pdf",
}


async def current(client) -> dict:
    return (await client.get("/api/tenancy/v1/tenant")).json()


async def test_the_organisation_is_saved(client):
    admin = await client("admin")
    assert (await admin.post(ORGANISATION, data=FORM | {"host": ""})).status_code == 303
    found = await current(admin)
    assert (found["name"], found["host"], found["time_zone"], found["locale"]) == ("Acme", None, "Europe/Berlin", "de")
    settings = found["settings"]
    assert (settings["reference_prefix"], settings["reopen_days"]) == ("ACME-", 3)
    assert (settings["warning_percents"], settings["attachment_limit"]) == ([50, 90], 2_500_000)
    assert settings["attachment_types"] == ["image/*", "application/pdf"]
    page = (await admin.get(ORGANISATION)).text
    assert 'value="image/*, application/pdf"' in page
    assert 'value="50, 90"' in page
    assert 'value="2.5"' in page


async def test_what_is_wrong_is_said_beside_its_field(client):
    admin = await client("admin")
    cases = {
        "name": " ",
        "host": "https://x",
        "time_zone": "Mars/Olympus",
        "locale": "tlh",
        "reference_prefix": "acme",
        "reopen_days": "-1",
        "warning_percents": "75, often",
        "attachment_limit": "0",
        "attachment_types": "pictures",
    }
    for field, value in cases.items():
        sent = FORM | {field: value, "_form": "organisation", "_back": ORGANISATION}
        answer = await admin.post(ORGANISATION, data=sent)
        assert answer.status_code == 422, field
        assert f'id="organisation-{field}-error"' in answer.text, field
    beyond = FORM | {"warning_percents": "150", "_form": "organisation", "_back": ORGANISATION}
    assert "at most five whole numbers from 1 to 99" in (await admin.post(ORGANISATION, data=beyond)).text
    assert (await current(admin))["settings"]["reference_prefix"] == "INC-"


async def test_the_public_pages_are_saved(client):
    admin = await client("admin")
    back = {"_form": "branding", "_back": BRANDING}
    sent = {"brand_color": "green", "public_intro": "Tell us", "public_fields": ["category", "phone"]}
    answer = await admin.post(BRANDING, data=sent | back)
    assert answer.status_code == 422
    assert 'id="branding-brand_color-error"' in answer.text
    assert 'value="green"' in answer.text
    assert (await admin.post(BRANDING, data=sent | {"brand_color": " #0B5C4F "})).status_code == 303
    settings = (await current(admin))["settings"]
    assert (settings["brand_color"], settings["public_intro"]) == ("#0b5c4f", "Tell us")
    assert settings["public_fields"] == ["category", "phone"]
    page = (await admin.get(BRANDING)).text
    assert 'fill="#0b5c4f"' in page
    assert "White text on it has a contrast of 7.9 to 1" in page
    assert "style=" not in page


async def test_the_preview_tries_a_colour_before_it_is_saved(client):
    admin = await client("admin")
    page = (await admin.get(BRANDING, params={"brand_color": "#ffcc00", "public_intro": "Words to try"})).text
    assert "text wears #" in page
    assert "Words to try" in page
    assert 'fill="#ffcc00"' in page
    assert (await current(admin))["settings"]["brand_color"] == ""
    assert (await admin.get(BRANDING, params={"brand_color": "<script>"})).status_code == 200


async def test_the_public_form_asks_what_is_ticked(client, tenant, connect):
    admin, stranger = await client("admin"), connect()
    names = ("description", "category", "name", "phone", "organization", "file")
    whole = (await stranger.get(f"/p/{tenant.slug}")).text
    assert all(f'name="{name}"' in whole for name in names)
    await admin.post(BRANDING, data={"public_fields": ["category", "phone"]})
    page = (await stranger.get(f"/p/{tenant.slug}")).text
    assert {name for name in names if f'name="{name}"' in page} == {"category", "phone"}
    await admin.post(BRANDING, data={})
    bare = (await stranger.get(f"/p/{tenant.slug}")).text
    assert 'name="title"' in bare
    assert 'name="email"' in bare
    sent = {"title": "Bare", "email": "a@example.com"}
    assert (
        await stranger.post(f"/p/{tenant.slug}", files={"title": (None, "Bare"), "email": (None, sent["email"])})
    ).status_code == 201


async def test_the_api_refuses_such_a_colour_too(client):
    admin = await client("admin")
    answer = await admin.put("/api/tenancy/v1/tenant", json={"settings": {"brand_color": "ffcc00"}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "settings.brand_color"
    for color in ("red", "#0b5c4f;}", "#12345"):
        assert (await admin.put("/api/tenancy/v1/tenant", json={"settings": {"brand_color": color}})).status_code == 422
    assert (await admin.put("/api/tenancy/v1/tenant", json={"settings": {"brand_color": ""}})).status_code == 200
