// Brings the daemon's socket to a port of loopback, for programs that take nothing but an address, and says for them which
// directory they work in.
// Usage: node proxy.mjs SOCKET DIRECTORY; prints the address of the MCP door, and ends with its input.
import { createServer, request } from "node:http";

const [socketPath, directory] = process.argv.slice(2);
const server = createServer((asked, answer) => {
  const headers = { ...asked.headers, "quipu-cwd": directory };
  const passed = request({ socketPath, path: asked.url, method: asked.method, headers }, (told) => {
    answer.writeHead(told.statusCode, told.headers);
    told.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  asked.pipe(passed);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
process.stdin.resume().on("end", () => process.exit(0));
