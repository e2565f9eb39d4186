"""Requests as JSON text. What comes out of a queue may be anybody's: it is checked, never executed.

A spider's ``secrets`` (query parameter → value) are taken out on the way in and put back on the way out.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from scrapy import FormRequest, Request, Spider
from scrapy.http import JsonRequest, XmlRpcRequest

from travelcrawl.access.secrets import with_secrets, without
from travelcrawl.errors import NotSerialisable

CLASSES: dict[str, type[Request]] = {cls.__name__: cls for cls in (Request, FormRequest, JsonRequest, XmlRpcRequest)}
"""Request classes a payload may name. ``_class`` of Scrapy's own dictionaries loads any class: it is refused."""
PLAIN = ("url", "method", "priority", "dont_filter", "encoding")
"""Attributes that are JSON as they are."""


def encode(request: Request, spider: Spider) -> str:
    """Return a request as one line of JSON. Raises NotSerialisable, naming the part that cannot be carried."""
    name = type(request).__name__
    if CLASSES.get(name) is not type(request):
        raise NotSerialisable(f"a {name} cannot wait in a queue; use one of {', '.join(CLASSES)}")
    data: dict[str, Any] = {attribute: getattr(request, attribute) for attribute in PLAIN}
    data["url"] = without(request.url, secrets_of(spider))
    data["class"] = name
    data["callback"] = _name(request.callback, spider)
    data["errback"] = _name(request.errback, spider)
    data["headers"] = {
        key.decode("latin-1"): [value.decode("latin-1") for value in values] for key, values in request.headers.items()
    }
    if request.body:
        data["body"] = base64.b64encode(request.body).decode("ascii")
    for attribute in ("meta", "cb_kwargs", "cookies", "flags"):
        if value := getattr(request, attribute):
            data[attribute] = value
    try:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_refuse)
    except (TypeError, ValueError) as error:
        raise NotSerialisable(f"the request for {request.url} cannot wait in a queue: {error}") from None


def decode(payload: str | bytes, spider: Spider) -> Request:
    """Return the request of a payload.

    Raises NotSerialisable where it is no JSON object of this form, names a class that is not in CLASSES, or a callback that is
    not a public method of the spider.
    """
    try:
        data = json.loads(payload)
        if not isinstance(data, dict) or not str(data.get("url")).startswith(("http://", "https://")):
            raise ValueError("no object with an http address")
        if not isinstance(data.get("method", "GET"), str):
            raise ValueError("the method is no text")
        cls = CLASSES[data.get("class", "Request")]
        arguments = {name: data[name] for name in (*PLAIN, "meta", "cb_kwargs", "cookies", "flags") if name in data}
        arguments["url"] = with_secrets(data["url"], secrets_of(spider))
        if "body" in data:
            arguments["body"] = base64.b64decode(data["body"], validate=True)
        headers = {
            key.encode("latin-1"): [value.encode("latin-1") for value in values]
            for key, values in (data.get("headers") or {}).items()
        }
        return cls(
            headers=headers,
            callback=_method(data.get("callback"), spider),
            errback=_method(data.get("errback"), spider),
            **arguments,
        )
    except NotSerialisable:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotSerialisable(f"a payload of the queue is refused: {type(error).__name__}: {error}") from None


def url_of(payload: str) -> str:
    """Return the address in a payload, "" where there is none."""
    try:
        return str(json.loads(payload)["url"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def seed_of(payload: str) -> str | None:
    """Return the start entry that a payload holds, None where it holds a request. Raises NotSerialisable."""
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotSerialisable(f"a payload of the queue is refused: {type(error).__name__}: {error}") from None
    seed = data.get("seed") if isinstance(data, dict) else None
    return seed if isinstance(seed, str) else None


def secrets_of(spider: Spider) -> Mapping[str, str]:
    """Return the query parameters that a spider's requests carry and nothing else may."""
    return getattr(spider, "secrets", {})


def _name(method: Any, spider: Spider) -> str | None:
    """Return the name of a spider's method, looked up once by what it is bound to (Scrapy's walks all members)."""
    if method is None:
        return None
    name = getattr(method, "__name__", "")
    if getattr(method, "__self__", None) is spider and getattr(spider, name, None) == method:
        return name
    raise NotSerialisable(f"{method!r} is not a method of the spider {spider.name}: a queue cannot carry it")


def _method(name: Any, spider: Spider) -> Any:
    if name is None:
        return None
    method = getattr(spider, name, None) if isinstance(name, str) and name.isidentifier() and name[0] != "_" else None
    if getattr(method, "__self__", None) is not spider:
        raise NotSerialisable(
            f"a payload of the queue is refused: {name!r} is not a method of the spider {spider.name}"
        )
    return method


def _refuse(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} is not a plain JSON type")
