"""HTML from the templates in assets/templates; every value is escaped."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ui.kit.texts import ASSETS

# Lines of a template are joined as they stand: blocks leave no line of their own.
_environment = Environment(
    loader=FileSystemLoader(ASSETS / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, **values: object) -> str:
    """The template of that name, without its ending, filled in."""
    return _environment.get_template(f"{name}.html").render(values).strip()
