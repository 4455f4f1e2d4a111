from sandbox.provider import UNKNOWN
from tests.sandbox.simulators.kit import cloud, paths, urn_of

LOCAL = "command:local:Command"
REMOTE = "command:remote:Command"


def test_a_command_is_never_run(tmp_path):
    trace = tmp_path / "trace"
    live = cloud("command").make(LOCAL, create=f"touch {trace}")
    assert not trace.exists()
    assert (live.properties["stdout"], live.properties["stderr"]) == ("", "")


def test_triggers_replace_and_another_script_updates():
    commands = cloud("command")
    live = commands.make(LOCAL, create="a", triggers=["1"])
    assert commands.diff(LOCAL, live, create="a", triggers=["2"]).replaces == ("triggers[0]",)
    assert commands.diff(LOCAL, live, create="b", triggers=["1"]).replaces == ()
    planned = commands.provider.update(
        LOCAL, urn_of(LOCAL, "thing"), live, {"create": "b", "triggers": ["1"]}, preview=True
    )
    assert planned.properties["stdout"] is UNKNOWN


def test_a_connection_is_secret_and_checked():
    commands = cloud("command")
    assert commands.provider.secret_outputs(REMOTE) == {"connection"}
    assert paths(commands.failures(REMOTE, create="a")) == ["connection"]
    assert paths(commands.failures(REMOTE, create="a", connection={"port": 22})) == ["connection.host"]
    assert paths(commands.failures(LOCAL, create="a", loging="none")) == ["loging"]
