"""Search: words by stem, in every text, corrected when mistyped, shown in their place, internal ones for members only."""

from __future__ import annotations

from typing import Any

import httpx

from tests.incidents.steps import API, MakeClient, make
from tests.incidents.test_list import collect, titles
from tocsin.activity.model import RecordedEvent
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.tenancy.model import Tenant


async def snippet(client: httpx.AsyncClient, q: str) -> str:
    items = await collect(client, q=q)
    assert len(items) == 1, [item["title"] for item in items]
    found: str = items[0]["snippet"]
    return found


async def comment(client: httpx.AsyncClient, incident: dict[str, Any], body: str, **more: Any) -> str:
    answer = await client.post(f"{API}/{incident['id']}/comments", json={"body": body, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_words_are_found_by_stem_and_shown_in_their_place(client: MakeClient) -> None:
    admin = await client("admin")
    body = "Since noon the <b>printers</b> & scanners were jamming"
    await make(admin, "Paper everywhere", description=body, tags=["third-floor"])
    assert await snippet(admin, "printer") == "Since noon the <mark>printers</mark> &amp; scanners were jamming"
    assert "<mark>jamming</mark>" in await snippet(admin, "jammed")
    assert "<mark>jamming</mark>" in await snippet(admin, "jam*")
    assert "were <mark>jamming</mark>" in await snippet(admin, '"were jamming"')
    assert await snippet(admin, "paper") == "<mark>Paper</mark> everywhere"
    assert "<mark>Paper</mark>" in await snippet(admin, "title:paper")
    assert "<mark>third</mark>" in await snippet(admin, "third-floor") or "third-floor</mark>" in await snippet(
        admin, "third-floor"
    )
    assert await titles(admin, q='"was jamming"') == set()
    plain = (await admin.get(API)).json()["items"][0]
    assert "snippet" not in plain
    assert "snippet" not in (await admin.get(API, params={"q": "is:open -nothing"})).json()["items"][0]
    sparse = (await admin.get(API, params={"q": "paper", "fields": "title,snippet"})).json()["items"]
    assert sparse == [{"title": "Paper everywhere", "snippet": "<mark>Paper</mark> everywhere"}]
    assert (await admin.get(API, params={"fields": "title,snippet"})).json()["items"] == [{"title": "Paper everywhere"}]


async def test_marks_cannot_be_forged(client: MakeClient) -> None:
    admin = await client("admin")
    await make(
        admin, "Odd", description="a \ue000forged\ue001 mark <mark>x</mark> <script>alert(1)</script> 2 < 3 & goose"
    )
    shown = await snippet(admin, "goose")
    assert shown == "forged mark x alert(1) 2 &lt; 3 &amp; <mark>goose</mark>"


async def test_no_word_is_too_long_to_be_read(client: MakeClient) -> None:
    """PostgreSQL's parser would take half a minute for each of these, and the statement be given up."""
    admin = await client("admin")
    incident = await make(admin, "Odd", description="heliotrope " + "_a" * 24_000 + " amaranth")
    await comment(admin, incident, "periwinkle " + "./" * 24_000)
    for word in ("heliotrope", "amaranth", "periwinkle"):
        assert await titles(admin, q=word) == {"Odd"}
    assert "<mark>heliotrope</mark>" in await snippet(admin, "heliotrope")
    assert "<mark>periwinkle</mark>" in await snippet(admin, "periwinkle")


async def test_every_text_of_an_incident_is_searched(client: MakeClient, member: Any, connect: Any) -> None:
    admin = await client("admin")
    someone = await member("agent", "Wilhelmina Quux")
    incident = await make(connect(someone.token), "Alpha", description="bravo", tags=["charlie"])
    body = {"slug": "site", "name": "Site", "type": "text"}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=body)).status_code == 201
    for word in ("alpha", "bravo", "charlie", "wilhelmina", incident["reference_code"]):
        assert await titles(admin, q=word) == {"Alpha"}, word
        assert "<mark>" in await snippet(admin, word)
    for field, q in (("title", "alpha"), ("description", "bravo")):
        assert await titles(admin, q=f"{field}:{q}") == {"Alpha"}
        assert await titles(admin, q=f"comment:{q}") == set()
    await comment(admin, incident, "the delta of **echo**")
    changes = {"title": "Foxtrot", "description": "golf", "tags": ["hotel"], "custom": {"site": "india"}}
    assert (await admin.put(f"{API}/{incident['id']}", json=changes)).status_code == 200
    for word in ("foxtrot", "golf", "hotel", "india", "delta", "echo", "wilhelmina"):
        assert await titles(admin, q=word) == {"Foxtrot"}, word
    for word in ("alpha", "bravo", "charlie"):
        assert await titles(admin, q=word) == set(), word
    assert await titles(admin, q="comment:delta") == {"Foxtrot"}
    assert await snippet(admin, "delta") == "the <mark>delta</mark> of **echo"


