"""The units: sound, tight, and in agreement with the programs and with each other."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from statemachine_internal.control.addresses import SYSTEM_RUNTIME_DIR
from statemachine_internal.control.listen import BACKLOG
from statemachine_internal.monitor.token import CREDENTIAL, PACKAGED
from statemachine_internal.runtime.engine import DRAIN_SECONDS
from statemachine_internal.runtime.performing import CANCEL_SECONDS
from statemachine_internal.store.paths import SYSTEM_DIRECTORY
from unit.deploy.units import DEPLOY, UNITS, copy_with_stubs, needs, pages_that_are_missing, run, unit_folder, verify

NAMES = sorted(path.name for path in UNITS.iterdir())
SERVICES = [name for name in NAMES if name.endswith(".service")]
DROP_INS = sorted(path.name for path in (DEPLOY / "drop-ins").glob("*.conf"))
OF_THE_MONITOR = {
    "monitor-address.conf": "statemachine-monitor.socket",
    "monitor-open.conf": "statemachine-monitor.service",
}


class Unit(dict[str, list[str]]):
    """The assignments of a unit file, by key, in order."""

    def __init__(self, name: str) -> None:
        super().__init__()
        for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
            if "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                self.setdefault(key, []).append(value)

    def one(self, key: str) -> str:
        (value,) = self[key]
        return value


def an_instance(name: str) -> str:
    return name.replace("@.", "@worker.")


@pytest.mark.req("J1")
def test_all_units_are_there() -> None:
    assert {
        "statemachine@.socket",
        "statemachine@.service",
        "statemachine-monitor.socket",
        "statemachine-monitor.service",
        "statemachine.target",
        "statemachine-maintenance.timer",
        "statemachine-maintenance.service",
        "statemachine-wake.path",
        "statemachine-wake.service",
    } == set(NAMES)


@pytest.mark.req("J1")
def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    needs("systemd-analyze")
    done = verify(unit_folder(tmp_path), *map(an_instance, NAMES))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.req("J1")
@pytest.mark.parametrize("name", DROP_INS)
def test_systemd_has_nothing_to_say_against_an_example_of_a_drop_in(name: str, tmp_path: Path) -> None:
    needs("systemd-analyze")
    folder = unit_folder(tmp_path)
    unit = OF_THE_MONITOR.get(name, "statemachine@worker.service")
    (folder / f"{unit}.d").mkdir()
    copy_with_stubs(DEPLOY / "drop-ins" / name, folder / f"{unit}.d")
    done = verify(folder, unit)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.req("J1")
@pytest.mark.parametrize(
    ("name", "exposure"),
    [
        ("statemachine@.service", 1.5),
        ("statemachine-monitor.service", 0.5),
        ("statemachine-maintenance.service", 0.5),
        ("statemachine-wake.service", 0.5),
    ],
)
def test_a_service_is_exposed_no_more_than_it_may_be(name: str, exposure: float, tmp_path: Path) -> None:
    needs("systemd-analyze")
    path = unit_folder(tmp_path) / name
    done = run("systemd-analyze", "security", "--offline=true", f"--threshold={exposure * 10:.0f}", path)
    assert done.returncode == 0, done.stdout


@pytest.mark.req("J1")
def test_no_service_but_the_example_is_left_out_of_the_exposure_test() -> None:
    assert len(SERVICES) == 4


@pytest.mark.req("B2")
def test_a_machine_listens_where_senders_look_for_it() -> None:
    unit = Unit("statemachine@.socket")
    assert unit.one("ListenSequentialPacket") == f"{SYSTEM_RUNTIME_DIR}/control/%i.sock"
    assert int(unit.one("Backlog")) == BACKLOG


@pytest.mark.req("B2")
def test_a_machine_runs_the_definition_of_its_name() -> None:
    command = Unit("statemachine@.service").one("ExecStart")
    assert command.startswith("/usr/bin/statemachine /etc/statemachine/%i.yaml --machine-name %i")


@pytest.mark.req("P1")
@pytest.mark.parametrize("name", ["statemachine@", "statemachine-monitor"])
def test_no_number_of_starts_closes_a_socket(name: str) -> None:
    assert Unit(f"{name}.socket").one("TriggerLimitIntervalSec") == "0"
    assert Unit(f"{name}.service").one("StartLimitIntervalSec") == "0"


@pytest.mark.req("P1")
@pytest.mark.parametrize("name", ["statemachine@", "statemachine-monitor"])
def test_a_restart_of_the_target_leaves_the_sockets_open(name: str) -> None:
    assert "PartOf" not in Unit(f"{name}.socket")
    assert Unit(f"{name}.socket").one("StopPropagatedFrom") == "statemachine.target"
    assert Unit(f"{name}.service").one("PartOf") == "statemachine.target"


@pytest.mark.req("B5")
def test_a_running_action_gets_its_time_at_a_stop() -> None:
    unit = Unit("statemachine@.service")
    assert unit.one("KillMode") == "mixed"
    assert float(unit.one("TimeoutStopSec").removesuffix("s")) > DRAIN_SECONDS + CANCEL_SECONDS


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("name", "statuses"),
    [("statemachine@.service", ["2", "78"]), ("statemachine-monitor.service", ["2", "78", "243"])],
)
def test_what_no_restart_can_mend_is_not_restarted_and_starts_by_the_socket_are_paced(
    name: str, statuses: list[str]
) -> None:
    unit = Unit(name)
    assert unit.one("RestartPreventExitStatus").split() == statuses
    assert unit["ExecStopPost"][0] == f"/bin/sh -c 'case $$EXIT_STATUS in {'|'.join(statuses)}) sleep 1 ;; esac'"


@pytest.mark.req("H5")
def test_the_monitor_asks_for_the_token_that_the_package_makes() -> None:
    assert Unit("statemachine-monitor.service").one("LoadCredential") == f"{CREDENTIAL}:{PACKAGED}"
    assert f"file=${{1:-{PACKAGED}}}" in (DEPLOY / "libexec" / "make-monitor-token").read_text(encoding="utf-8")
    for script in ("statemachine-monitor.postinst", "statemachine-monitor.postrm"):
        text = (DEPLOY.parent / "packaging" / "debian" / script).read_text(encoding="utf-8")
        assert "/usr/libexec/statemachine/make-monitor-token" in text or f"rm -f {PACKAGED}" in text


@pytest.mark.req("H5")
def test_a_monitor_without_a_token_is_a_drop_in_that_says_for_whom_it_is() -> None:
    lines = (DEPLOY / "drop-ins" / "monitor-open.conf").read_text(encoding="utf-8").splitlines()
    program = Unit("statemachine-monitor.service").one("ExecStart").replace("-ui ", "-ui --any-user ")
    assert lines[-4:] == ["[Service]", "LoadCredential=", "ExecStart=", f"ExecStart={program}"]


@pytest.mark.req("J1")
def test_nothing_shares_a_runtime_directory_that_the_first_to_stop_would_take() -> None:
    taken = [unit.get("RuntimeDirectory", []) for unit in map(Unit, SERVICES)]
    assert [names for names in taken if names] == [["statemachine-wake"]]


@pytest.mark.req("J1")
def test_every_folder_that_a_service_writes_to_is_made_by_tmpfiles_too() -> None:
    made = {
        line.split()[1]: line.split()[2]
        for line in (DEPLOY / "tmpfiles.d" / "statemachine.conf").read_text(encoding="utf-8").splitlines()
        if line.startswith("d ")
    }
    for unit in map(Unit, SERVICES):
        for folder in unit.one("StateDirectory").split():
            if "%" not in folder:
                assert made[f"/var/lib/{folder}"] == unit.one("StateDirectoryMode")
    assert {SYSTEM_DIRECTORY, *(f"{SYSTEM_RUNTIME_DIR}{end}" for end in ("", "/control", "/feed"))} <= set(made)


@pytest.mark.req("H1")
def test_the_monitor_listens_on_loopback_alone() -> None:
    ports = [address for address in Unit("statemachine-monitor.socket")["ListenStream"] if not address.startswith("/")]
    assert ports == ["127.0.0.1:3001", "127.0.0.1:3002", "127.0.0.1:8765"]


@pytest.mark.req("H5")
def test_the_monitor_s_socket_file_is_for_the_operators_alone() -> None:
    unit = Unit("statemachine-monitor.socket")
    assert f"{SYSTEM_RUNTIME_DIR}/monitor.sock" in unit["ListenStream"]
    assert (unit.one("SocketUser"), unit.one("SocketGroup")) == ("statemachine", "statemachine")
    assert (unit.one("SocketMode"), unit.one("DirectoryMode"), unit.one("RemoveOnStop")) == ("0660", "0750", "yes")
    assert "NoDelay" not in unit, "the kernel refuses it for a socket file, and systemd warns at each start"


@pytest.mark.req("J1")
def test_the_target_brings_what_no_one_enables() -> None:
    wanted = Unit("statemachine.target").one("Wants").split()
    assert sorted(wanted) == [
        "statemachine-maintenance.timer",
        "statemachine-wake.path",
        "statemachine-wake.service",
    ]


@pytest.mark.req("J3")
def test_every_preset_is_about_a_unit_that_can_be_enabled() -> None:
    (preset,) = (DEPLOY / "presets").glob("*.preset")
    lines = [line.split() for line in preset.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert {name for _, name in lines} == {name for name in NAMES if "[Install]" in (UNITS / name).read_text()}
    assert {name for word, name in lines if word == "enable"} == {"statemachine.target", "statemachine-monitor.socket"}


@pytest.mark.req("J3")
def test_every_line_of_the_defaults_is_a_comment_and_every_setting_is_read_by_something() -> None:
    text = (DEPLOY / "default" / "statemachine").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []
    settings = re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE)
    assert settings
    units = "".join((UNITS / name).read_text(encoding="utf-8") for name in SERVICES)
    code = "".join(path.read_text(encoding="utf-8") for path in (DEPLOY.parent / "internal").rglob("*.py"))
    code += "".join(path.read_text(encoding="utf-8") for path in (DEPLOY.parent / "cmd").rglob("*.py"))
    assert [name for name in settings if f"${name}" not in units and name not in code] == []


@pytest.mark.req("J3")
def test_every_service_with_settings_reads_them_from_the_defaults() -> None:
    for name in SERVICES:
        assert Unit(name).one("EnvironmentFile") == "-/etc/default/statemachine"


def test_a_unit_says_what_it_is_and_where_more_is_told() -> None:
    for name in NAMES:
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.read(UNITS / name, encoding="utf-8")
        assert parser["Unit"]["Description"]
        assert pages_that_are_missing(parser["Unit"]["Documentation"]) == []
