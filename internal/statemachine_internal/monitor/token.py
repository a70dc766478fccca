"""The token that the monitor asks for: a credential of its unit (systemd.exec(5)), or a file."""

from __future__ import annotations

import os
import stat

from statemachine_internal.errors import ConfigurationError

SHORTEST = 16
"""Characters."""
CREDENTIAL = "token"
PACKAGED = "/etc/statemachine/monitor.token"
"""Where the package makes one, which its unit has as the credential."""


class TokenUnusable(ConfigurationError):
    """The file of the token can't be used."""

    code = "token"

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        if path == credential_path():
            text = (
                f"the unit's credential '{CREDENTIAL}' can't be used: {problem}; remove its file, {PACKAGED} unless "
                "LoadCredential= names another, and make a new one with: /usr/libexec/statemachine/make-monitor-token"
            )
        else:
            text = (
                f"the token in {path} can't be used: {problem}; "
                f"write one of at least {SHORTEST} letters and digits, for example with: "
                "head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \\n'"
            )
        super().__init__(text)


def credential_path() -> str | None:
    """The unit's credential ``token``, if it has one."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = f"{folder}/{CREDENTIAL}" if folder else ""
    return path if path and os.path.exists(path) else None


def read_token(path: str) -> str:
    """The token in a file; white space around it doesn't count.

    Raises:
        TokenUnusable: there is no file, or what is in it is no token.
    """
    try:
        with open(path, "rb") as file:
            text = file.read(4096).decode("ascii").strip()
    except OSError as error:
        raise TokenUnusable(path, str(error.strerror)) from error
    except UnicodeDecodeError:
        raise TokenUnusable(path, "it is no ASCII text") from None
    if len(text) < SHORTEST:
        raise TokenUnusable(path, f"it has {len(text)} characters")
    # It must fit into a header, a cookie and the name of a subprotocol (RFC 9110, section 5.6.2).
    if not all(each.isalnum() or each in "-._~" for each in text):
        raise TokenUnusable(path, "it has other characters than letters, digits, '-', '.', '_' and '~'")
    return text


def is_open_to_all(path: str) -> bool:
    """Whether every user may read this file, as far as its own mode goes."""
    return bool(os.stat(path).st_mode & stat.S_IROTH)
