"""What a trained network looks like, on matplotlib (an extra, loaded when a plot is asked for)."""

from .boundary import decision_boundary
from .channels import show_activations, show_filters
from .class_maps import cam
from .history import plot_history

__all__ = ["cam", "decision_boundary", "plot_history", "show_activations", "show_filters"]
