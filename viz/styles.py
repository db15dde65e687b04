"""styles: the rules of one picture."""

from __future__ import annotations

from .theme import FAMILY, LIGHT, PALETTES, SMALL, TEXT, check, css, variables

_FIXED = ".constant .box,.constantvalue .box"  # what takes no gradient

_SHAPES = {
    "text": f"font-family:{FAMILY};font-size:{TEXT}px;white-space:pre",
    ".small": f"font-size:{SMALL}px",
    ".name,.head": "font-weight:700",
    ".middle": "text-anchor:middle",
    ".end": "text-anchor:end",
    ".box": "stroke-width:1.2",
    ".leaf .box": "stroke-width:2.2",
    ".rule": "stroke-width:1;fill:none",
    ".edge path": "fill:none;stroke-width:1.3",
    _FIXED: "stroke-dasharray:4 3",
    ".active .box": "stroke-width:3",
    ".edge.active path": "stroke-width:2.6",
    ".pending .box": "stroke-dasharray:2 2",
    ".wrong .box": "stroke-width:3;stroke-dasharray:7 2 2 2",
    ".is-failed .box,.is-origin .box,.is-grad-origin .box": "stroke-width:2.4",
    ".sign": "fill:none;stroke-width:1.3",
    ".order": "font-style:italic",
    ".cell,.track": "stroke-width:0.6",
    ".tick": "stroke-width:1",
    ".bar": "fill-opacity:0.5",
}
_COLOURS = {
    "text": "fill:ink",
    ".caption,.foot,.order,.edge text": "fill:muted",
    ".grad": "fill:grad",
    ".box": "fill:value;stroke:line",
    ".rule": "stroke:line",
    ".leaf .box": "fill:leaf;stroke:leaf_line",
    ".op .box": "fill:op;stroke:op_line",
    ".hidden .box": "fill:constant;stroke:line",
    _FIXED: "fill:constant;stroke:line",
    ".module .box": "fill:module;stroke:module_line",
    ".edge path": "stroke:line",
    ".edge .head": "fill:line",
    ".ground": "fill:ground",
    ".active .box": "stroke:active",
    ".edge.active path": "stroke:active",
    ".edge.active .head": "fill:active",
    ".wrong .box,.is-failed .box,.is-origin .box,.is-grad-origin .box": "stroke:wrong",
    ".mark": "fill:wrong",
    ".sign": "stroke:ink",
    ".warning": "stroke:wrong",
    ".cell": "fill:value;stroke:line",
    ".track": "fill:value;stroke:line",
    ".bar": "fill:line",
    ".tick": "stroke:ink",
    ".positive": "fill:positive",
    ".negative": "fill:negative",
}


def stylesheet(theme: str) -> str:
    """The rules of one picture.

    Fixed themes hold no variables. In "auto" the light colour stands before each variable: programs
    that know no variables, as the one that makes PNGs, draw that.
    """
    check(theme)
    rules = {
        selector: ";".join(_coloured(part, theme) for part in body.split(";"))
        for selector, body in _COLOURS.items()
    }
    known = variables(theme) if theme == "auto" else ""
    return known + _css(_SHAPES, theme) + _css(rules, theme)


def _coloured(rule: str, theme: str) -> str:
    what, colour = rule.split(":")
    if theme != "auto":
        return f"{what}:{css(PALETTES[theme][colour])}"
    return f"{what}:{css(LIGHT[colour])};{what}:var(--{colour.replace('_', '-')})"


def _css(rules: dict[str, str], theme: str) -> str:
    scope = f".chainrule-{theme} "
    return "".join(
        ",".join(scope + part for part in selector.split(",")) + f"{{{body}}}"
        for selector, body in rules.items()
    )
