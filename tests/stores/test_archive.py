import gzip
import io
import logging
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from travelcrawl.errors import StoreError
from travelcrawl.stores.archive import ArchiveWriter, Kept, read_archive


def answer(number: int, **other: object) -> Kept:
    return Kept(
        url=f"https://a.example/poi/{number}?q=西湖",
        status=200,
        headers={"content-type": "text/html", "content-encoding": "gzip", "x-a": "b"},
        body=f"<p>西湖 {number}</p>".encode() + bytes(range(256)),
        platform="demo",
        **other,  # type: ignore[arg-type]
    )


def write(path: Path, *answers: Kept) -> None:
    writer = ArchiveWriter(path)
    for one in answers:
        writer.put(one)
    writer.close()


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.warc.gz"
    asked = answer(2, page="List", params={"page": 2, "q": "西"}, method="POST", request_body='{"index":2}')
    write(path, answer(1), asked)
    first, second = read_archive(path)
    assert first.body == answer(1).body
    assert first.headers == {"content-type": "text/html", "x-a": "b"}
    assert (first.url, first.status, first.platform, first.page) == (answer(1).url, 200, "demo", None)
    assert (second.page, second.params, second.method, second.request_body) == (
        "List",
        {"page": 2, "q": "西"},
        "POST",
        '{"index":2}',
    )


def test_a_file_cut_off_gives_its_whole_answers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, *(answer(number) for number in range(5)))
    whole = path.read_bytes()
    for length in (len(whole) - 100, len(whole) - 300, len(whole) // 2):
        path.write_bytes(whole[:length])
        with caplog.at_level(logging.WARNING):
            found = [one.url[:24] for one in read_archive(path)]
        assert found == [f"https://a.example/poi/{number}?"[:24] for number in range(len(found))]
        assert 1 <= len(found) < 5
        assert "cut off" in caplog.text


@pytest.mark.parametrize("content", [b"", b"not a WARC file", gzip.compress(b"hello", mtime=0), b"\x1f\x8b\x08rubbish"])
def test_what_is_no_archive_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    if content:
        with pytest.raises(StoreError, match="no WARC file of ours"):
            list(read_archive(path))
    else:
        assert list(read_archive(path)) == []


def test_a_missing_file_and_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot read the archive"):
        list(read_archive(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the archive"):
        ArchiveWriter(tmp_path / "file" / "a.warc.gz")


def test_a_disk_that_fills_is_said_once_and_leaves_a_whole_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = ArchiveWriter(tmp_path / "a.warc.gz")
    writer.put(answer(1)).result()

    class Full(io.BufferedWriter):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    writer._file.close()
    writer._file = Full(io.FileIO(tmp_path / "a.warc.gz", "ab"))
    writer._writer.out = SimpleNamespace(write=writer._file.write, flush=lambda: None)
    writer.put(answer(2)).result()
    writer.put(answer(3)).result()
    # What was left in the buffer is not written, nor missed.
    writer.close()
    assert caplog.text.count("No space left on device") == 1
    assert len(list(read_archive(tmp_path / "a.warc.gz"))) == 1


def test_an_archive_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        http = StatusAndHeaders("200 OK", [], protocol="HTTP/1.1")
        body = BytesIO(b"<p>")
        record = writer.create_warc_record("http://a.example/", "response", payload=body, http_headers=http)
        writer.write_record(record)
        record.raw_stream.close()
    with pytest.raises(StoreError, match="is no WARC file of ours: its answers are not described"):
        list(read_archive(path))


@pytest.mark.parametrize("header", [b"WARC-Target-URI", b"WARC-Date", b"WARC-Type", b"HTTP/1.1 200"])
def test_a_damaged_header_ends_the_file_at_the_last_whole_answer(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, answer(1), answer(2))
    first, damaged, rest = gzip.decompress(path.read_bytes()).rpartition(header)
    assert damaged
    plain = tmp_path / "a.warc"
    plain.write_bytes(first + b"X" + header[1:] + rest)
    assert [one.url for one in read_archive(plain)][:1] == [answer(1).url]
