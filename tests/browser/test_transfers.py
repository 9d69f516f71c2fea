"""A gallery comes in as a ZIP and goes out as one, in the browser, with a real worker."""

import zipfile

import pytest
from playwright.sync_api import expect

from tests.support.browsing import answer_if_asked
from tests.support.faces import make_face, no_face
from tests.support.zips import packed


def fits(page) -> bool:
    """Nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "people.zip"
    path.write_bytes(
        packed(
            [
                ("Ada Imported/1.jpg", make_face(3)),
                ("Ada Imported/2.jpg", make_face(3, 1)),
                ("Bea Imported/1.jpg", make_face(4)),
                ("Bea Imported/sky.jpg", no_face()),
                ("Bea Imported/notes.txt", b"not a photo"),
            ]
        )
    )
    return path


def test_a_zip_is_imported_with_a_report_and_the_gallery_exported(page, visitor, archive):
    visitor.expected += ["net::ERR_FAILED", "503", "htmx:"]  # after both it asks again
    status = "**/people/import/*/status/*"
    page.route(status, lambda route: route.fulfill(status=503), times=1)
    page.route(status, lambda route: route.abort(), times=1)
    page.goto("/people/import/")
    page.get_by_label("Choose the ZIP of the people").set_input_files(archive)
    page.get_by_role("button", name="Import", exact=True).click()

    page.wait_for_url("**/people/import/*-*/")
    expect(page.get_by_role("heading", name="Import finished")).to_be_visible()
    files = page.get_by_role("list", name="Files")
    expect(files).to_contain_text("3 added")
    expect(files).to_contain_text("2 refused")
    page.get_by_role("link", name="Refused only").click()
    report = page.get_by_role("region", name="Report")
    expect(report).to_contain_text("Bea Imported/notes.txt")
    expect(report).not_to_contain_text("Ada Imported/1.jpg")
    page.set_viewport_size({"width": 390, "height": 900})
    assert fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert "not_an_image" in download.value.path().read_text()

    page.goto("/people/export/")
    page.get_by_role("button", name="Make a ZIP of everything").click()
    link = page.get_by_role("link", name="Download", exact=True).first
    answer_if_asked(page, link)
    assert fits(page)
    with page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as made:
        assert {"gallery.json", "Ada Imported/0001.jpg"} <= set(made.namelist())


def test_a_file_that_is_no_zip_is_refused_with_what_to_do(page, tmp_path):
    path = tmp_path / "people.zip"
    path.write_bytes(b"not a zip")
    page.goto("/people/import/")

    page.get_by_label("Choose the ZIP of the people").set_input_files(path)
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_role("heading", name="Nothing was imported")).to_be_visible()
    expect(page.get_by_text("Pack the folder as a ZIP again")).to_be_visible()


def test_an_empty_file_is_refused_on_the_page(page, tmp_path):
    path = tmp_path / "empty.zip"
    path.write_bytes(b"")
    page.goto("/people/import/")

    page.get_by_label("Choose the ZIP of the people").set_input_files(path)
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.locator("#archive-error")).to_have_text("The file is empty. Choose another one.")
