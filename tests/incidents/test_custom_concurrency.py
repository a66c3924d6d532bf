"""Many at once on the same incident: no custom value and no tag is lost, and lists find exactly what the record shows."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID

from tests.incidents.steps import API, MakeClient, make
from tests.incidents.test_custom import define
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant


async def test_twelve_at_once_lose_nothing(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    slugs = [f"f{n}" for n in range(6)]
    for slug in slugs:
        await define(admin, slug, "choice", choices=["a", "b"])
    incident = await make(admin)
    path = f"{API}/{incident['id']}"
    tasks = [admin.put(path, json={"custom": {slug: "a"}}) for slug in slugs]
    tasks += [admin.post(f"{path}/tags", json={"tags": [f"t{n}"]}) for n in range(6)]
    random.Random(3).shuffle(tasks)
    assert {answer.status_code for answer in await asyncio.gather(*tasks)} == {200}
    shown = (await admin.get(path)).json()
    assert shown["custom"] == dict.fromkeys(slugs, "a")
    assert shown["tags"] == [f"t{n}" for n in range(6)]
    changes: list[dict[str, Any]] = [{"custom": {slug: value}} for slug in slugs for value in ("b", None)]
    changes += [{"tags": []}, {"tags": ["t1", "new"]}]
    await asyncio.gather(*(admin.put(path, json=change) for change in changes))
    shown = (await admin.get(path)).json()
    async with database.tenant(tenant.id) as tx:
        values = await tx.rows(
            "select f.slug, v.value from incident_custom_values v join custom_fields f on f.tenant_id = $1 and f.id = v.field_id"
            " where v.tenant_id = $1 and v.incident_id = $2",
            *(tenant.id, UUID(incident["id"])),
        )
        tags = await tx.rows("select tag from incident_tags where tenant_id = $1 order by tag", tenant.id)
    assert {row["slug"]: row["value"] for row in values} == shown["custom"]
    assert [row["tag"] for row in tags] == shown["tags"]
