"""Where requests go, and where they never do; against real sockets."""

import socket
import threading

import httpcore
import pytest

from tests.support.receiver import Receiver
from verification.outbound.addresses import is_public
from verification.webhooks import sending, signing


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def private(settings):
    settings.FACEVERIFY_WEBHOOK_PRIVATE = True


@pytest.fixture
def names(monkeypatch):
    """Names that resolve as the test says: a list of answers, one after another."""
    known: dict[str, list] = {}
    asked, real = [], socket.getaddrinfo

    def getaddrinfo(host, port, *arguments, **options):
        if host not in known:
            return real(host, port, *arguments, **options)
        asked.append(host)
        answers = known[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    known["asked"] = asked
    return known


def post(url):
    return sending.post(url, body='{"a":1}', headers={"webhook-id": "msg_1"})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
        "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
        "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:a00:1:0:0:f5ff:fffe", "2001:0:808:808::1", "2002:808:808::1", "fec0::1", "feff::1",
        "3fff::1", "5f00::1", "100::1", "192.88.99.1", "192.0.0.8", "4000::1", "no address",
    ],
)  # fmt: skip
def test_an_address_of_a_network_of_ours_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_an_address_of_the_internet_is(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1", "127.1"]
)
def test_nothing_is_sent_to_this_machine_however_it_is_called(receiver, host):
    answer = post(f"http://{host}:{receiver.port}/hook")

    assert answer.status is None
    assert answer.error in ("address_not_public", "name_not_found")
    assert receiver.received == []


def test_a_name_that_leads_inside_is_not_followed(receiver, names):
    names["inside.example.org"] = [["127.0.0.1"]]

    answer = post(f"http://inside.example.org:{receiver.port}/")

    assert answer.error == "address_not_public"
    assert receiver.received == []


def test_a_name_with_one_address_inside_is_not_followed(receiver, names):
    names["both.example.org"] = [["93.184.216.34", "127.0.0.1"]]

    assert post(f"http://both.example.org:{receiver.port}/").error == "address_not_public"
    assert receiver.received == []


def test_the_address_that_was_checked_is_the_one_connected_to(receiver, names, monkeypatch):
    """A name server that answers otherwise the second time gets no second question."""
    names["rebind.example.org"] = [["93.184.216.34"], ["127.0.0.1"]]
    connected = []

    def connect(self, host, port, *arguments, **options):
        connected.append(host)
        raise httpcore.ConnectError("This test reaches no network.")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)

    answer = post(f"http://rebind.example.org:{receiver.port}/")

    assert connected == ["93.184.216.34"]
    assert names["asked"] == ["rebind.example.org"]
    assert answer.error == "not_reachable"


def test_the_operator_can_allow_it(receiver, private):
    answer = post(receiver.url)

    assert (answer.status, answer.error, answer.is_good) == (204, "", True)
    assert receiver.received[0].body == b'{"a":1}'
    assert receiver.received[0].headers["webhook-id"] == "msg_1"
    assert receiver.received[0].headers["content-type"] == "application/json"


def test_a_redirect_is_an_answer_and_not_followed(receiver, private):
    receiver.answers = [(302, {"Location": receiver.url + "/other"}, b"")]

    answer = post(receiver.url)

    assert (answer.status, answer.is_good) == (302, False)
    assert len(receiver.received) == 1


def test_a_proxy_of_the_environment_is_not_used(receiver, private, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert post(receiver.url).status == 204


def test_of_a_long_answer_no_more_than_a_little_is_read(receiver, private, monkeypatch):
    receiver.answers = [(200, {}, b"x" * 5_000_000)]
    read = []
    real = httpcore.Response.iter_stream

    def counted(self):
        for piece in real(self):
            read.append(len(piece))
            yield piece

    monkeypatch.setattr(httpcore.Response, "iter_stream", counted)

    assert post(receiver.url).status == 200
    assert sum(read) < 3 * sending.MAX_ANSWER


def test_a_name_that_is_looked_up_too_slowly_is_given_up(receiver, private, monkeypatch):
    looked_up = threading.Event()
    monkeypatch.setattr(sending, "TOTAL", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: looked_up.wait(60))

    answer = post(f"http://slow.example.org:{receiver.port}/")
    looked_up.set()

    assert answer.error == "too_slow"
    assert answer.milliseconds < 10_000
    assert receiver.received == []


def test_who_answers_too_slowly_is_left(receiver, private, monkeypatch):
    monkeypatch.setattr(sending, "TOTAL", 0.2)
    receiver.held = threading.Event()

    assert post(receiver.url).error == "too_slow"


def test_who_sends_byte_after_byte_is_left_too(private, monkeypatch):
    monkeypatch.setattr(sending, "TOTAL", 0.3)
    server, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip():
        connection, _ = server.accept()
        connection.recv(65536)
        try:
            while not over.wait(0.05):
                connection.sendall(b"H")
        except OSError:
            pass

    threading.Thread(target=drip, daemon=True).start()
    answer = post(f"http://127.0.0.1:{server.getsockname()[1]}/")
    over.set()
    server.close()

    assert answer.error in ("too_slow", "connection_broken")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:1/", "not_reachable"),
        ("https://127.0.0.1:{port}/", ("tls_failed", "connection_broken", "not_reachable")),
        ("http://no-such-name.invalid/", "name_not_found"),
    ],
)
def test_what_goes_wrong_has_a_name(receiver, private, url, error):
    assert post(url.format(port=receiver.port)).error in error


def test_the_signature_is_that_of_the_convention():
    """The example of the specification."""
    assert (
        signing.signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp=1614265330,
            body='{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )
