// The parts of a web app that have nothing to do with its library: a server with TLS, sessions, a call of the API,
// and the page that is loaded in a hidden frame when somebody signs out elsewhere.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { pathToFileURL } from "node:url";
import * as demo from "../demo.mjs";

export const port = Number(process.env.APP_PORT);
export const base = `https://localhost:${port}`;

/** The identity server's host, with its port. */
export const { host } = new URL(demo.origin);
export { tenantId } from "../demo.mjs";

/** A module package out of target/clients/node; `load` of demo.mjs is for the others. */
export const use = (name) => import(pathToFileURL(demo.load.resolve(name)).href);

const express = demo.load("express");
const session = demo.load("express-session");

/** An Express app with sessions in its memory. Each keeps what it knows of a person by policy, in `accounts`. */
export function webApp() {
  const app = express();
  const store = new session.MemoryStore();
  app.disable("x-powered-by");
  app.use(session({
    name: "app", secret: "kept-by-the-app-alone", resave: false, saveUninitialized: false, store,
    cookie: { httpOnly: true, secure: true, sameSite: "none" },
  }));
  app.use(express.urlencoded({ extended: false }));
  // By `iss` and `sid`, and not by the cookie: browsers keep it from a frame of another site.
  const forget = (iss, sid) =>
    new Promise((resolve, reject) => {
      store.all((error, sessions) => {
        if (error) reject(error);
        for (const [id, { accounts = {} }] of Object.entries(sessions ?? {})) {
          const isMeant = ({ claims }) => claims.iss === iss && claims.sid === sid;
          if (Object.values(accounts).some(isMeant)) store.destroy(id);
        }
        resolve();
      });
    });
  return { app, accountsOf: async (request) => request.session.accounts, forget };
}

/** The app's own ways to its library: `begin` makes a request, `finish` an account of the answer to it. */
export function codeFlow({ app }, { begin, finish, signOut }) {
  const ask = (policy, parameters = {}) => async (request, response) => {
    const { url, checks } = await begin(policy, parameters);
    request.session.pending = { policy, checks };
    response.redirect(url.href);
  };
  app.get("/sign-in", ask(demo.signIn));
  app.get("/silent", ask(demo.signIn, { prompt: "none" }));
  app.get("/edit-profile", ask(demo.profileEdit));
  app.get("/reset-password", ask(demo.passwordReset));
  app.get("/callback", async (request, response) => {
    // "Forgot your password?" comes back as an error: the app is to start the policy for it.
    if (request.query.error_description?.startsWith("AADB2C90118")) return response.redirect("/reset-password");
    if (request.query.error) return response.json(request.query);
    const { policy, checks } = request.session.pending;
    delete request.session.pending;
    const account = await finish(policy, new URL(request.originalUrl, base), checks);
    request.session.accounts = { ...request.session.accounts, [policy]: account };
    return response.redirect("/");
  });
  app.get("/sign-out", async (request, response) => {
    const [[policy, account]] = Object.entries(request.session.accounts);
    const url = await signOut(policy, account, `${base}/signed-out`);
    request.session.destroy(() => response.redirect(url.href));
  });
  app.get("/signed-out", (_, response) => response.json({ signedOut: true }));
}

/** Renewal for libraries that leave it to the app: a post to the token endpoint. */
export async function refreshAt(tokenEndpoint, { clientId, clientSecret, refreshToken }) {
  const answer = await fetch(tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId, client_secret: clientSecret,
    }),
  });
  const tokens = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(`the token endpoint says ${JSON.stringify(tokens)}`), tokens);
  return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token, idToken: tokens.id_token };
}

// Two access tokens of one second can be equal to the letter; a refresh token never is.
const digest = (token) => createHash("sha256").update(token).digest("hex");

/** Adds what every app here can be asked, and starts it. `refresh(account, policy)` gives a newer account. */
export async function serve({ app, accountsOf, forget }, refresh) {
  const notices = [];
  const policyOf = (request) => request.query.policy ?? demo.signIn;
  const account = async (request, response) => (await accountsOf(request, response))?.[policyOf(request)];

  app.get("/", async (request, response) => {
    const accounts = Object.entries((await accountsOf(request, response)) ?? {});
    response.json(Object.fromEntries(accounts.map(([policy, { claims }]) => [policy, claims])));
  });

  app.get("/tasks", async (request, response) => {
    const found = await account(request, response);
    if (!found) return response.sendStatus(401);
    const answer = await fetch(`${process.env.API_URL}/tasks`, {
      headers: { authorization: `Bearer ${found.accessToken}` },
    });
    return response.json({ status: answer.status, said: await answer.text(), grant: digest(found.refreshToken) });
  });

  app.get("/refresh", async (request, response) => {
    const found = await account(request, response);
    if (!found) return response.sendStatus(401);
    try {
      Object.assign(found, await refresh(found, policyOf(request)));
      return response.json({ refreshed: true });
    } catch (error) {
      // The one error at which an app gives its tokens up, and asks the person.
      if (error.error !== "invalid_grant") throw error;
      return response.json({ refreshed: false });
    }
  });

  app.get("/front-channel", async (request, response) => {
    const { iss, sid } = request.query;
    notices.push({ iss, sid });
    await forget(iss, sid);
    response.set("cache-control", "no-store").send("");
  });

  // Express knows a handler of errors by its four arguments.
  app.use((error, request, response, _next) => {
    const [problem, cause] = [error, error.cause].map((one) => String(one?.stack ?? one));
    response.status(500).json({ problem, cause });
  });

  const identity = { cert: readFileSync(process.env.APP_CERT), key: readFileSync(process.env.APP_KEY) };
  const server = createServer(identity, app);
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { notices, stop: () => (server.closeAllConnections(), server.close()) };
}