async def test_a_reporter_from_outside_is_found(client: MakeClient, tenant: Tenant, connect: Any) -> None:
    body = {
        "title": "Fence broken",
        "name": "Ottoline",
        "email": "ottoline@meadow.example",
        "organization": "Meadow Ltd",
    }
    answer = await connect().post("/api/incidents/v1/public/submit", json=body, headers={"X-Tenant": tenant.slug})
    assert answer.status_code == 201, answer.text
    admin = await client("admin")
    for q in (
        "ottoline",
        "meadow",
        'org:"meadow ltd"',
        "reporter:ottoline@meadow.example",
        "reporter:Ottoline",
        "-org:none",
    ):
        assert await titles(admin, q=q) == {"Fence broken"}, q
    assert await titles(admin, q="org:none") == set()
    assert "<mark>Ottoline</mark>" in await snippet(admin, "ottoline")


async def test_internal_words_are_for_members_alone(client: MakeClient, member: Any, connect: Any) -> None:
    admin = await client("admin")
    reporter = connect((await member("reporter")).token)
    incident = await make(reporter, "Beamer", description="flickers")
    await comment(admin, incident, "public lantern")
    secret = await comment(admin, incident, "secret lighthouse", is_internal=True)
    await comment(admin, incident, "another candle")
    assert await snippet(admin, "lighthouse") == "another candle secret <mark>lighthouse</mark> public lantern"
    assert await titles(reporter, q="lighthouse") == set()
    assert await titles(reporter, q="lighthuose") == set()
    assert await titles(reporter, q="lantern candle") == {"Beamer"}
    assert await titles(reporter, q="has:comments") == {"Beamer"}
    task = await admin.post(f"{API}/{incident['id']}/tasks", json={"title": "look"})
    assert task.status_code == 201
    assert await titles(admin, q="has:tasks") == {"Beamer"}
    assert await titles(reporter, q="has:tasks") == set()
    assert "secret" not in await snippet(reporter, "lantern OR lighthouse")
    answer = await admin.put(f"{API}/{incident['id']}", json={"title": "Projector"})
    assert answer.status_code == 200
    assert await titles(reporter, q="projector") == {"Projector"}
    assert await titles(reporter, q="lighthouse") == set()
    assert await titles(admin, q="lighthouse projector") == {"Projector"}
    assert (await admin.delete(f"{API}/{incident['id']}/comments/{secret}")).status_code == 204
    assert await titles(admin, q="lighthouse") == set()


async def test_a_mistyped_word_finds_what_was_meant(client: MakeClient) -> None:
    admin = await client("admin")
    for title in ("Printer jam", "Printer on fire", "Network down"):
        await make(admin, title)
    answer = (await admin.get(API, params={"q": "prnter jam is:open"})).json()
    assert [item["title"] for item in answer["items"]] == ["Printer jam"]
    assert answer["corrected"] == "printer jam is:open"
    assert answer["items"][0]["snippet"] == "<mark>Printer</mark> <mark>jam</mark>"
    found = (await admin.get(API, params={"q": "netwrok"})).json()
    assert found["corrected"] == "network"
    assert "corrected" not in (await admin.get(API, params={"q": "printer"})).json()
    nothing = (await admin.get(API, params={"q": "xylophone"})).json()
    assert nothing == {"items": [], "next_cursor": None}
    for exact in ('"prnter"', "-printer -network", "prntr*"):
        assert "corrected" not in (await admin.get(API, params={"q": exact})).json()


