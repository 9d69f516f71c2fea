"""Redis with TLS, which knows its clients by their certificates: queue, cache and health."""

import pytest

from tests.support.certificates import Authority
from tests.support.faces import make_face
from tests.support.machines import tls_redis
from tests.support.programs import Client
from tests.support.servers import eventually, site
from tests.support.starting import start

pytestmark = [pytest.mark.server, pytest.mark.redis]

FINDING = """
from faceverify.health_checks import look
print(next(f"{f.word}: {f.sentence}" for f in look()[0] if f.name == "cache"))
"""


def test_verdicts_go_through_it_and_who_cannot_be_trusted_is_refused_with_a_word(tmp_path):
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    server = ours.issue("server", ["127.0.0.1"])
    certificate, key = ours.issue("client", ["client"])
    home = tmp_path / "site"
    home.mkdir()
    with (
        tls_redis(*server, ours.ca) as url,
        site(
            home,
            REDIS_URL=url,
            FACEVERIFY_REDIS_CA=str(ours.ca),
            FACEVERIFY_REDIS_CERTIFICATE=str(certificate),
            FACEVERIFY_REDIS_KEY=str(key),
        ) as place,
    ):
        client = Client(place.start_web().start_worker(), place.new_key())

        assert client.verdict(make_face(1), make_face(1, 1))["outcome"] == "match"
        assert client.session.get(f"{place.url}/health/ready").json()["cache"] == "ok"

        def finding(**changed):
            return place.run("manage.py", "shell", "--no-imports", "-c", FINDING, **changed)

        assert finding() == "ok: Redis answers.\n"
        refused = finding(FACEVERIFY_REDIS_CA=str(others.ca))
        assert refused.startswith("not trusted: The certificate of Redis is not trusted")
        unknown = finding(FACEVERIFY_REDIS_CERTIFICATE="", FACEVERIFY_REDIS_KEY="")
        assert unknown.startswith("not trusted: Redis and this server cannot agree on TLS")
        elsewhere = finding(REDIS_URL=url.replace("127.0.0.1", "localhost"))
        assert elsewhere.startswith("not trusted: The certificate of Redis is not trusted")
        place.others.append(place.launch_worker("wary", FACEVERIFY_REDIS_CA=str(others.ca)))
        eventually(lambda: "certificate verify failed" in place.log("wary"), "the worker's word")


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"REDIS_URL": "rediss://h", "FACEVERIFY_REDIS_CA": "/nowhere/ca.crt"},
         "FACEVERIFY_REDIS_CA='/nowhere/ca.crt': there is no file that can be read."),
        ({"REDIS_URL": "redis://h", "FACEVERIFY_REDIS_CA": __file__}, "REDIS_URL that begins with rediss://"),
        ({"REDIS_URL": "rediss://h", "FACEVERIFY_REDIS_KEY": __file__}, "give both or none"),
    ],
)  # fmt: skip
def test_files_that_do_not_fit_stop_the_start(tmp_path, environment, word):
    done = start(tmp_path, "import faceverify.settings", **environment)

    assert done.returncode == 1
    assert word in done.stderr
