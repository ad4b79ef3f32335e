"""From bytes to the typed tree, by way of tree-sitter's concrete tree.

The grammar is lenient, and it is wrong in two places; so this module guards what it promises:

* a source that tree-sitter could only repair (ERROR, MISSING) is refused at the place of the repair;
* line ends count as in Terraform: outside brackets an expression ends with its line, and two items of a body or of an
  object do not share a line (the grammar treats line ends as blanks);
* `a ? b : c ? d : e` groups to the right (the grammar groups to the left).
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING

import tree_sitter
import tree_sitter_hcl

from arco.errors import InputError
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._repair import refuse_repair
from arco.policy.terraform.static._source_text import SourceText
from arco.policy.terraform.static._template import Chunk, heredoc_text, quoted_text
from arco.policy.values import Literal, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from arco.policy.values import Origin, Value

__all__ = ["parse"]

_LANGUAGE = tree_sitter.Language(tree_sitter_hcl.language())
_DIGITS_MAX = 150


def parse(data: bytes, file: str) -> tree.Body:
    """Read one configuration or variable file. Raises InputError where Terraform would refuse its syntax."""
    source = SourceText.of(data, file)
    # The scanner ends a heredoc only at a line end.
    root = tree_sitter.Parser(_LANGUAGE).parse(source.data + b"\n").root_node
    if root.has_error:
        refuse_repair(source, root)
    try:
        return _Reader(source).config_file(root)
    except RecursionError as error:
        message = "expressions are nested too deeply: split them into locals"
        raise InputError(message, source=file) from error


def _children(node: Node) -> list[Node]:
    return [child for child in node.children if child.type != "comment"]


class _Reader:
    """Turns the nodes of one file into the typed tree."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.data = source.data
        self.text = source.text
        self.at = source.at

    # Bodies

    def config_file(self, root: Node) -> tree.Body:
        """Read the top of a file."""
        children = _children(root)
        if not children:
            return tree.Body({}, ())
        if children[0].type != "body":
            tree.refuse("JSON syntax in a file that is not named .json: rename it or write HCL", self.at(children[0]))
        return self.body(children[0])

    def body(self, node: Node) -> tree.Body:
        """Read attributes and blocks, each on lines of its own."""
        attributes: dict[str, tree.Attribute] = {}
        blocks: list[tree.Block] = []
        last = -1
        for child in _children(node):
            if child.start_point[0] <= last:
                tree.refuse("two items on one line: begin a new line here", self.at(child))
            last = child.end_point[0]
            if child.type == "block":
                blocks.append(self.block(child))
                continue
            item = self.attribute(child)
            if item.name in attributes:
                earlier = attributes[item.name].at
                tree.refuse(f"attribute {item.name!r} is set twice: it was set in line {earlier.line}", item.at)
            attributes[item.name] = item
        return tree.Body(attributes, tuple(blocks))

    def attribute(self, node: Node) -> tree.Attribute:
        """Read `name = value`."""
        name, equals, value = _children(node)
        self.same_line([name, equals, value])
        return tree.Attribute(self.text(name), self.expression(value, bound=True), self.at(name))

    def block(self, node: Node) -> tree.Block:
        """Read a block: its header is one line, and a block on one line holds at most one attribute."""
        children = _children(node)
        start = next(index for index, child in enumerate(children) if child.type == "block_start")
        header, inside, end = children[: start + 1], children[start + 1 : -1], children[-1]
        self.same_line(header)
        if inside and inside[0].start_point[0] == header[-1].end_point[0]:
            items = _children(inside[0])
            if end.start_point[0] != items[-1].end_point[0] or len(items) > 1 or items[0].type == "block":
                tree.refuse("a block on one line holds one attribute: begin a new line here", self.at(inside[0]))
        elif inside and end.start_point[0] == inside[0].end_point[0]:
            tree.refuse("the closing brace needs a line of its own", self.at(end))
        labels = tuple(self.label(child) for child in header[1:-1])
        body = self.body(inside[0]) if inside else tree.Body({}, ())
        return tree.Block(self.text(header[0]), labels, body, self.at(node))

    def label(self, node: Node) -> str:
        """Read a block label, quoted or bare."""
        if node.type == "identifier":
            return self.text(node)
        constant = self.quoted(node)
        if not isinstance(constant, tree.Constant) or not isinstance(constant.value, Text):
            tree.refuse("a block label is a plain string: remove the interpolation", self.at(node))
        return constant.value.value

    def same_line(self, nodes: Sequence[Node]) -> None:
        """Refuse nodes that do not stand on one line."""
        for before, after in itertools.pairwise(nodes):
            if after.start_point[0] != before.end_point[0]:
                message = "the line ends too early: continue it on the same line, or put parentheses around it"
                tree.refuse(message, self.at(after))

    # Expressions. `bound` says that a line end would end the expression.

    def expression(self, node: Node, *, bound: bool) -> tree.Expression:
        """Read an `expression` node."""
        return self.chain(_children(node), bound=bound)

    def chain(self, nodes: list[Node], *, bound: bool) -> tree.Expression:
        """Read a term and what follows it: attributes, indexes, splats."""
        if bound:
            self.same_line(nodes[2:] if nodes[0].type == "(" else nodes)
        if nodes[0].type == "(":
            expression, rest = self.expression(nodes[1], bound=False), nodes[3:]
        else:
            expression, rest = self.term(nodes[0], bound=bound), nodes[1:]
        for node in rest:
            expression = self.suffix(expression, node)
        return expression

    def term(self, node: Node, *, bound: bool) -> tree.Expression:
        """Read a term by its kind."""
        kind = node.type
        if kind == "variable_expr":
            return tree.Variable(self.text(node), self.at(node))
        if kind in {"literal_value", "collection_value", "for_expr", "operation", "template_expr"}:
            return self.term(_children(node)[0], bound=bound)
        if kind in {"string_lit", "quoted_template"}:
            return self.quoted(node)
        reader = {
            "function_call": self.call,
            "tuple": self.tuple_of,
            "object": self.object_of,
            "for_tuple_expr": self.for_of,
            "for_object_expr": self.for_of,
            "heredoc_template": self.heredoc,
        }.get(kind)
        if reader is not None:
            return reader(node)
        if kind == "conditional":
            return self.conditional(node, bound=bound)
        if kind in {"binary_operation", "unary_operation"}:
            return self.operation(node, bound=bound)
        return tree.Constant(self.literal(node), self.at(node))

    def literal(self, node: Node) -> Value:
        """Read a number, a bool or null."""
        text = self.text(node)
        if node.type == "null_lit":
            return None
        if node.type == "bool_lit":
            return text == "true"
        if not text[0].isdigit() or "x" in text:
            tree.refuse(f"not a Terraform number: write it in decimal text={text!r}", self.at(node))
        number = Decimal(text)
        if len(text) > _DIGITS_MAX or abs(number.adjusted()) > _DIGITS_MAX:
            return Unknown("the number has more digits than static mode computes with", self.at(node))
        if number == number.to_integral_value():
            return int(number)
        if Decimal(repr(float(number))) != number:
            return Unknown("the number has more digits than static mode computes with", self.at(node))
        return float(number)

    def suffix(self, subject: tree.Expression, node: Node) -> tree.Expression:
        """Apply `.name`, `[key]`, `.0`, `[*]…` or `.*…` to `subject`."""
        if node.type == "get_attr":
            name = _children(node)[-1]
            return tree.GetAttribute(subject, self.text(name), self.at(name))
        if node.type == "splat":
            return self.splat(subject, _children(node)[0])
        index = _children(node)[0]
        if index.type == "legacy_index":
            return tree.Index(
                subject, tree.Constant(int(self.text(index).lstrip(". \t")), self.at(index)), self.at(index)
            )
        return tree.Index(subject, self.expression(_children(index)[1], bound=False), self.at(index))

    def splat(self, subject: tree.Expression, node: Node) -> tree.Expression:
        """Read a splat. After `.*` only attributes belong to each item; after `[*]` everything does."""
        at = self.at(node)
        each: tree.Expression = tree.Variable("*", at)
        steps = _children(node)[1:]
        while steps and (node.type == "full_splat" or steps[0].type == "get_attr"):
            each = self.suffix(each, steps.pop(0))
        expression: tree.Expression = tree.Splat(subject, each, at)
        for step in steps:
            expression = self.suffix(expression, step)
        return expression

    def operation(self, node: Node, *, bound: bool) -> tree.Expression:
        """Read a unary or binary operation; operands are terms with their suffixes, spread flat."""
        children = _children(node)
        if node.type == "unary_operation":
            if bound:
                self.same_line(children)
            return tree.Unary(children[0].type, self.chain(children[1:], bound=bound), self.at(node))
        places = [i for i, child in enumerate(children) if i and child.type in _BINARY]
        place = places[0]
        if bound:
            self.same_line(children[place - 1 : place + 2])
        left, right = self.chain(children[:place], bound=bound), self.chain(children[place + 1 :], bound=bound)
        return tree.Binary(children[place].type, left, right, self.at(node))

    def conditional(self, node: Node, *, bound: bool) -> tree.Expression:
        """Read conditionals, grouped to the right: the grammar nests the first one in the condition."""
        tails: list[tuple[Node, Node, Node]] = []
        while True:
            children = _children(node)
            if bound:
                self.same_line(children)
            tails.append((node, children[2], children[4]))
            inner = _children(children[0])
            if inner[0].type != "conditional":
                break
            node = inner[0]
        condition = self.expression(children[0], bound=bound)
        # From the left: c0 ? y0 : (n0 ? y1 : (n1 ? y2 : n2)).
        tails.reverse()
        result = self.expression(tails[-1][2], bound=bound)
        conditions = [condition, *(self.expression(no, bound=bound) for _, _, no in tails[:-1])]
        for test, (_, yes, _) in reversed(list(zip(conditions, tails, strict=True))):
            result = tree.Conditional(test, self.expression(yes, bound=bound), result, test.at)
        return result

    def call(self, node: Node) -> tree.Expression:
        """Read a function call."""
        children = _children(node)
        if children[1].start_point[0] != children[0].end_point[0]:
            tree.refuse("a function's name and its parenthesis stand on one line", self.at(children[1]))
        inside = [child for child in children[2:-1] if child.type == "function_arguments"]
        parts = _children(inside[0]) if inside else []
        arguments = tuple(self.expression(part, bound=False) for part in parts if part.type == "expression")
        expands = any(part.type == "ellipsis" for part in parts)
        return tree.Call(self.text(children[0]), arguments, expands, self.at(node))

    def tuple_of(self, node: Node) -> tree.Expression:
        """Read `[…]`."""
        items = tuple(self.expression(child, bound=False) for child in _children(node) if child.type == "expression")
        return tree.TupleOf(items, self.at(node))

    def object_of(self, node: Node) -> tree.Expression:
        """Read `{…}`: items end with a comma or with their line."""
        items: list[tuple[tree.Expression, tree.Expression]] = []
        last = -1
        for child in _children(node)[1:-1]:
            if child.type != "object_elem":
                last = -1
                continue
            if child.start_point[0] <= last:
                tree.refuse("two items on one line: put a comma between them", self.at(child))
            last = child.end_point[0]
            key, sign, value = _children(child)
            self.same_line([key, sign, value])
            items.append((self.key(key), self.expression(value, bound=True)))
        return tree.ObjectOf(tuple(items), self.at(node))

    def key(self, node: Node) -> tree.Expression:
        """Read an object key: a bare name spells itself, a reference needs parentheses."""
        children = _children(node)
        key = self.expression(node, bound=True)
        if children[0].type == "(":
            return key
        if isinstance(key, tree.GetAttribute | tree.Index):
            return tree.Unsupported("a key that is a reference needs parentheses", key.at)
        if isinstance(key, tree.Variable) or (isinstance(key, tree.Constant) and key.value is None):
            return tree.Constant(Text.of(self.text(node), key.at), key.at)
        return key

    def for_of(self, node: Node) -> tree.Expression:
        """Read a `for` expression, tuple or object."""
        intro, *rest = _children(node)[1:-1]
        names = tuple(self.text(child) for child in _children(intro) if child.type == "identifier")
        collection = next(child for child in _children(intro) if child.type == "expression")
        values = [self.expression(child, bound=False) for child in rest if child.type == "expression"]
        tests = [_children(child)[1] for child in rest if child.type == "for_cond"]
        return tree.For(
            names=names,
            collection=self.expression(collection, bound=False),
            key=values[0] if node.type == "for_object_expr" else None,
            value=values[-1],
            condition=self.expression(tests[0], bound=False) if tests else None,
            groups=any(child.type == "ellipsis" for child in rest),
            at=self.at(node),
        )

    # Templates

    def chunks(self, nodes: Sequence[Node], start: int, end: int) -> list[Chunk]:
        """Cut the bytes from `start` to `end` at the interpolations: the grammar's literals lack their edges."""
        chunks: list[Chunk] = []
        for node in nodes:
            if node.type not in {"template_interpolation", "template_directive"}:
                continue
            chunks.append(self.source.raw(start, node.start_byte))
            sign = self.data[node.start_byte : node.start_byte + 1]
            if start < node.start_byte and self.data[node.start_byte - 1 : node.start_byte] == sign:
                # To Terraform `$$${` is `$` and an escape; to the grammar it is `$$` and an interpolation.
                reason = "static mode does not read three or more `$` or `%` before a brace: write them as \\u0024"
                chunks.append((tree.Unsupported(reason, self.at(node)), False, False))
            else:
                chunks.append(self.interpolation(node))
            start = node.end_byte
        chunks.append(self.source.raw(start, end))
        return chunks

    def interpolation(self, node: Node) -> Chunk:
        """Read `${…}`; `%{…}` is not evaluated."""
        if node.type == "template_directive":
            return (
                tree.Unsupported("template directives (%{…}) are not evaluated in static mode", self.at(node)),
                False,
                False,
            )
        children = _children(node)
        place = next((i for i, child in enumerate(children) if child.type == "expression"), None)
        if place is None:
            tree.refuse("nothing stands between the braces of this template", self.at(node))
        trims = [child.type == "strip_marker" for child in children]
        return self.expression(children[place], bound=False), any(trims[:place]), any(trims[place:])

    def quoted(self, node: Node) -> tree.Expression:
        """Read a quoted template."""
        children = _children_of_template(node)
        chunks = self.chunks(children[1:-1], children[0].end_byte, children[-1].start_byte)
        return self.template(quoted_text(chunks), self.at(node))

    def heredoc(self, node: Node) -> tree.Expression:
        """Read a heredoc."""
        children = _children_of_template(node)
        flush = self.text(children[0]).startswith("<<-")
        body = self.data.index(b"\n", children[1].end_byte) + 1
        end = self.data.rfind(b"\n", 0, children[-1].start_byte) + 1
        chunks = self.chunks(children[2:-1], body, max(body, end))
        return self.template(heredoc_text(chunks, flush=flush), self.at(node))

    def template(self, parts: list[Literal | tree.Expression], at: Origin) -> tree.Expression:
        """Make a Template, or a Constant where nothing is interpolated."""
        if all(isinstance(part, Literal) for part in parts):
            literals = tuple(part for part in parts if isinstance(part, Literal)) or (Literal("", at),)
            return tree.Constant(Text(literals), at)
        return tree.Template(tuple(parts), len(parts) == 1, at)


_BINARY = {"+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"}


def _children_of_template(node: Node) -> list[Node]:
    return node.children
