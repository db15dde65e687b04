"""Tables with two classes: banknotes and bank customers."""

from __future__ import annotations

import csv
import io

import numpy as np

from ..data import ArrayDataset
from ..random import Rng
from .download import File, original
from .split import Split, split, standardize

BANKNOTE_COLUMNS = ("variance", "skewness", "kurtosis", "entropy")
CHURN_COLUMNS = (
    "CreditScore",
    "Geography=France",
    "Geography=Germany",
    "Geography=Spain",
    "Gender=Male",
    "Age",
    "Tenure",
    "Balance",
    "NumOfProducts",
    "HasCrCard",
    "IsActiveMember",
    "EstimatedSalary",
)
_UNUSED = ("RowNumber", "CustomerId", "Surname")


def _rows(content: bytes, size: int) -> bytes:
    """The rows of a table, in one form: no heading, no columns that name a customer, LF line ends.

    So that a checksum knows the table whoever saved it.
    """
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(content.decode()))]
    except csv.Error as error:
        raise ValueError(str(error)) from None
    rows = [row for row in rows if row]
    if rows and not rows[0][-1].isdigit():
        heading, *rows = rows
        kept = [number for number, name in enumerate(heading) if name not in _UNUSED]
        rows = [[row[number] for number in kept if number < len(row)] for row in rows]
    return "".join(",".join(row) + "\n" for row in rows).encode()


_BANKNOTE = File(
    "data_banknote_authentication.txt",
    "UCI Banknote Authentication",
    "50573e4d341c0c211668136a8b83b592b8dda436520785c3cc3d536fe407a157",
    45_030,
    _rows,
    ("banknote_authentication.csv", "banknote.csv"),
)
_BANKNOTE_URLS = (
    "https://archive.ics.uci.edu/ml/machine-learning-databases/00267/"
    "data_banknote_authentication.txt",
)
_CHURN = File(
    "Churn_Modelling.csv",
    "the churn tutorial",
    "333f2bbd7b0fa8391bad6b6c560580f467816f4c3259225a94c10bd0ce4b7a58",
    461_475,
    _rows,
    ("churn_modelling.csv", "churn.csv"),
)
_CHURN_URLS = (
    "https://raw.githubusercontent.com/dogukannulu/datasets/"
    "9fdc68bf2c042f29a04cc2e37e817f07f678aec6/Churn_Modelling.csv",
)


def banknote(*, test_share: float = 0.2, standardized: bool = True, rng: Rng = None) -> Split:
    """Banknote authentication: 1,372 photographs of notes, 610 of them of forged ones.

    Looked for as ``banknote_authentication.csv`` in the folder that ``AUTOGRAD_DATA`` names, then
    in the user's cache, and then downloaded from the UCI repository. The table is checked against
    the SHA-256 of its rows.

    Parameters
    ----------
    test_share : float
        Which share of the rows is for testing.
    standardized : bool
        Columns with mean 0 and standard deviation 1 in the rows to learn from; see `standardize`.
    rng : numpy.random.Generator or int, optional
        Of the rows that are for testing; by default those that scikit-learn's
        ``train_test_split(..., random_state=0)`` takes.

    Returns
    -------
    Split
        Inputs (rows, 4) float32, ``BANKNOTE_COLUMNS``: variance, skewness, kurtosis and entropy of
        the wavelet-transformed photograph. Targets (rows, 1) float32, 1 for a forged note, as
        `nn.BCEWithLogitsLoss` wants them.

    Raises
    ------
    ValueError
        A file that holds other rows.
    OSError
        The file could not be downloaded; the message says where to put it by hand.

    References
    ----------
    Lohweg 2012, "Banknote Authentication", UCI Machine Learning Repository, CC BY 4.0,
    https://doi.org/10.24432/C55P57
    """
    content = original(_BANKNOTE, "banknote", _BANKNOTE_URLS)
    table = np.loadtxt(io.BytesIO(content), delimiter=",", dtype=np.float64)
    return _split(table, test_share, standardized, rng)


def churn(*, test_share: float = 0.2, standardized: bool = True, rng: Rng = None) -> Split:
    """Bank customers: 10,000, of whom 2,037 left.

    Looked for as ``churn_modelling.csv`` in the folder that ``AUTOGRAD_DATA`` names, then in the
    user's cache, and then downloaded. The table is checked against the SHA-256 of its rows, without
    the columns that only name a customer (row number, id, surname).

    Parameters
    ----------
    test_share : float
        Which share of the rows is for testing.
    standardized : bool
        Columns with mean 0 and standard deviation 1 in the rows to learn from; see `standardize`.
    rng : numpy.random.Generator or int, optional
        Of the rows that are for testing; by default those that scikit-learn's
        ``train_test_split(..., random_state=0)`` takes.

    Returns
    -------
    Split
        Inputs (rows, 12) float32, ``CHURN_COLUMNS``: the columns of the table in their order, with
        a column of 0 and 1 for each country, and 1 for men. Targets (rows, 1) float32, 1 for those
        who left, as `nn.BCEWithLogitsLoss` wants them.

    Raises
    ------
    ValueError
        A file that holds other rows.
    OSError
        The file could not be downloaded; the message says where to put it by hand.

    References
    ----------
    ``Churn_Modelling.csv`` of the well-known Keras tutorial.
    """
    content = original(_CHURN, "churn", _CHURN_URLS)
    columns = []
    for number, column in enumerate(zip(*csv.reader(io.StringIO(content.decode())), strict=True)):
        cells = np.array(column)
        if number == 1:
            columns += [cells == country for country in ("France", "Germany", "Spain")]
        else:
            columns.append(cells == "Male" if number == 2 else cells.astype(np.float64))
    return _split(np.stack(columns, axis=1), test_share, standardized, rng)


def _split(table: np.ndarray, test_share: float, standardized: bool, rng: Rng) -> Split:
    """The last column as targets."""
    table = table.astype(np.float32)
    parts = split(ArrayDataset(table[:, :-1], table[:, -1:]), test_share, rng)
    return Split(*standardize(*parts)) if standardized else parts
