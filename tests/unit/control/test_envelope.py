"""The wire format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.control.envelope import (
    MAX_DEPTH,
    MAX_MESSAGE,
    WAKE,
    Message,
    accepted,
    encode_message,
    parse_message,
    parse_reply,
    refusal,
)
from statemachine_internal.control.outcomes import Refusal

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def raw(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def outcome(data: bytes) -> Message | Refusal:
    try:
        return parse_message(data)
    except Refusal as refusal:
        return refusal


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse_message(data)
    assert "\n" not in caught.value.text
    return caught.value


@pytest.mark.req("E1")
def test_a_message_has_type_payload_job_id_source_and_uid() -> None:
    message = parse_message(raw(type="done", payload={"n": 1}, job_id="j", source="cli", uid="u"))
    assert (message.type, message.payload, message.payload_json) == ("done", {"n": 1}, '{"n":1}')
    assert (message.job_id, message.source, message.uid, message.is_wake) == ("j", "cli", "u", False)


@pytest.mark.req("E1")
@pytest.mark.parametrize("extra", [{}, {"payload": None, "job_id": None, "source": None, "uid": None}, {"uid": ""}])
def test_all_but_the_type_may_be_left_out(extra: dict[str, object]) -> None:
    message = parse_message(raw(type="go", **extra))
    assert (message.payload, message.payload_json) == ({}, "{}")
    assert (message.job_id, message.source, message.uid) == (None, None, None)


@pytest.mark.req("E1")
def test_a_payload_that_arrives_as_json_text_is_parsed() -> None:
    message = parse_message(raw(type="go", payload='{"file": "/a b"}'))
    assert (message.payload, message.payload_json) == ({"file": "/a b"}, '{"file":"/a b"}')


@pytest.mark.req("E1")
@pytest.mark.parametrize("payload", ["{broken", "", "[1]", "null", "7", [1], 7, True])
def test_a_broken_payload_is_refused_with_a_reason(payload: object) -> None:
    refusal = refused(raw(type="go", payload=payload))
    assert refusal.code == "bad_request"
    assert "payload" in refusal.text


@pytest.mark.req("E1")
@pytest.mark.parametrize("size", [1, 128])
def test_a_type_of_1_to_128_characters_is_taken(size: int) -> None:
    assert parse_message(raw(type="ü" * size)).type == "ü" * size


@pytest.mark.req("E1")
@pytest.mark.parametrize("type", [None, "", "x" * 129, 7, ["go"], "a\nb", "a\x00", "a\x7f", "a\u2028b", "\ud800"])
def test_any_other_type_is_refused(type: object) -> None:
    refusal = refused(raw(type=type, payload={}))
    assert refusal.code == "bad_request"
    assert "'type'" in refusal.text


def test_a_type_may_hold_a_character_that_is_newer_than_this_python() -> None:
    unassigned = "\U0001fadd"
    assert parse_message(raw(type=unassigned)).type == unassigned


@pytest.mark.req("E1")
@pytest.mark.parametrize("key", ["job_id", "source", "uid"])
@pytest.mark.parametrize("value", [7, False, ["x"], {}, "x" * 257, "a\nb", "\ud800"])
def test_the_other_texts_are_at_most_256_characters_without_control_characters(key: str, value: object) -> None:
    refusal = refused(raw(type="go", **{key: value}))
    assert refusal.code == "bad_request"
    assert f"'{key}'" in refusal.text
    assert parse_message(raw(type="go", **{key: "ü" * 256})) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b'{"type":"go"} x',
        b'{"type":"go","payload":{"x":NaN}}',
        b'{"type":"go","payload":{"x":-Infinity}}',
        b'{"type":"go","payload":{"x":1e999}}',
        b'{"type":"go","payload":{"x":"\\ud800"}}',
        b'{"type":"go","payload":{"\\udfff":1}}',
        b'{"type":"go","payload":"{\\"x\\":NaN}"}',
        b'{"type":"go","payload":{"x":' + b"1" * 5000 + b"}}",
        b'{"type":"go","payload":' + b"[" * 100_000,
        b'{"type":"go","payload":{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
        b'{"control":"sleep"}',
        b'{"control":["wake"]}',
    ],
)
def test_what_can_not_be_stored_is_a_bad_request(data: bytes) -> None:
    assert refused(data).code == "bad_request"


def test_a_payload_is_nested_at_most_100_levels_deep() -> None:
    def nested(levels: int) -> bytes:
        return b'{"type":"go","payload":' + b'{"x":' * levels + b"1" + b"}" * levels + b"}"

    assert parse_message(nested(MAX_DEPTH)).type == "go"
    assert "nested" in refused(nested(MAX_DEPTH + 1)).text


def test_a_flat_payload_may_hold_many_brackets() -> None:
    payload: dict[str, Any] = {"rows": [[] for _ in range(5000)], "text": "[" * 5000}
    assert parse_message(raw(type="go", payload=payload)).payload == payload


@pytest.mark.req("E1")
def test_a_message_may_have_192_kib_and_no_byte_more() -> None:
    padding = MAX_MESSAGE - len(raw(type="go", payload={"x": ""}))
    assert parse_message(raw(type="go", payload={"x": "x" * padding})).type == "go"
    assert refused(raw(type="go", payload={"x": "x" * (padding + 1)})).code == "payload_too_large"


@pytest.mark.req("P4")
def test_the_doorbell_is_no_event_and_an_event_named_wake_is_no_doorbell() -> None:
    assert parse_message(WAKE).is_wake
    message = parse_message(raw(type="wake", control="wake"))
    assert (message.type, message.is_wake) == ("wake", False)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_message_or_a_refusal(data: bytes) -> None:
    assert isinstance(outcome(data), Message | Refusal)


@given(
    st.dictionaries(st.sampled_from(["type", "payload", "job_id", "source", "uid", "control"]), JSON | st.just("wake")),
    st.booleans(),
)
def test_any_json_gives_a_message_that_can_be_stored_or_a_refusal(fields: dict[str, Any], as_text: bool) -> None:
    if as_text and "payload" in fields:
        fields["payload"] = json.dumps(fields["payload"])
    message = outcome(json.dumps(fields).encode())
    if isinstance(message, Refusal):
        assert message.code == "bad_request"
    else:
        assert message.is_wake or 1 <= len(message.type) <= 128
        assert json.loads(message.payload_json.encode()) == message.payload
        for text in (message.type, message.job_id, message.source, message.uid):
            assert (text or "").encode().decode() == (text or "")


@pytest.mark.req("E1")
@given(
    st.text(st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=128),
    st.dictionaries(st.text(), JSON, max_size=5),
)
def test_what_a_sender_writes_a_machine_reads(type: str, payload: dict[str, Any]) -> None:
    message = parse_message(encode_message(type, payload, source="s", uid="u"))
    assert (message.type, message.payload, message.job_id, message.uid) == (type, payload, None, "u")


@pytest.mark.parametrize("payload", [{"x": float("nan")}, {"x": object()}, {"x": "\ud800"}])
def test_a_sender_is_told_what_it_can_not_write(payload: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="JSON") as caught:
        encode_message("go", payload)
    assert caught.value.code == "bad_request"


def test_a_sender_is_told_that_its_message_is_too_large() -> None:
    with pytest.raises(Refusal, match="196608") as caught:
        encode_message("go", {"x": "x" * 300_000})
    assert caught.value.code == "payload_too_large"


def test_replies_are_read_as_they_were_written() -> None:
    first, again, no = (
        parse_reply(accepted(17)),
        parse_reply(accepted(17, duplicate=True)),
        refusal("full", "a\nb\ud800"),
    )
    assert (first.ok, first.id, first.duplicate) == (True, 17, False)
    assert (again.ok, again.id, again.duplicate) == (True, 17, True)
    assert json.loads(accepted(17)) == {"ok": True, "id": 17, "status": "accepted"}
    assert (parse_reply(no).ok, parse_reply(no).code, parse_reply(no).error) == (False, "full", "a\nb\ud800")
    assert b"\n" not in no


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"ok":true}', b'{"ok":1,"id":2}', b"[" * 60_000])
def test_what_is_no_reply_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for the log alone
        parse_reply(data)
