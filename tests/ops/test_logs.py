"""Where lines go: logrotate for real; Loki, Alloy and Filebeat as far as can be told without them."""

import gzip
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

OPS = Path(__file__).parents[2] / "ops"


def rotate(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    config = folder / "config"
    text = (OPS / "logrotate" / "travelcrawl").read_text()
    assert "/var/log/travelcrawl/*.log" in text
    # Its owner is whoever runs the tests.
    text = text.replace("/var/log/travelcrawl", str(folder)).replace("    su root root\n", "")
    config.write_text(text)
    # logrotate wants the configuration to be nobody else's to change.
    config.chmod(0o644)
    command = [
        shutil.which("logrotate") or "/usr/sbin/logrotate",
        "--state",
        str(folder / "state"),
        *options,
        str(config),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_logrotate_keeps_every_line_of_a_file_that_is_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    log = tmp_path / "amap.log"
    with log.open("a") as crawl:
        crawl.write('{"msg": "before"}\n')
        crawl.flush()
        done = rotate(tmp_path, "--force")
        assert (done.returncode, done.stderr) == (0, "")
        crawl.write('{"msg": "after"}\n')
    (kept,) = tmp_path.glob("amap.log-*.gz")
    assert gzip.decompress(kept.read_bytes()) == b'{"msg": "before"}\n'
    assert log.read_text() == '{"msg": "after"}\n'
    assert {path.stat().st_mode & 0o777 for path in (kept, log)} == {0o640}


def test_logrotate_keeps_thirty_days(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "amap.log").touch()
    said = rotate(tmp_path, "--debug").stderr
    assert "after 1 days (30 rotations)" in said


def test_loki_forgets_after_thirty_days() -> None:
    loki = yaml.safe_load((OPS / "loki" / "loki.yml").read_text())
    assert loki["limits_config"]["retention_period"] == f"{timedelta(days=30) // timedelta(hours=1)}h"
    assert loki["compactor"]["retention_enabled"] is True
    assert loki["analytics"] == {"reporting_enabled": False}


def test_labels_have_few_values() -> None:
    alloy = (OPS / "loki" / "config.alloy").read_text()
    labels = re.search(r"stage\.labels {\s*values = {([^}]*)}", alloy)
    assert labels
    assert set(re.findall(r"(\w+) =", labels[1])) == {"level", "service", "platform"}
    for text in (alloy, re.sub(r'"[^"]*"', "", alloy)):
        assert text.count("{") == text.count("}")


def test_filebeat_takes_its_secrets_from_the_environment() -> None:
    beat = yaml.safe_load((OPS / "elk" / "filebeat.yml").read_text())
    output = beat["output.elasticsearch"]
    assert {output["username"], output["password"]} == {"${ELASTICSEARCH_USERNAME}", "${ELASTICSEARCH_PASSWORD}"}


@pytest.mark.parametrize(
    "file", [path for path in OPS.rglob("*") if path.is_file()], ids=lambda path: str(path.relative_to(OPS))
)
def test_no_file_holds_a_secret(file: Path) -> None:
    for line in file.read_text().splitlines():
        assert not re.search(
            r"(?i)(?:password|secret|token|api_?key)[\"']?\s*[:=]\s*[\"']?(?!\$|true|false)[A-Za-z0-9]{8}", line
        ), line
