// Walks through everything that `quipu mcp` offers, as an application would with one of the official TypeScript clients.
// Usage: node walk.mjs v1|v2-legacy|v2-auto|v2-modern MODULES CALLS COMMAND [ARGUMENT…]   (or for HTTP: URL TOKEN DIRECTORY)
// It must not know which tools there are: the wire names them, CALLS says how each is called. Prints one line of JSON.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [kind, modules, callsFile, command, ...args] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
const calls = JSON.parse(readFileSync(callsFile, "utf8"));

async function connect() {
  const me = { name: `quipu-walk-${kind}`, version: "1.0.0" };
  const isHttp = /^http/.test(command);
  const spawn = { command, args, env: process.env, cwd: process.cwd(), stderr: "inherit" };
  const http = { requestInit: { headers: { authorization: `Bearer ${args[0]}`, "quipu-cwd": args[1] } } };
  if (kind === "v1") {
    const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
    const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
    const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");
    const client = new Client(me);
    const way = isHttp ? new StreamableHTTPClientTransport(new URL(command), http) : new StdioClientTransport(spawn);
    let revision;
    // This client tells its transport alone what was agreed on.
    way.setProtocolVersion = (agreed) => (revision = agreed);
    await client.connect(way);
    return { client, revision, era: "legacy" };
  }
  const { Client, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
  const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");
  const mode = { "v2-legacy": "legacy", "v2-auto": "auto", "v2-modern": { pin: "2026-07-28" } }[kind];
  const client = new Client(me, { versionNegotiation: { mode } });
  const way = isHttp ? new StreamableHTTPClientTransport(new URL(command), http) : new StdioClientTransport(spawn);
  await client.connect(way);
  return { client, revision: client.getNegotiatedProtocolVersion(), era: client.getProtocolEra() };
}

const { client, revision, era } = await connect();
assert.equal(client.getServerVersion().name, "quipu");
assert.match(client.getInstructions(), /memory_search/);

const { tools } = await client.listTools();
const kept = {};
const filled = (value) => JSON.parse(JSON.stringify(value).replaceAll(/\$([a-z]+)/g, (whole, name) => kept[name] ?? whole));
const text = (result) => result.content.map((part) => part.text ?? "").join("\n");
let count = 0;
const call = (name, given) => {
  count += 1;
  return client.callTool({ name, arguments: given });
};

for (const tool of tools) {
  assert.ok(tool.outputSchema && tool.inputSchema && tool.description && tool.title, `${tool.name} does not say all of itself`);
  assert.equal(Object.keys(tool.annotations).filter((hint) => hint.endsWith("Hint")).length, 4, tool.name);
  assert.ok(calls.tools.some((row) => row.tool === tool.name), `calls.json has no row for ${tool.name}`);
}
const names = new Set(tools.map((tool) => tool.name));
for (const row of calls.tools) {
  // A memory that rows refer to is saved through the door whether or not this set shows the tool.
  if (!names.has(row.tool) && !row.keep) continue;
  const given = filled(row.arguments);
  // The client checks the structured answer against the tool's output schema, and throws.
  const result = await call(row.tool, given);
  const shown = `${row.tool} ${JSON.stringify(given)}: ${JSON.stringify(result)}`;
  assert.equal(result.isError ?? false, row.fails !== undefined, shown);
  assert.ok(text(result).includes(filled(row.says)), `no "${filled(row.says)}" in ${shown}`);
  if (!row.fails) assert.equal(typeof result.structuredContent, "object", shown);
  for (const [name, field] of Object.entries(row.keep ?? {})) kept[name] = result.structuredContent[field];
  if (row.keep) continue;

  const more = await call(row.tool, { ...given, colour: "blue" });
  if (!row.unwarned) {
    assert.ok(!more.isError && more.structuredContent.warnings.some((words) => words.includes("`colour`")), JSON.stringify(more));
    assert.match(text(more), /warning: `colour` was ignored/);
  }
}

// Whatever a tool takes, an object in the place of a word or a number is a mistake that a model can mend.
for (const tool of tools) {
  const [first] = Object.keys(tool.inputSchema.properties ?? {});
  for (const bad of [first && { [first]: { not: "this" } }, tool.inputSchema.required?.length && {}].filter(Boolean)) {
    const result = await call(tool.name, bad);
    assert.ok(result.isError, `${tool.name} took ${JSON.stringify(bad)}: ${JSON.stringify(result)}`);
    assert.match(text(result), /^bad_\w+: .+\nWhat helps: .+/s, tool.name);
  }
}
const unknown = await call("memory_purge", {}).catch((error) => error);
assert.match(String(unknown.message), /no tool is called `memory_purge`/, JSON.stringify(unknown));

const { resources } = await client.listResources();
const note = resources.find((resource) => resource.name === kept.note);
assert.ok(note, `the note is no resource: ${JSON.stringify(resources)}`);
const read = await client.readResource({ uri: note.uri });
assert.match(read.contents[0].text, /ZQ-76 was taken/);
const { resourceTemplates } = await client.listResourceTemplates();
assert.equal(resourceTemplates[0].uriTemplate, "memory://{id}");
const nowhere = await client.readResource({ uri: "memory://01890a5d-ac96-774b-bcce-b302099a8057" }).catch((error) => error);
assert.ok(nowhere instanceof Error && /no memory/i.test(nowhere.message), String(nowhere));

const { prompts } = await client.listPrompts();
for (const prompt of prompts) {
  const row = calls.prompts[prompt.name];
  assert.ok(row, `calls.json has no row for the prompt ${prompt.name}`);
  const got = await client.getPrompt({ name: prompt.name, arguments: row.arguments });
  assert.ok(got.messages[0].content.text.includes(filled(row.says)), JSON.stringify(got));
  if (prompt.arguments?.some((argument) => argument.required)) {
    const refused = await client.getPrompt({ name: prompt.name, arguments: {} }).catch((error) => error);
    assert.ok(refused instanceof Error && /is missing/.test(refused.message), String(refused));
  }
}
if (era === "legacy") await client.ping();
await client.close();
console.log(JSON.stringify({ kind, era, revision, tools: [...names], calls: count, resources: resources.length, prompts: prompts.length }));
