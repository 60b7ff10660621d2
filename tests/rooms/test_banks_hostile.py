"""Hostile, damaged and odd question banks: each ends in a sentence or a report, none in a crash."""

import struct
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from banking import CARTRIDGE_MANIFEST, GIFT, MOODLE, QTI1, QTI2_CHOICE, cartridge, detected, zipped

from app.assessment.banks import reading
from app.assessment.banks.reading import read_bank
from app.assessment.banks.schema import BankReply, Fate
from app.base.archives import Limits, open_archive
from app.base.errors import Invalid
from app.base.xml import read_xml

SECRET = "the-secret-of-this-machine"


def refused(folder: Path, content: bytes | str) -> str:
    with pytest.raises(Invalid) as caught:
        detected(folder, content)
    return caught.value.sentence


def test_external_entities_are_refused_and_nothing_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    declared = f'<!DOCTYPE quiz [<!ENTITY x SYSTEM "file://{secret}">]>'
    bank = MOODLE.replace("<quiz>", f"{declared}<quiz>").replace("Cells are small.", "&x;")
    for content in (bank.encode(), bank.replace("UTF-8", "UTF-16").encode("utf-16")):
        assert "entities" in refused(tmp_path, content)
    by_reference = MOODLE.replace("<quiz>", f'<!DOCTYPE quiz SYSTEM "file://{secret}"><quiz>')
    assert SECRET not in detected(tmp_path, by_reference).model_dump_json()


def test_billion_laughs_end_in_a_sentence(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY l0 "ha">{laughs}]><quiz a="&l9;">&l9;</quiz>'
    assert "entities" in refused(tmp_path, bomb)
    in_package = detected(tmp_path, zipped({"imsmanifest.xml": CARTRIDGE_MANIFEST.format(version=1), "quiz/a.xml": bomb,
                                            "link.xml": bomb, "bad.xml": bomb}))  # fmt: skip
    assert {one.fate for one in in_package.found} == {Fate.DROPPED}
    assert sum("entities" in one for one in in_package.notes) == 2


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/evil.xml", "a/../../evil.xml", "C:\\evil.xml", "a\\..\\b.xml"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert "leads out" in refused(tmp_path, zipped({"imsmanifest.xml": "<manifest/>", name: "x"}))


def test_a_manifest_that_points_out_finds_nothing(tmp_path: Path) -> None:
    manifest = CARTRIDGE_MANIFEST.format(version=1).replace("quiz/a.xml", "../../../../etc/passwd.xml")
    bank = detected(
        tmp_path, zipped({"imsmanifest.xml": manifest, "link.xml": "<webLink/>", "bad.xml": "<a/>", "x.xml": QTI1})
    )
    assert [one.fate for one in bank.found] == [Fate.DROPPED, Fate.DROPPED]
    assert "no file" in bank.found[0].why


def test_links_are_no_files(tmp_path: Path) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("imsmanifest.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "leads out" in refused(tmp_path, out.getvalue())


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    assert "far more" in refused(tmp_path, zipped({"imsmanifest.xml": b" " * (80 * 2**20)}))
    assert "far more" in refused(tmp_path, zipped({f"{at}.xml": "" for at in range(20_001)}))
    lying = bytearray(zipped({"a.xml": b"A" * 5_000}))
    for at in range(len(lying) - 4):
        if lying[at : at + 4] == struct.pack("<I", 5_000):
            lying[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(Invalid), open_archive(bytes(lying), Limits()) as archive:
        archive.read("a.xml")


def test_damaged_and_truncated_files_end_in_a_sentence(tmp_path: Path) -> None:
    whole = cartridge()
    for cut in (30, 200, len(whole) // 2, len(whole) - 30):
        assert refused(tmp_path, whole[:cut])
    for text in (MOODLE, QTI1, QTI2_CHOICE):
        for part in (3, 2):
            assert "no XML" in refused(tmp_path, text[: len(text) // part])
    for cut in range(0, len(GIFT), 37):
        try:
            assert detected(tmp_path, GIFT[:cut] + "\n\nOne? {=a ~b}").found
        except Invalid:
            pytest.fail("a GIFT file that is cut off still has questions")
    assert "no question" in refused(tmp_path, "  \n\n")
    assert "no text" in refused(tmp_path, b"\x00\x01\xff\xfe" * 300)


def test_letters_of_other_codes_are_read(tmp_path: Path) -> None:
    text = "Wie heißt grün? {=groß ~übel}"
    for content in (text.encode("utf-8-sig"), text.encode("utf-16"), text.encode("cp1252")):
        assert detected(tmp_path, content).found[0].item.stem == "Wie heißt grün?"
    latin = MOODLE.replace("UTF-8", "ISO-8859-1").replace("Cells are small.", "Zellen für alle.")
    assert detected(tmp_path, latin.encode("latin-1")).found[2].item.stem == "Zellen für alle."
    assert refused(tmp_path, MOODLE.replace("Cells are", "\x00Cells").encode())
    lone = detected(tmp_path, "What\\n \ud800? {=a ~b}".encode("utf-8", "surrogatepass"))
    lone.model_dump_json()


def test_odd_items_are_dropped_with_a_reason(tmp_path: Path) -> None:
    odd = "\n\n".join(
        [
            "No right one? {~a ~b}",
            "Two alike? {=a ~a}",
            "Only one? {=}",
            "Huge? {#1e999}",
            "x" * 5_000 + " {=a ~b}",
            "Unit? {#=abc}",
            "Partners {=a -> b =c -> b}",
            "{}",
            "}{",
            "Deep {{{{=a}}}}",
            "Many {" + " ".join(f"={at}{'~' if at else ''}x{at}" for at in range(40)) + "}",
        ]
    )
    bank = detected(tmp_path, odd)
    assert all(one.why for one in bank.found if one.item is None)
    assert sum(one.item is None for one in bank.found) >= 9
    for broken in (
        "<quiz><question type='multichoice'/></quiz>",
        "<quiz><question/><question type='matching'/></quiz>",
    ):
        assert all(one.why for one in detected(tmp_path, broken).found)
    for cut in ("<correctResponse><value>B</value></correctResponse>", 'identifier="B"', "<p>Look at the sign.</p>"):
        BankReply(bank=detected(tmp_path, QTI2_CHOICE.replace(cut, ""))).model_dump_json()


def test_deep_and_wide_documents(tmp_path: Path) -> None:
    deep = "<a>" * 5_000 + "</a>" * 5_000
    with pytest.raises(Invalid):
        read_xml(deep.encode())
    many = "<quiz>" + "<question type='truefalse'/>" * 2_500 + "</quiz>"
    bank = detected(tmp_path, many)
    assert len(bank.found) == 2_000
    assert bank.notes


def test_a_reader_that_dies_or_hangs_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bank.txt"
    path.write_text(GIFT)
    monkeypatch.setattr(reading, "MEMORY", 2**20)
    with pytest.raises(Invalid, match="time or memory"):
        read_bank(path)
    path.write_bytes(b"")
    with pytest.raises(Invalid, match="empty"):
        read_bank(path)
