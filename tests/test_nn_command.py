"""``python -m nn``: bad requests get one message and exit status 2."""

import pytest

from nn.__main__ import main


@pytest.mark.parametrize(
    "options, words",
    [
        (["--lr", "-1"], "--lr"),
        (["--lr", "nan"], "--lr"),
        (["--lr", "inf"], "--lr"),
        (["--seed", "-1"], "--seed"),
        (["--epochs", "two"], "--epochs"),
        (["--batch-size", "0"], "--batch-size"),
    ],
)
def test_a_bad_setting_is_told_before_anything_runs(options, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["train", "digits", "--epochs", "1", "--no-progress", *options])
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert out == "" and words in err.splitlines()[-1]


def test_a_loss_that_is_no_number_is_told(capsys):
    status = main(["train", "digits", "--epochs", "2", "--no-progress", "--lr", "1e30"])
    assert status == 2
    assert "Try a smaller learning rate" in capsys.readouterr().err


def test_data_that_cannot_be_had_is_told(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path))
    monkeypatch.setattr("nn.datasets.MIRRORS", ())
    assert main(["train", "mnist", "--no-progress"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "could not be downloaded" in err and "AUTOGRAD_DATA" in err
