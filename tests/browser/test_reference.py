"""The API reference, under the content security policy of every page."""

import pytest
from playwright.sync_api import expect


def test_swagger_ui_lists_the_operations_and_sends_a_request(page):
    page.goto("/api/v1/docs/")

    expect(page.get_by_role("heading", name="faceverify")).to_be_visible()
    operation = page.locator(".opblock").first  # of so many it draws those in view
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "200"
    )


@pytest.mark.parametrize(("scheme", "dark"), [("dark", True), ("light", False)])
@pytest.mark.slow
def test_swagger_ui_is_dark_where_the_system_is(visitor, scheme, dark):
    page = visitor.window(color_scheme=scheme)
    page.goto("/api/v1/docs/")

    title = page.get_by_role("heading", name="faceverify")
    expect(title).to_be_visible()
    for colour, is_light in (("color", dark), ("background-color", not dark)):
        place = title if colour == "color" else page.locator("body")
        shown = place.evaluate(f"x => getComputedStyle(x).getPropertyValue('{colour}')")
        parts = [int(part) for part in shown[shown.index("(") + 1 : -1].split(",")[:3]]
        assert (sum(parts) / 3 > 127) is is_light, (colour, shown)
