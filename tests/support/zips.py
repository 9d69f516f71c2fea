"""ZIPs as somebody would pack them."""

import io
import zipfile


def packed(files, *, compression=zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of (name or ZipInfo, bytes): the same bytes whenever it is packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files:
            info = name if isinstance(name, zipfile.ZipInfo) else entry(name, compression)
            archive.writestr(info, data)
    return out.getvalue()


def entry(name: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """A file of a ZIP; without a date of its own it would have the present one."""
    info = zipfile.ZipInfo(name)
    info.compress_type = compression
    info.external_attr = 0o600 << 16
    return info
