"""The OpenAPI document and its page: valid, whole, cached, readable without script."""

from __future__ import annotations

import html.parser
import json
import re
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from tests.contracts.docs import documented
from tocsin.base.paging import Page
from tocsin.web.docs import curl, example, kind_of, prose, render
from tocsin.web.openapi import build
from tocsin.web.routes import Ctx, get, post, put

pytestmark = pytest.mark.contract


class Part(msgspec.Struct, frozen=True):
    id: UUID


class Thing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A thing with `code` in its text."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    role: Literal["owner", "guest"] = "owner"
    parts: list[Part] = []
    more: dict[str, Any] = {}
    note: str | msgspec.UnsetType | None = msgspec.UNSET


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: str | None = None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    file: bytes
    is_internal: bool = False


@get("/things", module="things", permission="incidents.view")
async def list_things(ctx: Ctx, query: Filter) -> Page[Thing]:
    """All things.

    Newest first."""
    raise NotImplementedError


@post("/things", module="things", permission=("incidents.create", "incidents.update"))
async def add_thing(ctx: Ctx, data: Thing) -> Thing:
    """Add a thing."""
    ctx.created("/things/1")
    return data


@put("/things/{ref}", module="things", permission="incidents.update", etag=True)
async def change_thing(ctx: Ctx, ref: str, data: Thing) -> Thing:
    """Change a thing."""
    return data


@post("/things/{ref}/files", module="things", permission="incidents.update", reads_stream=True, form=Upload, status=201)
async def upload(ctx: Ctx, ref: str) -> Thing:
    """Add a file."""
    raise NotImplementedError


@post("/public/things", module="things", access="public", status=201)
async def submit(ctx: Ctx, data: Thing) -> None:
    """Report a thing."""


DECLARED = (list_things, add_thing, change_thing, upload, submit)


@pytest.fixture(scope="module")
def document():
    return json.loads(msgspec.json.encode(build(DECLARED, {"things": "Things"})))


def test_lists_are_described_with_their_parameters(document):
    operation = document["paths"]["/things"]["get"]
    assert operation["summary"] == "All things"
    assert operation["description"] == "Newest first.\n\nNeeds the permission `incidents.view`."
    assert operation["x-permission"] == ["incidents.view"]
    assert {p["name"]: p["schema"] for p in operation["parameters"]} == {
        "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        "cursor": {"type": "string"},
    }
    assert operation["security"] == [{"token": []}, {"session": []}]
    assert set(operation["responses"]) == {"200", "401", "403", "422", "503"}


def test_making_something_answers_201_with_its_address(document):
    operation = document["paths"]["/things"]["post"]
    assert "200" not in operation["responses"]
    assert "Location" in operation["responses"]["201"]["headers"]
    assert "Idempotency-Key" in [p["name"] for p in operation["parameters"]]
    assert operation["security"][1] == {"session": [], "csrf": []}
    assert {"400", "409", "413", "415", "422"} <= set(operation["responses"])


def test_a_versioned_resource_honours_if_match(document):
    operation = document["paths"]["/things/{ref}"]["put"]
    assert "If-Match" in [p["name"] for p in operation["parameters"]]
    assert {"404", "412"} <= set(operation["responses"])
    assert "ETag" in operation["responses"]["200"]["headers"]


def test_uploads_are_multipart(document):
    content = document["paths"]["/things/{ref}/files"]["post"]["requestBody"]["content"]
    schema = content["multipart/form-data"]["schema"]
    assert schema["properties"]["file"]["format"] == "binary"
    assert schema["required"] == ["file"]


def test_public_routes_take_the_tenant(document):
    operation = document["paths"]["/public/things"]["post"]
    assert operation["security"] == [{}, {"token": []}]
    assert operation["parameters"][0]["name"] == "X-Tenant"
    assert "429" in operation["responses"]


def test_words_for_schemas():
    assert str(kind_of({"type": "string", "minLength": 1, "maxLength": 200})) == "text, 1 to 200 characters"
    assert str(kind_of({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]})) == "id (UUID) or null"
    assert "<b>" not in str(kind_of({"enum": ["<b>"]}))
    assert str(prose("<b> `x<y`")) == "&lt;b&gt; <code>x&lt;y</code>"


def test_examples_fit_their_schema(document):
    components = document["components"]["schemas"]
    assert example({"$ref": "#/components/schemas/Thing"}, components) == {"title": "…"}
    text = curl("/things/{ref}", "PUT", document["paths"]["/things/{ref}"]["put"], components)
    assert text.startswith('curl -X PUT "$TOCSIN/things/INC-000001" \\\n  -H "Authorization: Bearer $TOKEN"')


class Tree(html.parser.HTMLParser):
    """Collects what a page must not have, and what it must."""

    VOID = frozenset({"meta", "link", "path", "circle", "br", "hr", "img", "input"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert "style" not in given
        assert not [name for name in given if name.startswith("on")]
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("routes", [DECLARED, documented()], ids=["declared", "all"])
def test_page_is_sound_html_without_script_or_foreign_address(routes):
    tree = Tree(render(build(routes)))
    assert tree.open == []
    assert not {"script", "style", "iframe"} & set(tree.tags)
    assert len(tree.ids) == len(set(tree.ids))
    assert [link for link in tree.links if link.startswith("#") and link[1:] not in tree.ids] == []
    assert [link for link in tree.links if "//" in link] == []


def test_every_route_has_its_own_operation_and_resolvable_references():
    document = json.loads(msgspec.json.encode(build(documented())))
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) == len(documented())
    for ref in re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(document)):
        assert ref[1] in document["components"][ref[0]], ref


async def test_served_with_an_entity_tag(stranger):
    for path, kind in (("/api/openapi.json", "application/json"), ("/api/docs", "text/html; charset=utf-8")):
        answer = await stranger.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        again = await stranger.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_style_sheet_is_served_and_kept(stranger):
    page = (await stranger.get("/api/docs")).text
    (address,) = re.findall(r'href="(/static/docs\.css\?v=\w+)"', page)
    answer = await stranger.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert "max-age=2592000" in answer.headers["cache-control"]
    for name in ("absent.css", "..%2fapp.py", "docs.css%00"):
        assert (await stranger.get(f"/static/{name}")).status_code == 404
