"""The personal commitment: what can be kept, and examples by post."""

import pytest

from pledges.exceptions import TextRefused
from pledges.personal import MAX_LENGTH, MOST_EXAMPLES, clean_commitment, examples_for


def test_commitment_gets_one_kind_of_line_break_and_no_blank_ends():
    assert clean_commitment("  第一。 \r\n\t第二。\r\n ") == "第一。\n第二。"


@pytest.mark.parametrize("text", ["龙䶮𬸦·①℃※《》“”—…", "a" * MAX_LENGTH, ""])
def test_commitment_with_rare_characters_is_kept(text):
    assert clean_commitment(text) == text


@pytest.mark.parametrize(
    "text",
    ["好😀", "\u202e倒", "零\u200b宽", "\ue000", "\x07", "心❤\ufe0f", "长" * 501],
)
def test_commitment_that_cannot_be_printed_is_refused(text):
    with pytest.raises(TextRefused):
        clean_commitment(text)


def test_refusal_names_the_character():
    with pytest.raises(TextRefused, match="U\\+1F600"):
        clean_commitment("好😀")


def test_examples_for_a_post_start_with_its_own():
    assert "资金支付" in examples_for("计划财务科科长")[0]
    assert "采购" in examples_for("后勤服务中心主任")[0]


def test_examples_for_an_unknown_post_are_those_for_everyone():
    assert examples_for("") == examples_for("调研员")
    assert examples_for("")


def test_examples_are_few_and_can_be_kept():
    examples = examples_for("财务采购人事工程审批办公室纪检书记")
    assert len(examples) == MOST_EXAMPLES
    for example in examples:
        assert clean_commitment(example) == example
