import pytest

from bauta.files import whole_folder, write_atomically, write_text


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


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "teacher"

    def break_off():
        with whole_folder(path) as folder:
            (folder / "weights").write_text("half")
            raise ValueError("broke off")

    with pytest.raises(ValueError, match="broke off"):
        break_off()
    assert list(path.parent.iterdir()) == []
    for content in ("one", "two"):
        with whole_folder(path) as folder:
            (folder / content).write_text(content)
            assert not (path / content).exists()
        assert [file.name for file in path.iterdir()] == [content]
    assert [folder.name for folder in path.parent.iterdir()] == ["teacher"]


def test_what_another_run_has_put_there_meanwhile_stays(tmp_path, monkeypatch):
    path = tmp_path / "teacher"
    path.mkdir()
    (path / "theirs").touch()
    monkeypatch.setattr("bauta.files.shutil.rmtree", lambda path, ignore_errors: None)
    with whole_folder(path) as folder:
        (folder / "ours").touch()
    assert [file.name for file in path.iterdir()] == ["theirs"]
