"""The client for asyncio, against the site: what is its own, for `scripts/clients.py` makes the other of it."""

import asyncio

import pytest
from faceverify_client import ApiError, AsyncClient, ServerUnreachable

from tests.support.faces import make_face
from tests.support.loops import run_alone
from tests.support.servers import free_port


@pytest.fixture
def run(worker, key):
    """Runs a function of a client in a loop of its own."""

    def run(use, url=worker.url, **options):
        async def main():
            async with AsyncClient(url, key, **options) as client:
                return await use(client)

        return run_alone(main())

    return run


def test_many_at_once_are_each_answered(run, photos):
    async def use(client):
        pairs = [("ada-1.jpg", "ada-2.jpg"), ("ada-1.jpg", "bob-1.jpg")] * 2
        return await asyncio.gather(*(client.compare(photos / a, photos / b) for a, b in pairs))

    assert [row.outcome for row in run(use)] == ["match", "no_match"] * 2


def test_lists_are_walked_through(run):
    async def use(client):
        made = [await client.person_add(f"Walker {n}", tags=["walk"]) for n in range(3)]
        walked = [each async for each in client.people(tag="walk")]
        for each in made:
            await client.person_delete(each.id)
        return made, walked, [each async for each in client.people(tag="walk")]

    made, walked, left = run(use)
    assert {each.id for each in made} == {each.id for each in walked}
    assert left == []


def test_a_person_is_kept_found_and_changed(run):
    anchored, probe = make_face(5), make_face(5, 1)  # of nobody else in this account

    async def use(client):
        ada = await client.person_add("Ada of asyncio")
        anchor = await client.anchor_add(ada.id, anchored)
        row = await client.verify(probe, ada.id)
        dry = await client.verify_dry(probe, ada.id)
        renamed = await client.person_update(ada.id, name="Ada L")
        found = await client.identify_dry(probe)
        await client.anchor_delete(anchor.id)
        await client.person_delete(ada.id)
        names = {candidate.name for candidate in found}
        return anchor.state, row.outcome, dry.outcome, renamed.name, "Ada L" in names

    assert run(use) == ("ready", "match", "match", "Ada L", True)


def test_what_is_refused_and_what_does_not_answer_are_told_apart(run, photos):
    async def refused(client):
        await client.detect(photos / "notes.jpg")

    with pytest.raises(ApiError) as error:
        run(refused)
    assert error.value.is_refused_photo
    with pytest.raises(ServerUnreachable):
        run(refused, url=f"http://127.0.0.1:{free_port()}", retries=0)
