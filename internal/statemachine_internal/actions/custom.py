"""Custom actions: ``{type}_action.py`` with a class ``{Type}Action``, in a folder of the user and below it (C9).

A file is loaded under a private name, from its text and never from a stored ``.pyc``: two definitions with actions of
one name don't meet in ``sys.modules``, a reload sees what was edited a moment ago, and nothing of it is written into
the user's folder.

Modules beside it are imported by their plain names (``import geometry``): the file's folder and the actions folder
stand at the *end* of ``sys.path`` from then on, so that an import inside ``execute`` works as well, and a file called
``json.py`` hides nothing from the engine.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import itertools
import os
import re
import sys
import traceback
from importlib.machinery import SourceFileLoader
from types import ModuleType, TracebackType

from statemachine_internal.actions.action_files import SUFFIX, action_files
from statemachine_internal.actions.base import BaseAction, InstantAction
from statemachine_internal.errors import ConfigurationError

_numbers = itertools.count(1)


class UnusableAction(ConfigurationError):
    """An action can't be loaded. ``hint`` says what to do; ``traceback_text`` is the user's part of an import error."""

    def __init__(self, code: str, message: str, *, hint: str = "", traceback_text: str = "") -> None:
        self.code, self.hint, self.traceback_text = code, hint, traceback_text
        super().__init__(message)


class CustomActions:
    """What a folder of custom actions has. It is read once; the files are loaded when they are asked for."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._files: dict[str, list[str]] = {}
        for path in action_files(folder):
            self._files.setdefault(os.path.basename(path).removesuffix(SUFFIX), []).append(path)
        self._fresh = False

    @property
    def types(self) -> list[str]:
        """The types of action that it has files for."""
        return sorted(self._files)

    def has(self, type_name: str) -> bool:
        """Whether there is a file for this type."""
        return type_name in self._files

    def load(self, type_name: str) -> type[BaseAction]:
        """Import the file of a type, and return its class.

        Raises:
            UnusableAction: there are several files, or the one can't be imported, or it lacks the class.
                ``__cause__`` is what the import raised.
        """
        path, *others = self._files[type_name]
        if others:
            files = " and ".join([path, *others])
            hint = "rename one of them, and its type in the definition"
            raise UnusableAction("action-twice", f"the action '{type_name}' is there twice: {files}", hint=hint)
        if not self._fresh:
            _forget_modules_of(self.folder)
            self._fresh = True
        _make_importable(os.path.dirname(path), self.folder)
        return _class_of(_import(path, type_name), class_name(type_name), path)


def class_name(type_name: str) -> str:
    """The class of a type: ``my_custom`` → ``MyCustomAction``."""
    words = re.split(r"[^0-9A-Za-z]+", type_name)
    return "".join(word[:1].upper() + word[1:] for word in words) + "Action"


class _TextLoader(SourceFileLoader):
    """Compiles the text of the file, whatever ``.pyc`` there may be."""

    def path_stats(self, path: str) -> dict[str, float]:
        raise OSError(f"no .pyc for {path}")  # what SourceLoader.get_code takes as: neither read one nor write one


def _import(path: str, type_name: str) -> ModuleType:
    name = f"_statemachine_actions_{next(_numbers)}_{re.sub('[^0-9A-Za-z]', '_', type_name)}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_TextLoader(name, path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look modules up by name
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever a user's file does at import, it is a complaint
        del sys.modules[name]
        hint = f"mend the file, or try it with: {os.path.basename(sys.executable)} {path}"
        raise UnusableAction(
            "action-import",
            f"{path} can't be imported: {_one_line(error)}",
            hint=hint,
            traceback_text=_users_traceback(error, path),
        ) from error
    return module


def _class_of(module: ModuleType, name: str, path: str) -> type[BaseAction]:
    found = getattr(module, name, None)
    if found is None:
        own = [c.__name__ for c in vars(module).values() if inspect.isclass(c) and c.__module__ == module.__name__]
        has = f"it has {', '.join(own)}" if own else "it has no class at all"
        raise UnusableAction(
            "action-class", f"{path} has no class {name} ({has})", hint=f"write: class {name}(BaseAction)"
        )
    if not inspect.isclass(found) or not issubclass(found, BaseAction):
        hint = f"write: from statemachine_engine.actions import BaseAction, and: class {name}(BaseAction)"
        raise UnusableAction("action-class", f"{name} in {path} is no BaseAction", hint=hint)
    if found.execute is BaseAction.execute and found.run is BaseAction.run and not issubclass(found, InstantAction):
        hint = "write: async def execute(self, context)"
        raise UnusableAction("action-class", f"{name} in {path} doesn't define execute", hint=hint)
    return found


def _make_importable(*folders: str) -> None:
    for folder in folders:
        if folder not in sys.path:
            sys.path.append(folder)
    importlib.invalidate_caches()


def _forget_modules_of(folder: str) -> None:
    """Let a reload see the modules beside the actions anew; those of an earlier load stay with who imported them."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or name.startswith(("__main__", "statemachine_")):
            continue
        if (
            path.startswith(folder.rstrip("/") + "/")
            and "/site-packages/" not in path
            and "/dist-packages/" not in path
        ):
            del sys.modules[name]


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _users_traceback(error: BaseException, path: str) -> str:
    """The traceback from the user's file on; a syntax error has no frame in it and names the file itself."""
    frames: TracebackType | None = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != path:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))
