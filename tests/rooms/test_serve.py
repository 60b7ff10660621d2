"""What stands in the web server's log."""

import re

from parts import Services, running_web

STAMPED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING|ERROR) [\w.]+: \S")


def test_each_line_of_the_web_servers_log_says_when_and_how_bad_and_once(db: Services) -> None:
    log = db.folder.logs / "web.log"
    log.unlink(missing_ok=True)
    with running_web(db):
        pass
    lines = log.read_text().splitlines()
    assert [line for line in lines if not STAMPED.match(line)] == []
    assert sum("Application startup complete" in line for line in lines) == 1
