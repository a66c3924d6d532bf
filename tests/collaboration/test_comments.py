"""Comments through HTTP: public and internal, first response, search, safe HTML."""

from __future__ import annotations

import re

import pytest

from tests.collaboration.steps import attach, comment, under
from tests.incidents.steps import API, events, fields, make
from tocsin.base import markup
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden
from tocsin.collaboration import service
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident


async def test_create_answers_the_whole_shape(client, member, connect):
    someone = await member("agent")
    agent = connect(someone.token)
    incident = await make(await client("agent"))
    answer = await agent.post(under(incident, "comments"), json={"body": "It is **plugged** in"})
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == under(incident, "comments", made["id"])
    assert {k: v for k, v in made.items() if k not in ("id", "created_at", "updated_at")} == {
        "body": "It is **plugged** in",
        "body_html": "<p>It is <strong>plugged</strong> in</p>\n",
        "is_internal": False,
        "author": {"type": "user", "id": str(someone.id), "name": someone.name},
        "mentions": [],
        "attachments": [],
        "edited_at": None,
        "deleted_at": None,
        "deleted_by": None,
    }
    assert (await agent.get(answer.headers["location"])).json() == made
    assert (await agent.get(under(incident))).json()["version"] == incident["version"] + 1


async def test_the_event_never_holds_the_text(client):
    agent = await client("agent")
    incident = await make(agent)
    made = await comment(agent, incident, "the secret word is swordfish", is_internal=True)
    told = (await events(agent, incident))[-1]
    assert told["type"] == "CommentAdded"
    assert (told["data"]["comment"], told["data"]["is_internal"]) == (made["id"], True)
    assert "swordfish" not in str(told)


async def test_only_a_members_public_comment_is_the_first_response(client):
    agent, colleague = await client("agent"), await client("agent")
    incident = await make(agent)

    async def responded():
        return (await agent.get(under(incident))).json()["sla"]["first_response_at"]

    await comment(colleague, incident, is_internal=True)
    assert await responded() is None
    await comment(agent, incident)
    assert await responded() is None, "the reporter's own word is no response"
    await comment(colleague, incident)
    first = await responded()
    assert first is not None
    await comment(colleague, incident, "Again")
    assert await responded() == first


async def test_pages_oldest_first_or_newest_first(client):
    agent = await client("agent")
    incident = await make(agent)
    for number in range(5):
        await comment(agent, incident, str(number))

    async def walk(**params):
        seen, cursor = [], None
        while True:
            asked = {"limit": "2", **params} | ({"cursor": cursor} if cursor else {})
            page = (await agent.get(under(incident, "comments"), params=asked)).json()
            seen += [item["body"] for item in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                return "".join(seen)

    assert await walk() == "01234"
    assert await walk(order="-created_at") == "43210"
    cursor = (await agent.get(under(incident, "comments"), params={"limit": "2"})).json()["next_cursor"]
    other = await agent.get(under(incident, "comments"), params={"cursor": cursor, "order": "-created_at"})
    assert (other.status_code, fields(other.json())) == (422, ["cursor"])
    wrong = await agent.get(under(incident, "comments"), params={"order": "body"})
    assert (wrong.status_code, fields(wrong.json())) == (422, ["order"])


async def test_the_reporter_sees_what_is_public_and_may_not_write(client):
    agent, reporter, nosy = await client("agent"), await client("reporter"), await client("reporter")
    incident = await make(reporter)
    public = await comment(agent, incident, "We are on it")
    secret = await comment(agent, incident, "User error", is_internal=True)
    await attach(agent, incident, comment_id=public["id"])
    await attach(agent, incident, comment_id=public["id"], is_internal="true")
    path = under(incident, "comments")
    seen = (await reporter.get(path)).json()["items"]
    assert [c["id"] for c in seen] == [public["id"]]
    assert len(seen[0]["attachments"]) == 1
    assert (await reporter.get(f"{path}/{public['id']}")).status_code == 200
    assert (await reporter.get(f"{path}/{secret['id']}")).status_code == 404
    assert (await reporter.post(path, json={"body": "Thanks"})).status_code == 403
    assert (await nosy.get(path)).status_code == 404
    assert len((await agent.get(path)).json()["items"][0]["attachments"]) == 2


async def test_comments_are_found_by_their_words_internal_ones_by_members_only(client):
    agent, reporter = await client("agent"), await client("reporter")
    incident = await make(reporter)
    await comment(agent, incident, "zirconium")
    await comment(agent, incident, "unobtainium", is_internal=True)

    async def found(who, word):
        return [i["id"] for i in (await who.get(API, params={"q": word})).json()["items"]]

    assert await found(agent, "zirconium") == [incident["id"]]
    assert await found(agent, "unobtainium") == [incident["id"]]
    assert await found(reporter, "zirconium") == [incident["id"]]
    assert await found(reporter, "unobtainium") == []


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "body"),
        ({"body": ""}, "body"),
        ({"body": " \n "}, "body"),
        ({"body": "x" * 50_001}, "body"),
        ({"body": "a\x00"}, "body"),
        ({"body": 7}, "body"),
        ({"body": "x", "is_internal": "yes"}, "is_internal"),
        ({"body": "x", "author": "me"}, "author"),
    ],
)
async def test_bad_bodies(client, body, field):
    agent = await client("agent")
    incident = await make(agent)
    answer = await agent.post(under(incident, "comments"), json=body)
    assert (answer.status_code, fields(answer.json())) == (422, [field])
    assert (await agent.get(under(incident, "comments"))).json()["items"] == []


