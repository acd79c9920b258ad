from __future__ import annotations

import pytest
from markupsafe import Markup

from ringfence.console.markup import join, tag
from ringfence.console.widgets import error_note, full_sentence, yaml_code
from ringfence.core.errors import QueryError
from ringfence.core.i18n import translator


def test_text_and_attributes_are_escaped() -> None:
    assert tag("a", "<b>", href='x" onclick="y', class_="k") == Markup(
        '<a href="x&#34; onclick=&#34;y" class="k">&lt;b&gt;</a>'
    )


def test_markup_inside_stays_and_none_is_left_out() -> None:
    assert tag("p", tag("b", 1), None, " & ") == Markup("<p><b>1</b> &amp; </p>")


def test_attributes_may_stand_alone_or_be_absent() -> None:
    assert tag("input", name="n", required=True, checked=False, data_us=5) == Markup(
        '<input name="n" required data-us="5">'
    )


def test_join_escapes_what_stands_between() -> None:
    assert join(["a", None, Markup("<i>b</i>")], "<") == Markup("a&lt;<i>b</i>")


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("title: A rule", '<span class="k">title</span>:<span class="s"> A rule</span>'),
        ("  count: 5", '  <span class="k">count</span>:<span class="n"> 5</span>'),
        ("  - '<script>'", '<span class="s">  - &#39;&lt;script&gt;&#39;</span>'),
        ("# why", '<span class="c"># why</span>'),
        ("  CommandLine|contains|all:", '  <span class="k">CommandLine|contains|all</span>:'),
    ],
)
def test_yaml_is_coloured_and_escaped(line: str, html: str) -> None:
    assert yaml_code(line) == Markup(f'<pre class="code" tabindex="0"><code>{html}</code></pre>')


def test_a_wrong_query_points_at_the_place_whatever_the_text() -> None:
    error = QueryError("this parenthesis is never closed", query="a:(\t<b>", position=2, remedy="add )")
    assert str(error_note(error, translator("zh_CN"))).endswith(
        '此括号没有闭合。 请补上 ).<div class="pointer">a:( &lt;b&gt;\n<b>  ^</b></div></div></div>'
    )


@pytest.mark.parametrize(
    ("text", "sentence"), [("it broke", "It broke."), ("Done!", "Done!"), ("完成", "完成。"), ("完成。", "完成。")]
)
def test_a_message_becomes_a_sentence(text: str, sentence: str) -> None:
    assert full_sentence(text) == sentence
