"""The API reference, under the content security policy of every page."""

import pytest
from playwright.sync_api import expect


def test_swagger_ui_lists_the_operations_and_sends_a_request(page):
    page.goto("/api/v1/docs/")

    expect(page.get_by_role("heading", name="faceverify")).to_be_visible()
    operation = page.locator("#operations-models-models_list")
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "200"
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_redoc_shows_the_operations(visitor, width):
    # The policy keeps out the library's mark, which comes from elsewhere, and style attributes.
    visitor.expected += ["cdn.redoc.ly", "Applying inline style violates"]
    page = visitor.window(viewport={"width": width, "height": 900})
    page.goto("/api/v1/redoc/")

    expect(page.get_by_role("heading", name="faceverify", exact=False).first).to_be_visible()
    expect(page.get_by_text("/api/v1/verifications/").first).to_be_attached()
