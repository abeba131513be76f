"""What a PromQL query asks for: names of metrics, the labels that it expects of each, and those it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import promql_parser as promql

SET_OPERATORS = {"and", "unless"}
# Of the result there is nothing left of the labels that went in.
WITHOUT_LABELS = {"scalar", "time", "vector"}
# These choose among series, and leave each as it is.
CHOOSING = {"bottomk", "limitk", "limit_ratio", "topk"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One metric in a query: `labels` that select its series, and those by which they are grouped or joined.

    `matchers` are label and value of each selection, a value that is a regular expression among them.
    """

    metric: str
    labels: frozenset[str]
    matchers: tuple[tuple[str, str], ...]


def asked(query: str) -> list[Asked]:
    """Every metric in a query.

    Raises `ValueError` for what is no PromQL, `TypeError` for what is not known here.
    """
    return list(_asked(promql.parse(query), frozenset()))


def _asked(node: object, grouped: frozenset[str]) -> Iterator[Asked]:
    match node:
        case promql.VectorSelector():
            matchers = tuple((matcher.name, matcher.value) for matcher in node.matchers.matchers)
            yield Asked(str(node.name), frozenset(name for name, _ in matchers) | grouped, matchers)
        case promql.MatrixSelector():
            yield from _asked(node.vector_selector, grouped)
        case promql.AggregateExpr():
            # What is grouped again further out passes through this grouping.
            named = frozenset(node.modifier.labels) if node.modifier is not None else frozenset()
            yield from _asked(node.expr, grouped | named)
        case promql.Call():
            quantile = frozenset({"le"}) if node.func.name == "histogram_quantile" else frozenset()
            for argument in node.args:
                yield from _asked(argument, grouped | quantile)
        case promql.BinaryExpr():
            # Which side an ignored label is of stays open.
            yield from _asked(node.lhs, grouped | _on(node))
            yield from _asked(node.rhs, _on(node))
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _asked(node.expr, grouped)
        case promql.NumberLiteral() | promql.StringLiteral():
            pass
        case _:
            raise TypeError(f"{type(node).__name__} is not known here")


def given(query: str, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The labels that each series of its result has, `known` being those of each metric.

    Raises `KeyError` for a metric that is not known, and what `asked` raises.
    """
    return _given(promql.parse(query), known)


def _given(node: object, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    labels: frozenset[str] = frozenset()
    match node:
        case promql.VectorSelector():
            labels = known[str(node.name)]
        case promql.MatrixSelector():
            labels = _given(node.vector_selector, known)
        case promql.AggregateExpr():
            labels = _of_aggregate(node, _given(node.expr, known))
        case promql.Call():
            labels = _of_call(node, known)
        case promql.BinaryExpr():
            labels = _of_binary(node, _given(node.lhs, known), _given(node.rhs, known))
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            labels = _given(node.expr, known)
        case promql.NumberLiteral() | promql.StringLiteral():
            pass
        case _:
            raise TypeError(f"{type(node).__name__} is not known here")
    return labels


def _of_aggregate(node: promql.AggregateExpr, inner: frozenset[str]) -> frozenset[str]:
    if node.modifier is None:
        return inner if str(node.op) in CHOOSING else frozenset()
    named = frozenset(node.modifier.labels)
    return named & inner if node.modifier.type == promql.AggModifierType.By else inner - named


def _of_call(node: promql.Call, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if node.func.name in WITHOUT_LABELS:
        return frozenset()
    if node.func.name == "absent":
        selector = node.args[0]
        return frozenset(
            matcher.name for matcher in selector.matchers.matchers if matcher.op == promql.MatchOp.Equal
        )
    inner = frozenset().union(*(_given(argument, known) for argument in node.args))
    return inner - {"le"} if node.func.name == "histogram_quantile" else inner


def _of_binary(node: promql.BinaryExpr, left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    operator = str(node.op)
    if operator == "or":
        return left & right
    if operator in SET_OPERATORS or isinstance(node.rhs, promql.NumberLiteral):
        return left
    if isinstance(node.lhs, promql.NumberLiteral):
        return right
    return left & _on(node) if _on(node) else left


def _on(node: promql.BinaryExpr) -> frozenset[str]:
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is None or matching.type != promql.LabelModifierType.Include:
        return frozenset()
    return frozenset(matching.labels)
