// Stands before the loopback door for programs that send no token, and adds it. What they say of Host and Origin goes on as
// they said it, but that our own address becomes the door's.
// Usage: node with_token.mjs URL TOKEN DIRECTORY; prints the address to ask instead, and ends with its input.
import { createServer, request } from "node:http";

const [url, token, directory] = process.argv.slice(2);
const door = new URL(url);
const server = createServer((asked, answer) => {
  const theirs = `:${server.address().port}`;
  const renamed = (text) => text?.replace(theirs, `:${door.port}`);
  const headers = { ...asked.headers, authorization: `Bearer ${token}`, "quipu-cwd": directory, host: renamed(asked.headers.host) };
  if (asked.headers.origin) headers.origin = renamed(asked.headers.origin);
  const { path, method } = { path: asked.url, method: asked.method };
  const passed = request({ host: door.hostname, port: door.port, path, method, headers }, (told) => {
    answer.writeHead(told.statusCode, told.headers);
    told.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  asked.pipe(passed);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
process.stdin.resume().on("end", () => process.exit(0));
