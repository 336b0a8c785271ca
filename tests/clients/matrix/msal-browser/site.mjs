// Serves a single-page app over https: a table of addresses.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { extname } from "node:path";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };

/** `files` has a file's path for each address; a function in its place gives the content, by the whole address that was
 * asked for. Returns the server. */
export async function serve(files, port, heard = () => {}) {
  const tls = { cert: readFileSync(process.env.APP_CERT), key: readFileSync(process.env.APP_KEY) };
  const server = createServer(tls, (request, answer) => {
    const url = new URL(request.url, `https://${request.headers.host}`);
    heard(url);
    const file = files[url.pathname];
    if (!file) return answer.writeHead(404).end();
    const content = typeof file === "function" ? file(url) : readFileSync(file);
    const type = types[extname(url.pathname)] ?? types[".html"];
    return answer.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(content);
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return server;
}
