import pytest

from bauta.files import write_atomically, write_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "folder" / "table.csv"
    write_text(path, "old é\n")

    def fail(partial):
        partial.write_text("half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, fail)
    assert path.read_bytes() == "old é\n".encode()
    assert [file.name for file in path.parent.iterdir()] == ["table.csv"]
