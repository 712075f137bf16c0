"""Walks through everything that `quipu mcp` offers, as an application would with the official Python client.

Usage: python3 walk.py auto|legacy|2026-07-28 CALLS COMMAND [ARGUMENT...]   (or for HTTP: URL TOKEN DIRECTORY)
It must not know which tools there are: the wire names them, CALLS says how each is called. Prints one line of JSON.
"""

import asyncio
import json
import os
import re
import sys

from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters

MODE, CALLS, COMMAND, *ARGUMENTS = sys.argv[1:]
KEPT = {}


def filled(value):
    return json.loads(re.sub(r"\$([a-z]+)", lambda m: KEPT.get(m[1], m[0]), json.dumps(value)))


def text(result):
    return "\n".join(getattr(part, "text", "") for part in result.content)


async def fails(words, call):
    try:
        await call
    except MCPError as error:
        assert words in str(error), f"{words!r} is not in {error}"
    else:
        raise AssertionError(f"not refused: {words}")


def server():
    if COMMAND.startswith("http"):
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        carrier = httpx2.AsyncClient(headers={"authorization": f"Bearer {ARGUMENTS[0]}", "quipu-cwd": ARGUMENTS[1]})
        return streamable_http_client(COMMAND, http_client=carrier)
    return StdioServerParameters(command=COMMAND, args=ARGUMENTS, env=dict(os.environ), cwd=os.getcwd())


async def tools(client, calls):
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    for tool in listed.values():
        assert tool.output_schema and tool.annotations.read_only_hint is not None, tool
        assert any(row["tool"] == tool.name for row in calls), f"calls.json has no row for {tool.name}"
    count = 0
    for row in calls:
        name = row["tool"]
        # A memory that rows refer to is saved through the door whether or not this set shows the tool.
        if name not in listed and "keep" not in row:
            continue
        # The client checks the structured answer against the tool's output schema, and raises.
        result = await client.call_tool(name, filled(row["arguments"]))
        count += 1
        assert bool(result.is_error) == ("fails" in row), result
        assert filled(row["says"]) in text(result), f"no {filled(row['says'])!r} in {result}"
        for kept, field in row.get("keep", {}).items():
            KEPT[kept] = result.structured_content[field]
        if "keep" in row or "unwarned" in row:
            continue
        more = await client.call_tool(name, {**filled(row["arguments"]), "colour": "blue"})
        count += 1
        assert any("`colour`" in words for words in more.structured_content["warnings"]), more
    # Whatever a tool takes, an object in the place of a word or a number is a mistake that a model can mend.
    for tool in listed.values():
        properties = list(tool.input_schema.get("properties", {}))
        bad = [{properties[0]: {"not": "this"}}] if properties else []
        bad += [{}] if tool.input_schema.get("required") else []
        for given in bad:
            result = await client.call_tool(tool.name, given)
            count += 1
            assert result.is_error and re.match(r"bad_\w+: .+\nWhat helps: .+", text(result), re.S), result
    await fails("no tool is called `memory_purge`", client.call_tool("memory_purge", {}))
    return list(listed), count


async def resources(client):
    listed = (await client.list_resources()).resources
    note = next(resource for resource in listed if resource.name == KEPT["note"])
    assert "ZQ-76 was taken" in (await client.read_resource(str(note.uri))).contents[0].text
    assert (await client.list_resource_templates()).resource_templates[0].uri_template == "memory://{id}"
    await fails("no memory", client.read_resource("memory://01890a5d-ac96-774b-bcce-b302099a8057"))
    return len(listed)


async def prompts(client, rows):
    listed = (await client.list_prompts()).prompts
    for prompt in listed:
        row = rows[prompt.name]
        got = await client.get_prompt(prompt.name, row["arguments"])
        assert filled(row["says"]) in got.messages[0].content.text, got
        if any(argument.required for argument in prompt.arguments or []):
            await fails("is missing", client.get_prompt(prompt.name, {}))
    return len(listed)


async def walk():
    with open(CALLS, encoding="utf-8") as file:
        calls = json.load(file)
    async with Client(server(), mode=MODE, read_timeout_seconds=60) as client:
        assert client.instructions is None or "memory_search" in client.instructions
        names, count = await tools(client, calls["tools"])
        told = {
            "kind": f"python-{MODE}",
            "revision": client.protocol_version,
            "tools": names,
            "calls": count,
            "resources": await resources(client),
            "prompts": await prompts(client, calls["prompts"]),
        }
    print(json.dumps(told))


asyncio.run(walk())
