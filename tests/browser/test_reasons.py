"""Under a verdict: which parts of the faces decided, and the report to take away."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browsing import LOOKS_IN_THE_DARK, compare, headline, problems


@pytest.mark.parametrize("look", LOOKS_IN_THE_DARK)
def test_somebody_asks_why_and_sees_it_without_a_reload(visitor, state, photos, look):
    page = visitor.window(storage_state=state, **look)
    compare(page, photos["ada"], photos["ada_again"])
    headline(page, "Probably the same person")

    page.get_by_role("button", name="Show which parts of the faces decided").click()

    why = page.get_by_role("region", name="Why this verdict")
    expect(why.get_by_text("Most of the likeness lies in")).to_be_visible()
    expect(why.get_by_role("img", name=re.compile("most of the likeness"))).to_have_count(2)
    assert problems(page) == []


def test_the_report_is_downloaded(page, photos, tmp_path):
    compare(page, photos["ada"], photos["bea"])
    headline(page, "Probably different people")

    with page.expect_download() as download:
        page.get_by_role("link", name="Report as PDF").click()

    file = tmp_path / "report.pdf"
    download.value.save_as(file)
    assert download.value.suggested_filename.endswith(".pdf")
    assert file.read_bytes().startswith(b"%PDF-")


def test_a_printed_result_has_no_buttons_and_fits_the_paper(page, photos):
    compare(page, photos["ada"], photos["bea"])
    headline(page, "Probably different people")

    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})

    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
