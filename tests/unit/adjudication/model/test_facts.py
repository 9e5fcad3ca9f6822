from __future__ import annotations

import pytest

from adjudication.model.facts import Answer


@pytest.mark.parametrize("answer", Answer)
def test_an_answer_refuses_to_be_a_bool(answer: Answer) -> None:
    with pytest.raises(TypeError, match="compare it with `is`"):
        bool(answer)
    with pytest.raises(TypeError):
        assert not answer
