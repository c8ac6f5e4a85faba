"""Files of the Audit page: what is brought to it, and what is taken away."""

import io
import re
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import mixcore
from app.audit import audit_files, uploads
from audits import picture
from mixcore.audit import table_files
from mixcore.audit.audit_request import AuditRequest
from pages.auditing import ASKED, SIX, audit, text
from pages.driving import html, shown, told


def packed(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        for name, data in members.items():
            pack.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def png(seed):
    file = io.BytesIO()
    picture(seed).save(file, "PNG")
    return file.getvalue()


def test_a_zip_of_one_s_own_is_kept_and_chosen(no_audit):
    page = audit()
    pack = packed(**{f"{name}__{i}.png": png(i) for name in ("cat", "dog") for i in range(2)})
    page.file_uploader(key="ask-file-0").upload("my photos.zip", pack)
    shown(page.run())
    chosen = page.selectbox(key="ask.data").value
    assert chosen.startswith("my photos.zip · ")
    shown(page.button(key="start-audit").click().run())
    asked = AuditRequest.from_dict(no_audit.runs()[0].job().config)
    assert asked.data.startswith(str(no_audit.root / "uploads"))
    assert page.selectbox(key="audit").value == "1 my photos"
    shown(page.button(key="forget-ask.data").click().run())
    assert not list((no_audit.root / "uploads").glob("*/*"))
    assert f"{chosen} is deleted; that freed" in told(page)[0]
    assert page.selectbox(key="ask.data").value == "scenes"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.zip", packed(**{"..__x.png": b"x", "cat__1.png": b"x"}), "refused"),
        ("b.zip", b"no zip", "b.zip"),
        ("c.npz", b"no arrays", "c.npz is no .npz of plain arrays"),
        ("d.zip", packed(cat__1=b"x"), "d.zip"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused_in_one_sentence(no_audit, name, data, why):
    page = audit()
    page.file_uploader(key="ask-file-0").upload(name, data)
    shown(page.run())
    said = re.search('class="refusal" role="alert">(.*?)</p>', html(page))[1]
    assert why in said
    assert page.selectbox(key="ask.data").value == "scenes"
    assert not list((no_audit.root / "uploads").glob("*/*"))


def test_downloads_have_every_row(at_hand):
    place = at_hand.runs()[-1].folder
    lines = audit_files.make_csv(place).decode().splitlines()
    rows = table_files.read_table(place).num_rows
    assert len(lines) == rows + 1
    assert rows == ASKED["n"] * (len(SIX) + 2)  # with two controls
    assert pq.read_table(io.BytesIO(audit_files.make_parquet(place))).num_rows == rows
    assert b"<!doctype html>" in audit_files.make_report(place)
    page = audit(audit="1 scenes")
    assert {one.proto.label for one in page.get("download_button")} == {
        "All rows, CSV", "All rows, Parquet", "Report, one HTML file",
    }  # fmt: skip


def test_a_table_from_elsewhere_is_opened_without_its_pictures(no_audit, tmp_path):
    plan = mixcore.method("cutmix").plan(mixcore.Batch(torch.rand(4, 3, 8, 8)), 1)
    with mixcore.AuditLog(tmp_path / "log", classes=("cat", "dog", "owl", "fox")) as log:
        log(plan, torch.arange(4), None, torch.rand(4, 1, 2, 2))
    page = audit(audit="log")
    assert "the evidence &quot;the training&#x27;s own maps&quot;" in html(page)
    page = shown(page.button(key="open-0").click().run())
    assert "written by a training; the pictures of its mixes are not kept" in text(page)
    data = (tmp_path / "log" / table_files.TABLE).read_bytes()
    name = uploads.keep_upload(io.BytesIO(data), "theirs.parquet")
    assert name.startswith("theirs.parquet · ")
    assert "Logged from a training loop" in text(audit(audit=name))
    gone = audit(audit=name)
    shown(gone.button(key="forget-audit").click().run())
    assert not uploads.list_tables()
    strange = pa.table({"row": ["one"]}, metadata=table_files.pack_facts({}))
    with io.BytesIO() as other:
        pq.write_table(strange, other)
        with pytest.raises(ValueError, match="its column 'row' holds string"):
            uploads.keep_upload(io.BytesIO(other.getvalue()), "strange.parquet")
    with pytest.raises(ValueError, match="no table of an audit"):
        uploads.keep_upload(io.BytesIO(b"nothing"), "broken.parquet")
