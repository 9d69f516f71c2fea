"""`make test-fast` leaves out what starts servers: a test that does so cannot forget its marker."""

import pytest

from tests.conftest import SHARED_SITES
from tests.support.servers import postgres_server, redis_server, site


@pytest.mark.parametrize("server", [redis_server, postgres_server, site])
def test_a_test_without_the_marker_cannot_start_a_server(server, tmp_path):
    arguments = [tmp_path] if server is site else []

    with pytest.raises(pytest.fail.Exception, match=r"mark it with @pytest\.mark\.server"):
        with server(*arguments):
            pass


def test_all_tests_of_a_shared_site_have_it(request):
    for item in request.session.items:
        if {*SHARED_SITES} & {*item.fixturenames}:
            assert item.get_closest_marker("server"), item.nodeid
