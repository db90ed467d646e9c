#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""validate.py SCHEMA < JSON: the part of JSON Schema that our schemas use."""

import json
import re
import sys

KNOWN = {"$schema", "title", "description", "type", "required", "properties", "items",
         "additionalProperties", "enum", "pattern", "minItems"}
TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def check(value, schema, where):
    unknown = set(schema) - KNOWN
    if unknown:
        raise ValueError(f"{where}: the schema uses {unknown}, which this program does not know")
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, t) for t in types):
        raise ValueError(f"{where}: {value!r} is not {types}")
    if "enum" in schema and value not in schema["enum"]:
        raise ValueError(f"{where}: {value!r} is not one of {schema['enum']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise ValueError(f"{where}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                raise ValueError(f"{where}: no {name}")
        for name, member in value.items():
            if name not in schema.get("properties", {}):
                if schema.get("additionalProperties", True) is False:
                    raise ValueError(f"{where}: {name} is not in the schema")
                continue
            check(member, schema["properties"][name], f"{where}.{name}")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            raise ValueError(f"{where}: too short")
        for i, item in enumerate(value):
            check(item, schema.get("items", {}), f"{where}[{i}]")


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    text = sys.stdin.read()
    documents = text.splitlines() if "--lines" in sys.argv else [text]
    try:
        for document in documents:
            check(json.loads(document), schema, "$")
    except ValueError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
