"""Elements of HTML and SVG; what is not markup already is escaped."""

import html


class Markup(str):
    """Text that is HTML already: `tag` does not escape it."""


# Elements that have neither content nor an end.
EMPTY = ("meta", "link", "br")


def tag(name, /, *children, **attributes):
    """Returns an element; strings and numbers among its parts are escaped.

    Args:
        name: string.
        *children: `Markup`, strings, numbers, lists of these; None is
            nothing.
        **attributes: values; `class_` is "class", other underscores are
            hyphens, and None leaves the attribute out.

    Example:

    >>> tag("b", "1 < 2", class_="x")
    '<b class="x">1 &lt; 2</b>'
    """
    parts = [
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    start = f"<{name}{''.join(parts)}>"
    if name in EMPTY:
        return Markup(start)
    return Markup(f"{start}{joined(children)}</{name}>")


def joined(children):
    """Returns the parts as one `Markup`, each escaped if it is not one."""
    return Markup("".join(map(markup_of, children)))


def markup_of(child):
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, (list, tuple)):
        return joined(child)
    return html.escape(str(child))
