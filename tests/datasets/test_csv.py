import pytest

from bauta.datasets.files import read_csv
from bauta.errors import DataError

ROW = {"path": "s1/1.png", "expression": "happy"}
COLUMNS = {"path": ("file", "image"), "expression": ("emotion", "label")}


def rows(tmp_path, text, columns=("path", "expression"), encoding="utf-8"):
    (tmp_path / "x.csv").write_bytes(text.encode(encoding))
    return [row for _, row in read_csv(tmp_path / "x.csv", columns)]


@pytest.mark.parametrize(
    "text",
    [
        "path,expression\ns1/1.png,happy\n",
        "path;expression\ns1/1.png;happy\n",
        "path\texpression\ns1/1.png\thappy\n",
        "path|expression\ns1/1.png|happy",
        "path,expression,\ns1/1.png,happy,\n",
        "path,expression\ns1/1.png,happy,,\n",
        "path,expression\r\ns1/1.png,happy\r\n",
        " Path , EXPRESSION \n s1/1.png , happy \n",
        '"path","expression"\n"s1/1.png", "happy"\n',
        "\n\npath,expression\n\ns1/1.png,happy\n\n",
        "expression,age,path\nhappy,7,s1/1.png\n",
        ",path,expression\n0,s1/1.png,happy\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_programs_write(tmp_path, text, encoding):
    assert rows(tmp_path, text, encoding=encoding) == [ROW]


@pytest.mark.parametrize(
    "header", ["File,Emotion", "image;label", "path,LABEL", "image,path,emotion,expression"]
)
def test_columns_under_other_names(tmp_path, header):
    cells = {"file": "s1/1.png", "image": "s1/1.png", "path": "s1/1.png"}
    names = header.lower().replace(";", ",").split(",")
    other = {"image": "no.png", "emotion": "sad"} if len(names) == 4 else {}
    values = [other.get(name, cells.get(name, "happy")) for name in names]
    text = header + "\n" + (";" if ";" in header else ",").join(values)
    assert rows(tmp_path, text, COLUMNS) == [ROW]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("path,expression,path", "the column path occurs 2 times"),
        ("path,expression,Expression", "the column expression occurs 2 times"),
        ("path,age,expression, AGE", "the column age occurs 2 times"),
        ("file,image,emotion", "file and image may both be the column path"),
        ("path,emotion,label", "emotion and label may both be the column expression"),
        ("name,feeling", "expected the columns path, expression, got 'name,feeling'"),
        ("s1/1.png,happy", "expected the columns path, expression"),
    ],
)
def test_a_header_that_is_not_clear_is_one_line(tmp_path, header, message):
    with pytest.raises(DataError) as error:
        rows(tmp_path, f"{header}\na,b,c,d\n", COLUMNS)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_empty_file_is_one_line(tmp_path):
    with pytest.raises(DataError, match="expected the columns path, expression, got ''"):
        rows(tmp_path, "")


def test_a_row_that_is_too_short_or_too_long_is_told(tmp_path):
    found = rows(tmp_path, "path,expression\na\na,b,c\na,,c\n")
    assert found == ["expected 2 columns, got 1", *["expected 2 columns, got 3"] * 2]
