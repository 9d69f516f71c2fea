"""Names of folders and files in a ZIP that every system can unpack."""


def folder_name(name: str, taken: set[str]) -> str:
    """A name that every system allows for a folder, and that none of `taken` has, to which it is added."""
    plain = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in name)
    plain = plain.strip(" .")[:100] or "Person"
    folder, number = plain, 1
    while folder.casefold() in taken:
        number += 1
        folder = f"{plain} ({number})"
    taken.add(folder.casefold())
    return folder
