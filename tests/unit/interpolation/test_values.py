"""Placeholders in values: what each form means."""

from types import MappingProxyType

import pytest

from statemachine_internal.interpolation import InterpolationError, interpolate, placeholders

NAMESPACE: dict[str, object] = {
    "machine_name": "worker",
    "job_id": None,
    "width": 800,
    "ratio": 1.5,
    "flag": True,
    "empty": "",
    "length": "a name",
    "event_data": {"event_name": "go", "payload": {"file": "a b.png", "tags": ["ä", {"k": None}], "job-id": "j1"}},
}


@pytest.mark.req("D1")
def test_placeholders_are_filled_in_nested_maps_and_lists_and_keys_stay() -> None:
    config = {"{width}": [{"file": "{event_data.payload.file}"}, ("{width}x{width}",)], "timeout": 30}
    assert interpolate(config, NAMESPACE) == {"{width}": [{"file": "a b.png"}, ("800x800",)], "timeout": 30}


@pytest.mark.req("D1")
def test_what_has_nothing_to_fill_comes_back_as_the_same_object() -> None:
    config = {"a": [{"command": "awk '{print $1}' {unknown}"}], "b": ("{}", 1)}
    assert interpolate(config, NAMESPACE) is config


@pytest.mark.req("D1")
def test_a_read_only_map_is_filled_too() -> None:
    assert interpolate(MappingProxyType({"a": "{width}"}), MappingProxyType(NAMESPACE)) == {"a": 800}


@pytest.mark.req("D1")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{event_data.payload.tags.0}", "ä"),
        ("{event_data.payload.job-id}", "j1"),
        ("{event_data.payload.tags.9}", "{event_data.payload.tags.9}"),
        ("{event_data.payload.tags.name}", "{event_data.payload.tags.name}"),
        ("{machine_name.upper}", "{machine_name.upper}"),
        ("{event_data.payload.tags." + "1" * 5000 + "}", "{event_data.payload.tags." + "1" * 5000 + "}"),
    ],
)
def test_a_dotted_name_walks_maps_by_key_and_lists_by_index_and_nothing_else(template: str, expected: str) -> None:
    assert interpolate(template, NAMESPACE) == expected


@pytest.mark.req("D3")
def test_a_lone_placeholder_keeps_the_type_of_its_value() -> None:
    payload = interpolate("{event_data.payload}", NAMESPACE)
    assert payload == {"file": "a b.png", "tags": ["ä", {"k": None}], "job-id": "j1"}
    assert interpolate("{job_id}", NAMESPACE) is None
    assert interpolate("{flag}", NAMESPACE) is True


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("<{width}>", "<800>"),
        ("<{ratio}>", "<1.5>"),
        ("<{flag}>", "<true>"),
        ("<{job_id}>", "<null>"),
        ("<{empty}>", "<>"),
        ("<{event_data.payload.tags}>", '<["ä", {"k": null}]>'),
        ("{machine_name}{width}", "worker800"),
    ],
)
def test_in_mixed_text_a_value_becomes_text(template: str, expected: str) -> None:
    assert interpolate(template, NAMESPACE) == expected


@pytest.mark.req("D3")
def test_a_value_that_holds_itself_is_an_error_that_names_the_placeholder() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InterpolationError, match=r"\{loop\}") as caught:
        interpolate("<{loop}>", {"loop": loop})
    assert caught.value.placeholder == "{loop}"


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    "text", ["{nope}", "x {nope|gone} y", "<{nope|length}>", "{width|length}", "{width|machine|x}"]
)
def test_an_unknown_placeholder_stays_as_it_stands_filters_included(text: str) -> None:
    assert interpolate(text, {"height": 1, "width": 2} if "length" in text else {}) == text


@pytest.mark.req("D4")
@pytest.mark.parametrize(
    "text",
    [
        "awk '{print $1}'",
        '{"k": 1}',
        "${machine_name}",
        "$${machine_name}",
        "${{machine_name}}",
        "{a,b}",
        "{1..3}",
        "find . -exec rm {} +",
        "{ machine_name }",
        "{machine_name!r}",
        "{machine_name:>10}",
        "{machine_name[0]}",
        "{0}",
        "{.Name}",
        "{machine_name|length|width}",
        "{machine_name",
        "machine_name}",
    ],
)
def test_braces_of_shells_json_and_other_languages_are_no_placeholders(text: str) -> None:
    assert interpolate(text, NAMESPACE) == text
    assert placeholders(text) == frozenset()


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{machine_name|width}", "worker"),
        ("{gone|event_data.payload.file}", "a b.png"),
        ("{job_id|width}", 800),
        ("{job_id|gone}", None),
        ("{empty|width}", ""),
    ],
)
def test_alternatives_take_the_first_that_exists_and_pass_over_none(template: str, expected: object) -> None:
    assert interpolate(template, NAMESPACE) == expected


@pytest.mark.req("D4")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{event_data.payload.tags|length}", 2),
        ("{machine_name|length}", 6),
        ("{event_data|length} keys", "2 keys"),
        ("{gone|default:some text, it's | all}", "some text, it's | all"),
        ("{job_id|default:none}", "none"),
        ("{width|default:none}", 800),
        ("{gone|job_id|default:none}", "none"),
        ("{gone|length|default:0}", "0"),
        ("{gone|machine_name|length}", 6),
        ("{gone|default:}", ""),
        ("{gone|default}", ""),
        ("{length}", "a name"),
        ("{gone|length}", "{gone|length}"),
    ],
)
def test_filters_count_and_stand_in(template: str, expected: object) -> None:
    assert interpolate(template, NAMESPACE) == expected


@pytest.mark.req("D4")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{width}}", "{width}"),
        ("{{{width}}}", "{800}"),
        ("{{{{width}}}}", "{{width}}"),
        ('{"w":{width}}', '{"w":800}'),
        ("{{width}", "{800"),
        ("{{gone|default:x}}", "{gone|default:x}"),
    ],
)
def test_doubled_braces_are_literal_ones(template: str, expected: str) -> None:
    assert interpolate(template, NAMESPACE) == expected


@pytest.mark.req("D4")
def test_a_value_with_a_placeholder_in_it_is_not_filled_again() -> None:
    assert interpolate(["{a}", "<{a}>"], {"a": "{b}", "b": "WRONG"}) == ["{b}", "<{b}>"]


@pytest.mark.req("D3")
def test_the_names_of_a_configuration_can_be_listed_without_filling_it() -> None:
    config = {"{key}": ["{a.b|c|default:x}", {"k": "{d|length} ${e} {{f}}"}], "n": 1}
    assert placeholders(config) == {"a.b", "c", "d"}
