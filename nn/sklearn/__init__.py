"""Networks as scikit-learn estimators: for pipelines, grid searches and cross-validation.

>>> from sklearn.datasets import load_iris
>>> from sklearn.model_selection import cross_val_score
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> from nn.sklearn import MLPClassifier
>>> x, y = load_iris(return_X_y=True)
>>> network = MLPClassifier((16,), solver="lbfgs", alpha=0.1, random_state=0)
>>> scores = cross_val_score(make_pipeline(StandardScaler(), network), x, y)
>>> bool(scores.mean() > 0.95)
True
"""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError:
    raise ImportError('nn.sklearn needs scikit-learn: pip install "chainrule[train]"') from None

from .classifier import MLPClassifier
from .regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
