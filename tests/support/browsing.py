"""What a person does on the pages, found by role and label."""

from playwright.sync_api import expect


def first(page):
    return page.get_by_label("Choose the first photo")


def second(page):
    return page.get_by_label("Choose the second photo")


def preview(page, name: str):
    return page.get_by_role("img", name=f"Preview: {name}")


def choose(page, probe, reference, title: str = "") -> None:
    first(page).set_input_files(probe)
    second(page).set_input_files(reference)
    if title:
        page.get_by_label("Title").fill(title)


def compare_button(page):
    return page.get_by_role("button", name="Compare", exact=True)


def submit(page) -> None:
    compare_button(page).click()
    page.wait_for_url("**/verifications/**")


def headline(page, text: str) -> None:
    """Wait for a page by its heading, and until its scripts listen: they run once it is read."""
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible()
    page.wait_for_load_state()


def compare(page, probe, reference, title: str = "") -> None:
    page.goto("/compare/")
    choose(page, probe, reference, title)
    submit(page)