async def test_the_longest_comment_is_kept_whole(client):
    agent = await client("agent")
    incident = await make(agent)
    body = "ab\n" * 16_666
    assert (await comment(agent, incident, body))["body"] == body


async def test_a_comment_of_another_incident_or_tenant_is_absent(client, other_tenant):
    agent, stranger = await client("agent"), await client("admin", of=other_tenant)
    first, second = await make(agent), await make(agent)
    made = await comment(agent, first)
    assert (await agent.get(under(second, "comments", made["id"]))).status_code == 404
    for path in (under(first, "comments"), under(first, "comments", made["id"])):
        assert (await stranger.get(path)).status_code == 404
    assert (await stranger.post(under(first, "comments"), json={"body": "x"})).status_code == 404


async def test_idempotency_key(client):
    agent = await client("agent")
    incident = await make(agent)
    answers = [
        await agent.post(under(incident, "comments"), json={"body": "once"}, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert len((await agent.get(under(incident, "comments"))).json()["items"]) == 1


async def test_the_reporters_word_from_the_tracking_page(database, tenant, at):
    public = Actor(tenant.id, None, "Public", "public", frozenset({"incidents.public.submit"}), "web")
    async with database.tenant(tenant.id) as tx:
        reporter_id = await incidents.find_or_add_reporter(tx, name="Ada Visitor", email="ada@example.com")
        new = NewIncident(title="Lamp", source="web", reported_via="public", reporter_id=reporter_id)
        incident_id = await incidents.create(tx, public, new)
    async with database.tenant(tenant.id) as tx:
        await service.add_reporter_comment(tx, public, incident_id, "Any *news*?")
    async with database.tenant(tenant.id) as tx:
        page = await service.list_comments(tx, public, incident_id, service.ListQuery())
        assert [(c.author.type, c.author.name, c.is_internal) for c in page.items] == [
            ("reporter", "Ada Visitor", False)
        ]
        clocks = (await incidents.show(tx, public, incident_id)).sla
        assert clocks is not None
        assert clocks.first_response_at is None
    nobody = Actor(tenant.id, None, "Public", "public", frozenset(), "web")
    async with database.tenant(tenant.id) as tx:
        with pytest.raises(Forbidden):
            await service.add_reporter_comment(tx, nobody, incident_id, "x")


# ----------------------------------------------------------------------------------------------------------- safe HTML

PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.test/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<base href=//evil.test/>",
    "<form action=//evil.test><input name=p></form>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>@import '//evil.test/x.css'</style>",
    "<link rel=stylesheet href=//evil.test>",
    "<meta http-equiv=refresh content='0;url=//evil.test'>",
    "<object data=//evil.test></object><embed src=//evil.test>",
    "<details open ontoggle=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](//evil.test/)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](http://evil.test/pixel.png)",
    "![x](data:image/svg+xml;base64,AAAA)",
    '[x](http://a.test "onmouseover=alert(1)")',
    '[x](http://a.test/"onmouseover=alert(1))',
    '```"><script>alert(1)</script>\nx\n```',
    "`<img src=x onerror=alert(1)>`",
    "<!--><img src=x onerror=alert(1)>-->",
    "<x onclick=alert(1) style='background:url(//evil.test)'>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
]
TAG = re.compile(r"<(/?)([a-zA-Z][^\s>/]*)([^>]*)>")
ALLOWED = set(markup._TAGS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_rendered_is_on_the_allow_list(payload):
    html = markup.render(payload)
    for _, name, attributes in TAG.findall(html):
        assert name in ALLOWED, html
        for attribute in re.findall(r'([a-zA-Z-]+)\s*=\s*"', attributes):
            assert attribute in {"href", "title", "rel", "start", "class"}, html
        for href in re.findall(r'href="([^"]*)"', attributes):
            assert href.startswith(("http://", "https://", "mailto:")), html
    assert "<!--" not in html


def test_links_give_nothing_away_and_images_become_links():
    html = markup.render("[a](https://a.test/) <https://b.test/> ![pixel](https://c.test/p.png)")
    assert html.count('rel="nofollow noopener noreferrer"') == 3
    assert "<img" not in html


def test_markdown_that_people_use():
    source = "# T\n\n- a\n- ~~b~~\n\n| x | y |\n|---|---|\n| 1 | `2` |\n\n> q\n\n```py\nx < 1\n```\none\ntwo"
    html = markup.render(source)
    for piece in ("<h1>T</h1>", "<li>a</li>", "<s>b</s>", "<td>1</td>", "<blockquote>", "x &lt; 1", "one<br>\ntwo"):
        assert piece in html, piece
