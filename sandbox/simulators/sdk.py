"""Finds the classes and functions of a provider's SDK by their tokens, without importing more than the program did.

Every SDK registers the modules of its resources with Pulumi when it is imported (`_utilities.register`); importing the
root package runs that registration and no service module. The service module of a type is imported when the type is
first asked for, which in process has happened already: the program made the resource with it.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import version as distribution_version
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SNAKE = re.compile(r"_([a-z0-9])")


class UnknownTokenError(LookupError):
    """The SDK has no resource or function of this token."""


def root_module(package: str) -> str:
    """`pulumi_azure_native` for `azure-native`."""
    return "pulumi_" + package.replace("-", "_")


@cache
def sdk_version(package: str) -> str:
    """The version of the installed SDK, such as `7.51.1`."""
    return distribution_version(root_module(package))


def snake_case(name: str) -> str:
    """`get_caller_identity` for `getCallerIdentity`."""
    return _CAMEL.sub("_", name).lower()


def camel_case(name: str) -> str:
    """`executableUsers` for `executable_users`."""
    return _SNAKE.sub(lambda match: match.group(1).upper(), name)


@cache
def _classes(package: str) -> Mapping[str, tuple[str, str]]:
    """Type token to (module, class) of a whole SDK, from the registration that it does for Pulumi."""
    from pulumi.runtime import rpc

    import_module(root_module(package))
    registered = rpc._RESOURCE_MODULES  # noqa: SLF001  the SDK's own index; there is no public one
    found: dict[str, tuple[str, str]] = {}
    for key, modules in registered.items():
        if key.startswith(package + ":"):
            info = getattr(modules[-1], "mod_info", None)
            if info:
                found.update({token: (info["fqn"], name) for token, name in info["classes"].items()})
    return found


def has_resource(package: str, token: str) -> bool:
    """Whether the SDK knows the type."""
    return token in _classes(package)


@cache
def resource_class(package: str, token: str) -> type:
    """The resource class of a type token. Raises :class:`UnknownTokenError`."""
    try:
        module, name = _classes(package)[token]
    except KeyError:
        raise UnknownTokenError(f"{root_module(package)} {sdk_version(package)} has no resource type {token}") from None
    found: type = getattr(import_module(module), name)
    return found


@cache
def args_class(package: str, token: str) -> type:
    """The class of a resource's inputs.

    Where a nested type took the name `<Class>Args`, the resource's is `<Class>InitArgs`: that one is looked for first,
    and only in the module that defines the resource, so that neither can be mistaken for the other.
    """
    resource = resource_class(package, token)
    module = sys.modules[resource.__module__]
    for suffix in ("InitArgs", "Args"):
        found = getattr(module, resource.__name__ + suffix, None)
        if isinstance(found, type) and found.__module__ == resource.__module__:
            return found
    raise UnknownTokenError(f"{token}: {module.__name__} has no class for its inputs")


@cache
def provider_args_class(package: str) -> type:
    """The class of the provider's own configuration."""
    found: type = import_module(root_module(package) + ".provider").ProviderArgs
    return found


@cache
def function(package: str, token: str) -> Callable[..., Any]:
    """The function of an invoke token such as `aws:ec2/getAmi:getAmi`. Raises :class:`UnknownTokenError`."""
    try:
        _, place, name = token.split(":")
    except ValueError:
        raise UnknownTokenError(f"{token} is not a function token") from None
    folder = place.split("/")[0]
    module = root_module(package) + ("" if folder == "index" else "." + folder)
    try:
        found: Callable[..., Any] = getattr(import_module(module), snake_case(name))
    except (ImportError, AttributeError):
        raise UnknownTokenError(f"{root_module(package)} {sdk_version(package)} has no function {token}") from None
    return found


def required_parameters(callable_: Callable[..., Any]) -> frozenset[str]:
    """The Python names of the parameters that have no default."""
    parameters = list(inspect.signature(callable_).parameters.values())
    return frozenset(
        p.name
        for p in parameters
        if p.default is inspect.Parameter.empty
        and p.kind in {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        and p.name not in {"self", "__self__"}
    )
