"""Markdown on a terminal: what is wrapped, and what stays as it is written."""

from __future__ import annotations

from cnncalc.render.prose import fitted

PAGE = """# A page

One sentence that was wrapped at a width
of its own, and one more.

- an item that goes on
  in the next line, too
- another
1. counted, and longer than the others

    code that stays as long as it is written here

```yaml
- not an item, however long it may become
```

| key | meaning |
|---|---|
| `a` | one \\| two, explained at some length: arXiv:1603.07285 |
| `b` | short |

The end."""

FITTED = """# A page

One sentence that was wrapped
at a width of its own, and one
more.

- an item that goes on in the
  next line, too
- another
1. counted, and longer than
   the others

    code that stays as long as it is written here

```yaml
- not an item, however long it may become
```

key  meaning
──────────────────────────────
`a`  one | two, explained at
       some length:
       arXiv:1603.07285
`b`  short

The end."""


def test_a_page_in_its_width() -> None:
    assert fitted(PAGE, 30) == FITTED


def test_a_page_is_fitted_once() -> None:
    prose = FITTED.partition("key")[0]
    assert fitted(prose, 30) == prose
