"""The API in a browser: what is sent there, with the token of the page and without."""

import pytest
from playwright.sync_api import expect


def form(page, title: str):
    return page.get_by_role("region", name=title, exact=False)


def test_a_verification_is_sent_with_photos_and_its_verdict_is_shown(page, photos):
    page.goto("/api/v1/verifications/")
    sending = form(page, "POST")
    sending.get_by_label("probe (optional)", exact=True).set_input_files(photos["ada"])
    sending.get_by_label("reference (optional)", exact=True).set_input_files(photos["ada_again"])
    sending.get_by_label("title").fill("From the API's page")
    sending.get_by_label("wait").fill("10")
    sending.get_by_role("button", name="Send POST").click()

    expect(sending.get_by_text("201 Created")).to_be_visible()
    expect(sending.get_by_text('"title": "From the API\'s page"')).to_be_visible()
    sending.get_by_role("link", name="/api/v1/verifications/", exact=False).click()
    expect(page.get_by_text("From the API's page")).to_be_visible()

    page.get_by_role("button", name="Send DELETE").click()
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(page.get_by_text("204 No Content")).to_be_visible()


def test_json_is_sent_and_a_mistake_in_it_is_told(page):
    page.goto("/api/v1/people/")
    sending = form(page, "POST")
    body = sending.get_by_label("Body, as JSON")

    body.fill('{"name": "Ada"')
    sending.get_by_role("button", name="Send POST").click()
    expect(sending.get_by_text("This is not JSON yet")).to_be_visible()

    body.fill('{"name": "Ada of the page"}')
    sending.get_by_role("button", name="Send POST").click()
    expect(sending.get_by_text("201 Created")).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Body of the answer")).to_contain_text("Ada of the page")


def test_without_the_token_it_is_refused(page, visitor):
    visitor.expected.append("status of 403")
    page.goto("/api/v1/people/")
    page.locator("form[data-call=POST] input[name=csrfmiddlewaretoken]").evaluate(
        "input => { input.value = '' }"
    )
    sending = form(page, "POST")
    sending.get_by_label("Body, as JSON").fill('{"name": "Without a token"}')
    sending.get_by_role("button", name="Send POST").click()

    expect(sending.get_by_text("403 Forbidden")).to_be_visible()
    page.reload()
    answer = page.get_by_role("region", name="Body of the answer")
    expect(answer).to_contain_text('"results"')
    expect(answer).not_to_contain_text("Without a token")


@pytest.mark.parametrize("path", ["", "people/", "verifications/", "searches/", "webhooks/"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_window(visitor, state, path, width):
    visitor.expected.append("status of 405")
    page = visitor.window(storage_state=state, viewport={"width": width, "height": 900})
    page.goto(f"/api/v1/{path}")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
