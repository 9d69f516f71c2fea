"""A verdict on one page of paper, and whether the page is still as it was made."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import reverse
from django.utils import translation

from tests.support.embedded import finished, known
from tests.support.faces import group, make_face
from tests.support.languages import offer
from tests.support.problems import assert_problem
from tests.support.rows import verification
from tests.support.submissions import (
    submit_group,
    submit_identify,
    submit_pair,
    submit_person,
    submit_photos,
)
from verification.comparisons.erasing import crops_erase, photos_erase
from verification.models import ReportKey, Verification
from verification.reports import fonts, sealed_pdf
from verification.reports.checking import check
from verification.reports.services import report_make
from verification.reports.sheet import Sheet
from verification.retention.people import person_erase_everywhere
from verification.upkeep.rotation import rotate

pytestmark = pytest.mark.django_db


@pytest.fixture
def verdict(user):
    """Of two drawn photos of one person."""
    row = submit_pair(
        owner=user,
        probe=make_face(0),
        reference=make_face(0, 1),
        probe_name="Ärzte & 日本.jpg",
        title="Иван (endstream endobj)",
    )
    return finished(row)


def test_a_report_is_one_page_with_both_photos_and_both_faces(verdict):
    pdf = report_make(verification=verdict)

    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    assert pdf.count(b"/Subtype /Image") == 4
    assert b"/MediaBox [0 0 595.28 841.89]" in pdf


def test_the_report_states_what_the_verdict_says(verdict, user):
    facts = sealed_pdf.read(report_make(verification=verdict)).facts

    assert facts["outcome"] == "match"
    assert facts["similarity"] == verdict.similarity
    assert facts["asked_by"] == user.email
    assert facts["model_sha256"] == verdict.model_sha256
    assert facts["title"] == "Иван (endstream endobj)"


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("Łucja Зоя Ωραία", None),
        ("山田 太郎", "NotoSansCJKJP"),
        ("王小明", "NotoSansCJKJP"),
        ("김민준", "NotoSansCJKJP"),
        ("محمد عبد الله", None),  # the usual font has these letters, and shapes them
        ("ڼݩ", "NotoSansArabic"),
        ("प्रिया क्षत्रिय", "NotoSansDevanagari"),
        ("তানিয়া", "NotoSansBengali"),
        ("தமிழ்", "NotoSansTamil"),
        ("สมชาย", "NotoSansThai"),
        ("አበበ", "NotoSansEthiopic"),
    ],
)
def test_names_are_written_in_their_own_script(name, font):
    sheet = Sheet(name)

    sheet.text_at(10, 10, name, bold=True)

    assert not sheet.lacks_characters
    embedded = re.findall(rb"/BaseFont /[A-Z]+\+?(\S+)", bytes(sheet.output()))
    assert any(font.encode() in each for each in embedded) if font else sheet.others == {}


def test_letters_that_no_font_has_are_boxes_and_the_page_says_so(verdict):
    assert fonts.drawable("Ada \U000f0000") == "Ada □"
    assert fonts.drawable("A\u202edA\x07") == "AdA"  # turns the text around, or shows nothing
    sheet = Sheet("A")
    sheet.text_at(10, 10, "Ada")
    assert not sheet.lacks_characters

    sheet.text_at(10, 20, "\U000f0000")

    assert sheet.lacks_characters
    Verification.objects.filter(pk=verdict.pk).update(title="\U000f0000")
    assert report_make(verification=Verification.objects.get(pk=verdict.pk)).startswith(b"%PDF-")


def test_a_report_as_it_was_made_holds(verdict, tmp_path, capsys):
    file = tmp_path / "report.pdf"
    file.write_bytes(report_make(verification=verdict))

    call_command("verify_report", str(file))

    said = capsys.readouterr().out
    assert "nothing in it was changed" in said
    assert "says the same" in said
    assert "WRONG" not in said


def test_every_byte_is_sealed(verdict):
    pdf = report_make(verification=verdict)

    for at in range(0, len(pdf), len(pdf) // 150):
        changed = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]
        assert not check(changed).good, at
    assert not check(pdf + b"\n").good
    assert check(pdf).good


def test_a_changed_fact_is_named_with_what_the_server_says(verdict):
    pdf = report_make(verification=verdict)
    forged = pdf.replace(b'"outcome": "match"', b'"outcome": "no_ma"')

    checked = check(forged)

    assert not checked.good
    assert any("facts stated in the file were changed" in wrong for wrong in checked.wrong)
    assert any("outcome: the report says “no_ma”, this server “match”" in w for w in checked.wrong)


def test_a_replaced_picture_is_named_and_the_facts_still_hold(verdict):
    pdf = report_make(verification=verdict)
    at = pdf.index(b"\xff\xda", pdf.index(b"/DCTDecode")) + 40  # within the pixels of a JPEG
    forged = pdf[:at] + bytes([pdf[at] ^ 255]) + pdf[at + 1 :]

    checked = check(forged)

    assert not checked.good
    assert any("a picture" in wrong for wrong in checked.wrong)
    assert not any("what the page says" in wrong for wrong in checked.wrong)
    assert any("outcome match" in wrong for wrong in checked.wrong)


def test_a_rewritten_page_is_named(verdict):
    pdf = report_make(verification=verdict)
    page = re.search(
        rb"/Filter /FlateDecode\n/Length \d+\n>>\nstream\n(.*?)\nendstream", pdf, re.DOTALL
    )
    assert page
    forged = pdf[: page.start(1)] + b"\0" * len(page[1]) + pdf[page.end(1) :]

    checked = check(forged)

    assert any("what the page says or draws" in wrong for wrong in checked.wrong)


def test_a_verdict_that_says_something_else_today_is_told(verdict):
    pdf = report_make(verification=verdict)
    Verification.objects.filter(pk=verdict.pk).update(similarity=0.5)

    checked = check(pdf)

    assert not checked.good
    assert any("nothing in it was changed" in holds for holds in checked.holds)
    assert any(wrong.startswith("similarity: ") for wrong in checked.wrong)


def test_a_report_outlives_its_verdict_and_its_photos(verdict):
    pdf = report_make(verification=verdict)

    photos_erase([verdict.pk], why="rule")
    assert check(pdf).good
    verdict.delete()
    checked = check(pdf)

    assert checked.good
    assert any("not on this server any more" in holds for holds in checked.holds)


def test_a_report_outlives_a_person_who_was_erased_everywhere(user):
    ada = known(user, 0, name="Ada")
    row = submit_person(owner=user, probe=make_face(0, 3), person=ada, title="Ada at the gate")
    pdf = report_make(verification=finished(row))

    person_erase_everywhere(owner=user, person=ada)
    row.refresh_from_db()
    checked = check(pdf)

    assert "Ada" not in row.title
    assert checked.good, checked.wrong
    assert any("were erased on this server" in holds for holds in checked.holds)


def test_a_report_survives_new_file_keys_and_the_loss_of_the_old_ones(verdict, settings):
    pdf = report_make(verification=verdict)
    old, new = settings.FACEVERIFY_FILE_KEYS[0], "bmV3IGtleSBmb3IgdGhlIHRlc3RzIG9mIHJlcG9ydHM="

    with override_settings(FACEVERIFY_FILE_KEYS=[new, old]):
        rotate()
    with override_settings(FACEVERIFY_FILE_KEYS=[new]):
        assert check(pdf).good
        assert check(report_make(verification=verdict)).good


def test_a_report_of_another_server_is_told_apart(verdict):
    pdf = report_make(verification=verdict)
    ReportKey.objects.all().delete()

    checked = check(pdf)

    assert not checked.good
    assert "another server" in checked.wrong[0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4 nothing",
        b'{"format": "faceverify-report"',
        b'{"format": "faceverify-report", "key": 1}',
        b'{"format": "faceverify-report"' + b"[" * 5000,
    ],
)
def test_a_file_that_is_no_report_says_so(data, tmp_path):
    file = tmp_path / "other.pdf"
    file.write_bytes(data)
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_report", str(file), stdout=out)

    assert "no statement of a report" in out.getvalue()


def test_a_missing_file_says_so():
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_report", "/nowhere/report.pdf")


def test_every_kind_of_comparison_has_a_report(user):
    ada = known(user, 0)
    face = make_face(0, 3)
    rows = [
        submit_person(owner=user, probe=face, person=ada),
        submit_identify(owner=user, probe=face),
        submit_group(owner=user, probe=group((0, 2), (1, 0))),
        submit_photos(owner=user, probe=face, photos=[("a.jpg", make_face(0, 1))]),
    ]

    for row in rows:
        assert check(report_make(verification=finished(row))).good, row.kind


def test_a_report_is_in_the_language_of_its_reader_and_holds_in_every_one(verdict, settings):
    offer(settings, ("de", "Deutsch"))
    english = report_make(verification=verdict)

    with translation.override("de"):
        german = report_make(verification=verdict)

    assert b"/Lang (en)" in english and "Report: ".encode("utf-16-be").hex().encode() in english
    assert b"/Lang (de)" in german and "Bericht: ".encode("utf-16-be").hex().encode() in german
    assert check(english).good and check(german).good
    assert sealed_pdf.read(german).facts["outcome"] == "match"


def test_an_erased_verdict_has_a_report_without_pictures(verdict):
    photos_erase([verdict.pk], why="rule")
    crops_erase([verdict.pk], why="rule")
    verdict.refresh_from_db()

    pdf = report_make(verification=verdict)

    assert b"/Subtype /Image" not in pdf
    assert check(pdf).good


def test_the_owner_downloads_it_and_a_stranger_does_not(verdict, owner, other):
    url = reverse("verification_report", args=[verdict.pk])

    answer = owner.get(url)

    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    assert check(answer.content).good
    assert other.get(url).status_code == 404


def test_the_result_page_links_the_report(verdict, owner):
    page = owner.get(reverse("verification_detail", args=[verdict.pk])).content.decode()

    assert reverse("verification_report", args=[verdict.pk]) in page


def test_a_comparison_without_a_verdict_has_none(user, owner, api):
    row = verification(user)

    answer = owner.get(reverse("verification_report", args=[row.pk]))
    told = api.get(f"/api/v1/verifications/{row.pk}/report/")

    assert answer.status_code == 302
    assert_problem(told, 409, json.loads(told.content)["code"])


def test_a_program_downloads_it(verdict, api):
    answer = api.get(f"/api/v1/verifications/{verdict.pk}/report/")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert check(answer.content).good


def test_no_name_reaches_the_log(verdict, caplog):
    report_make(verification=verdict)

    assert not [record for record in caplog.records if "fpdf" in record.name]
