"""The fields of settings models as front ends need them: kind, range, choices, label and help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import AliasChoices, BaseModel, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

Kind = Literal["whole", "number", "text", "words", "choice", "list"]
LARGEST_TOLD = 10_000  # a bound above it stops nobody
KINDS: dict[Any, Kind] = {int: "whole", float: "number", str: "text", tuple[str, ...]: "words"}


def _every(item: Any) -> bool:
    return True


@dataclass(frozen=True, eq=False)  # by identity: to compare two registries would look through them, and import
class OneOf:
    """Annotation of a text that names an item of a registry; an item's earlier names (``aliases``) are read as well.

    Attributes
    ----------
    items : mapping
        Asked each time: a registry grows by files.
    only : callable, optional
        Which items are meant.
    """

    items: Mapping[str, Any]
    only: Callable[[Any], bool] = _every

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, item in self.items.items() if self.only(item))

    @property
    def earlier(self) -> dict[str, str]:
        """Earlier name -> name."""
        return {old: name for name in self.names for old in getattr(self.items[name], "aliases", ())}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def _known(self, value: str) -> str:
        name = self.earlier.get(value, value)
        if name not in self.names:
            raise ValueError
        return name


@dataclass(frozen=True)
class Option:
    """A field that a person can set.

    Attributes
    ----------
    name : str
    kind : Kind
        'list' is one of further models, which no single option or field can hold.
    default : object
    label, help : str
    low, high : float or None
        Range of a number, ends included.
    choice : OneOf or tuple of str
        What a 'choice' may be.
    earlier : tuple of str
        Names the field had before, still read.
    optional : bool
        Whether it may be None.
    role : str
        For the key of a model: what the model has to be able to do.
    model : type or None
        Of the items of a 'list'.
    advanced : bool
        Whether few need it, so that it may be folded away.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    help: str
    low: float | None = None
    high: float | None = None
    choice: OneOf | tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    optional: bool = False
    role: str = ""
    model: type[BaseModel] | None = None
    advanced: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        return self.choice.names if isinstance(self.choice, OneOf) else self.choice

    @property
    def earlier_choices(self) -> dict[str, str]:
        """Earlier name of a choice -> its name."""
        return self.choice.earlier if isinstance(self.choice, OneOf) else {}

    @property
    def about(self) -> str:
        """The help, with a word on each choice where the choices are items of a registry."""
        if not isinstance(self.choice, OneOf):
            return self.help
        items = "; ".join(f"{name}: {self.choice.items[name].help}" for name in self.choices)
        return f"{self.help} {items}."

    @property
    def range(self) -> str:
        """The range in words; empty where there is none."""
        return "" if self.low is None else f"{self.low:,.0f} to {self.high:,.0f}"

    @property
    def hint(self) -> str:
        """What stands beside a field: the help, and the range where its end is one that a person may meet."""
        bounds = f"{self.range}." if self.high is not None and self.high <= LARGEST_TOLD else ""
        return " ".join(part for part in (self.about, bounds) if part)

    @property
    def may_be(self) -> str:
        """What a value may be, to stand after "must be"."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        kinds = {"whole": "a whole number", "number": "a number", "words": "a list of single words", "list": "a list"}
        return kinds.get(self.kind, self.kind) + (f" from {self.range}" if self.range else "")


def options_of(model: type[BaseModel]) -> dict[str, Option]:
    """The fields of a settings model by name, in order."""
    return {name: _option(name, info) for name, info in model.model_fields.items()}


def _option(name: str, info: FieldInfo) -> Option:
    inner = (meta for part in get_args(info.annotation) for meta in getattr(part, "__metadata__", ()))
    nested = (bound for meta in inner for bound in getattr(meta, "metadata", [meta]))
    bounds = {type(part): part for part in (*nested, *info.metadata)}
    low, high = bounds.get(Ge), bounds.get(Le)
    kind, choice, optional, model = _kind(info)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    alias = info.validation_alias
    return Option(
        name=name,
        kind=kind,
        default=None if info.is_required() else info.get_default(call_default_factory=False),
        label=info.title or name,
        help=info.description or "",
        low=low.ge if isinstance(low, Ge) else None,  # type: ignore[arg-type]
        high=high.le if isinstance(high, Le) else None,  # type: ignore[arg-type]
        choice=choice,
        earlier=tuple(str(a) for a in alias.choices[1:]) if isinstance(alias, AliasChoices) else (),
        optional=optional,
        role=str(extra.get("role", "")),
        model=model,
        advanced=bool(extra.get("advanced")),
    )


def _kind(info: FieldInfo) -> tuple[Kind, OneOf | tuple[str, ...], bool, type[BaseModel] | None]:
    """Kind, choices, whether None is allowed, and the model of a list's items."""
    found: Any = info.annotation
    optional = get_origin(found) in (Union, UnionType) and type(None) in get_args(found)
    if optional:
        found = next(part for part in get_args(found) if part is not type(None))
    while get_origin(found) is not None and hasattr(found, "__metadata__"):
        found = get_args(found)[0]
    named = [part for part in info.metadata if isinstance(part, OneOf)]
    if named:
        return "choice", named[-1], optional, None
    if get_origin(found) is Literal:
        return "choice", get_args(found), optional, None
    if found in KINDS:
        return KINDS[found], (), optional, None
    (item, *_) = get_args(found) or (found,)
    return "list", (), optional, item if isinstance(item, type) and issubclass(item, BaseModel) else None
