"""What other features ask about people: whoever can't be named gets one and the same answer."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tocsin.access import service
from tocsin.access.service import NewTeam, NewToken, TeamChange, change_team, create_team, create_token
from tocsin.base.actor import system_actor
from tocsin.base.errors import Invalid


async def refusal(call):
    with pytest.raises(Invalid) as caught:
        await call
    return [(error.field, error.message) for error in caught.value.errors]


async def test_a_person_by_id_email_or_me(database, tenant, member):
    ann = await member("agent", "Ann")
    async with database.tenant(tenant.id) as tx:
        for ref in (str(ann.id), ann.email, f" {ann.email.upper()} ", "me"):
            found = await service.find_user(tx, ref, "user", ann.actor)
            assert (found.id, found.name) == (ann.id, "Ann")
        assert await service.names(tx, [ann.id, uuid4()]) == {ann.id: "Ann"}


async def test_who_cannot_be_named_gets_the_same_answer(database, tenant, other_tenant, member):
    inactive, foreign = await member("agent", active=False), await member("agent", of=other_tenant)
    async with database.tenant(tenant.id) as tx:
        robot = (await create_token(tx, system_actor(tenant.id), NewToken(name="Robot", role="agent"))).user
        refs = (str(uuid4()), str(inactive.id), str(foreign.id), foreign.email, str(robot.id), "nobody", "", "me")
        answers = [await refusal(service.find_user(tx, ref, "user", system_actor(tenant.id))) for ref in refs]
        assert answers == [answers[0]] * len(refs)
        assert await service.find_member_id(tx, inactive.email, "user") == inactive.id
        assert await service.find_member_id(tx, str(robot.id), "user") == robot.id
        assert not await service.is_assignable(tx, inactive.id)
        assert not await service.is_assignable(tx, robot.id)
        assert not await service.is_assignable(tx, foreign.id)


async def test_teams_and_roles(database, tenant, member):
    ann, bob = await member("agent"), await member("manager")
    actor = system_actor(tenant.id)
    async with database.tenant(tenant.id) as tx:
        team = await create_team(tx, actor, NewTeam(name="Net", members=[str(ann.id), str(bob.id)]))
        assert (await service.find_team(tx, "net", "team")).id == team.id
        assert set(await service.team_members(tx, [team.id])) == {ann.id, bob.id}
        assert await service.users_with_role(tx, "manager") == [bob.id]
        assert await service.users_with_role(tx, "nobody") == []
        await change_team(tx, actor, "net", TeamChange(is_active=False))
        gone = await refusal(service.find_team(tx, "net", "team"))
        assert gone == await refusal(service.find_team(tx, str(uuid4()), "team"))
        assert await service.find_team_id(tx, "net", "team") == team.id


@pytest.mark.parametrize("text", ["a@example.com", "a@corp.local", "a@team.test", " A@Example.COM "])
def test_addresses_of_inner_networks_count_too(text):
    assert service.clean_email(text) == text.strip().lower()


@pytest.mark.parametrize("text", ["", "a", "a@b", "@example.com", "a@example.com, b@example.com", "A <a@example.com>"])
def test_no_addresses(text):
    with pytest.raises(Invalid):
        service.clean_email(text, "email")
