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


def test_all_tests_of_a_shared_site_run_in_one_process(request):
    shared: dict[str, set] = {name: set() for name in SHARED_SITES}
    for item in request.session.items:
        for name in {*SHARED_SITES} & {*item.fixturenames}:
            shared[name].add((item.get_closest_marker("server") is not None, group_of(item)))

    for name, found in shared.items():
        assert found <= {(True, name)}


def group_of(item) -> str:
    (marker,) = item.iter_markers("xdist_group")
    return marker.args[0]
