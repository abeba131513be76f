"""What a PromQL query asks for: names of metrics, and the labels that it expects of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser as promql


@dataclass(frozen=True, slots=True)
class Asked:
    """One metric in a query: `labels` that select series, and those by which its series are grouped."""

    metric: str
    labels: frozenset[str]


def asked(query: str) -> list[Asked]:
    """Every metric in a query. Raises `ValueError` for what is no PromQL."""
    return list(_asked(promql.parse(query), frozenset()))


def _asked(node: object, grouped: frozenset[str]) -> Iterator[Asked]:
    match node:
        case promql.VectorSelector():
            names = {matcher.name for matcher in node.matchers.matchers}
            yield Asked(str(node.name), frozenset(names) | grouped)
        case promql.MatrixSelector():
            yield from _asked(node.vector_selector, grouped)
        case promql.AggregateExpr():
            # What is grouped again further out passes through this grouping.
            yield from _asked(node.expr, grouped | _by(node))
        case promql.Call():
            for argument in node.args:
                yield from _asked(argument, grouped)
        case promql.BinaryExpr():
            # `on` and `ignoring` leave which side a label is of open.
            yield from _asked(node.lhs, grouped)
            yield from _asked(node.rhs, frozenset())
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _asked(node.expr, grouped)


def _by(node: promql.AggregateExpr) -> frozenset[str]:
    modifier = node.modifier
    if modifier is None or modifier.type != promql.AggModifierType.By:
        return frozenset()
    return frozenset(modifier.labels)


def grouped_by(query: str) -> frozenset[str]:
    """The labels that its result has, as far as its outermost groupings say. Raises `ValueError`."""
    return _grouped(promql.parse(query)) - {"le"}


def _grouped(node: object) -> frozenset[str]:
    match node:
        case promql.AggregateExpr():
            return _by(node)
        case promql.Call():
            return frozenset().union(*(_grouped(argument) for argument in node.args))
        case promql.BinaryExpr():
            return _grouped(node.lhs)
        case promql.ParenExpr():
            return _grouped(node.expr)
    return frozenset()