async def test_references_are_found_however_they_are_written(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin, "Lamp")
    await make(admin, "Paper")
    code = incident["reference_code"]
    number = int(code.partition("-")[2])
    for text in (
        code,
        code.lower(),
        f"{number}",
        f"#{number}",
        f"{number:06d}",
        f"INC{number}",
        f"inc-{number}",
        f"inc {number}",
    ):
        assert await titles(admin, q=text) == {"Lamp"}, text
    for text in (f"ref:{number}", f"ref:inc-{number}", f"id:INC{number}", f"ref:#{number},INC-999999"):
        assert await titles(admin, q=text) == {"Lamp"}, text
    assert await titles(admin, q=f"-ref:{number}") == {"Paper"}
    assert await titles(admin, q=f"xyz-{number}") == set()
    snippet = (await admin.get(API, params={"q": f"{number}"})).json()["items"][0]["snippet"]
    assert snippet.endswith(f" · INC<mark>-{number:06d}</mark>")
    assert "· ·" not in snippet


async def test_the_pieces_of_joined_words_are_found_and_marked(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(
        admin, "Zebra/Scanner jams", description=r"See https://portal.fox.example/door?id=5&x=wolf or C:\otter\lynx.log"
    )
    await make(admin, "Lamp", description="Write to anna.badger@hedge.example, or <mole01>; 3.14")
    await comment(admin, incident, "Mice.Rats")
    for word in (
        "zebra",
        "scanner",
        "zebra/scanner",
        "door",
        "fox.example",
        "wolf",
        "lynx",
        "otter",
        "jam",
        "rat",
        "door*",
    ):
        assert await titles(admin, q=word) == {"Zebra/Scanner jams"}, word
    for word in ("badger", "hedge.example", "anna.badger@hedge.example", "mole01", "anna.badger@hedge.ex*"):
        assert await titles(admin, q=word) == {"Lamp"}, word
    assert await titles(admin, q="-hedge.example -jam") == set()
    assert await titles(admin, q="title:scanner") == {"Zebra/Scanner jams"}

    async def snippet(text: str) -> str:
        found: str = (await admin.get(API, params={"q": text})).json()["items"][0]["snippet"]
        return found

    assert "Write <mark>to</mark> anna" in await snippet("to")
    assert "<mark>Scanner</mark> jams" in await snippet("scanne*")
    assert (await snippet("scanner")).startswith("Zebra/<mark>Scanner</mark> jams · See https://portal.fox")
    assert "anna.<mark>badger</mark>@hedge.example, or &lt;mole01&gt;" in await snippet("badger")
    assert "<mark>anna.badger@hedge.example</mark>" in await snippet("anna.badger@hedge.example")


async def test_corrected_pages_go_on(client: MakeClient) -> None:
    admin = await client("admin")
    for n in range(4):
        await make(admin, f"Printer {n}")
    assert await titles(admin, q="prinetr") == {f"Printer {n}" for n in range(4)}


async def test_the_organisations_language_decides(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    incident = await make(admin, "Störung", description="Zwei Häuser ohne Strom")
    await comment(admin, incident, "Die Leitungen sind geprüft")
    assert await titles(admin, q="haus") == set()
    changed = await admin.put("/api/tenancy/v1/tenant", json={"locale": "de"})
    assert changed.status_code == 200, changed.text
    async with database.tenant(tenant.id) as tx:
        event = RecordedEvent(tenant.id, "TenantChanged", None, None, tx.now, "api", {"fields": ["locale"]}, 1, "")
        await service.index_all(tx, event)
    assert await titles(admin, q="haus leitung") == {"Störung"}
    assert await titles(admin, q='"ohne Strom" häuser') == {"Störung"}
    await make(admin, "Drucker druckten")
    assert await titles(admin, q="gedruckt OR druckte") == {"Drucker druckten"}
