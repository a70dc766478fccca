"""The page that asks a browser for the token, and says where it is found."""

from __future__ import annotations

from .token import PACKAGED

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>statemachine monitor</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>statemachine monitor</h1>
<form method="post" action="/">{wrong}<p><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Open</button></p></form>
{where}
<p>This browser keeps it until it is closed.</p></main></body></html>
"""
_WRONG = '<p role="alert">The monitor doesn\'t know this token.</p>'
_OF_THE_UNIT = f"""<p>Members of the group statemachine can read it on this monitor's host:</p>
<pre>cat {PACKAGED}</pre>"""
_BY_HAND = "<p>It is the token that this monitor was started with: ask whoever has started it.</p>"


def token_page(*, of_unit: bool, wrong: bool = False) -> str:
    """The page, of a monitor that has the token from its unit, or from ``--token-file``; again after a wrong one."""
    return _PAGE.format(where=_OF_THE_UNIT if of_unit else _BY_HAND, wrong=_WRONG if wrong else "")
