from pathlib import Path

import pytest

from config.load import load_file
from config.problems import StackFileError
from tests.config import corpus

GOOD, BAD = corpus.files("good"), corpus.files("bad")


def name(file: Path) -> str:
    return file.stem


def test_the_corpus_is_there() -> None:
    assert len(GOOD) >= 10
    assert len(BAD) >= 65


@pytest.mark.parametrize("file", GOOD, ids=name)
def test_a_good_stack_file_loads(file: Path) -> None:
    assert load_file(file).stack.dns.domain


@pytest.mark.parametrize("file", BAD, ids=name)
def test_a_bad_stack_file_gives_exactly_its_problems(file: Path) -> None:
    assert corpus.expected(file), "a bad file begins with its expectations: python -m tests.config.corpus writes them"
    assert corpus.actual(file) == corpus.expected(file)


@pytest.mark.parametrize("file", BAD, ids=name)
def test_every_problem_says_what_to_type_next_and_shows_no_secret(file: Path) -> None:
    with pytest.raises(StackFileError) as caught:
        load_file(file)
    assert all(problem.message and problem.remedy for problem in caught.value.problems)
    shown = f"{caught.value}{caught.value!r}"
    assert "hunter2" not in shown
    assert "19700101" not in shown
    assert caught.value.__context__ is None, "a chained error would show the values that pydantic saw"


def test_secrets_do_stand_in_the_corpus() -> None:
    assert sum("hunter2" in file.read_text() for file in BAD) >= 3


def test_problems_are_shown_in_the_order_of_the_file() -> None:
    (everything,) = [file for file in BAD if file.stem == "everything-at-once"]
    with pytest.raises(StackFileError) as caught:
        load_file(everything)
    rows = [row for row in str(caught.value).splitlines() if not row.startswith("    →")]
    lines = [int(row.removeprefix(f"{everything}:").split(":")[0]) for row in rows]
    assert len(lines) >= 10
    assert lines == sorted(lines)
