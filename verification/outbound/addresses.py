"""Which addresses are on the open Internet."""

import ipaddress

# Of the IANA registries of special-purpose addresses, what not every version of Python knows.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
SPECIAL_V4 = [ipaddress.ip_network(block) for block in ("192.0.0.0/24", "192.88.99.0/24")]
SPECIAL_V6 = [
    ipaddress.ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet: not private, loopback, link-local,
    shared, multicast, reserved, for documentation or unspecified.

    Of IPv6 only what is given out to hosts counts (2000::/3), less the blocks in it with a special
    purpose. So an address that stands for an IPv4 address (mapped, NAT64, 6to4, Teredo) never does.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    special = SPECIAL_V4 if ip.version == 4 else SPECIAL_V6
    return (ip.version == 4 or ip in GLOBAL_UNICAST) and not any(ip in block for block in special)


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
