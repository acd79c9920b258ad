"""Commands that talk to a running server."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.server import Server


def test_an_inventory_comes_in_and_can_be_listed(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "assets.csv"
    file.write_text("name,importance,addresses\nweb-01,special,198.51.100.20\n,general,\n")
    taken = server.command("assets", "import", str(file), check=False)
    assert (taken.returncode, taken.stdout, taken.stderr) == (3, "1 added, 0 updated\n", "line 3: no name\n")
    file.write_text("name,importance\nweb-01,important\n")
    again = server.command("assets", "import", str(file))
    assert (again.returncode, again.stdout) == (0, "0 added, 1 updated\n")
    (asset,) = [
        json.loads(line) for line in server.command("assets", "list", "--text", "web-01", "--json").stdout.splitlines()
    ]
    assert (asset["name"], asset["importance"], asset["addresses"]) == ("web-01", "important", ["198.51.100.20"])
    listed = server.command("assets", "list", "--text", "198.51.100")
    assert listed.stdout.splitlines()[1].split() == ["web-01", "important", "other", "198.51.100.20", "unknown"]
    missing = server.command("assets", "import", str(tmp_path / "gone.csv"), check=False)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == f"ringfence: cannot read {tmp_path / 'gone.csv'}: No such file or directory\n"


def test_a_bare_tag_through_hec_is_an_event_of_sshd_and_one_line_in_a_pipe(server: Server) -> None:
    text = "sshd[1]: Failed password for root from 192.0.2.7 port 4711 ssh2" + " and more" * 60
    server.send("/services/collector/event", json.dumps({"event": text, "host": "web-77"}).encode()).raise_for_status()
    event = server.find("host.name:web-77")["events"][0]
    assert (event["parser"], event["logsource"]["service"]) == ("sshd", "sshd")
    found = server.command("search", "host.name:web-77", "--last", "all")
    (line,) = found.stdout.splitlines()
    assert line.endswith(f" sshd           {text}")
