// Auth.js for Express with its provider for Azure AD B2C: strict discovery.

import * as demo from "../../demo.mjs";
import { host, refreshAt, serve, tenantId, use } from "../app.mjs";
import { hear, people, policies, providerId, routes } from "../auth_js.mjs";
import { runCells } from "../web_app.mjs";

const express = demo.load("express");
const { ExpressAuth, getSession } = await use("@auth/express");
const { default: AzureADB2C } = await use("@auth/express/providers/azure-ad-b2c");

const clientId = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000124";
const clientSecret = demo.secret(clientId);

// configuration
const scope = "openid offline_access https://contoso.onmicrosoft.com/tasks/tasks.read";
const providers = policies.map((policy) =>
  AzureADB2C({
    id: providerId(policy),
    issuer: `https://${host}/tfp/${tenantId}/${policy.toLowerCase()}/v2.0/`,
    clientId,
    clientSecret,
    authorization: { params: { scope } },
  }),
);
// end of configuration

const config = {
  ...people,
  providers,
  secret: "kept-by-the-app-alone",
  trustHost: true,
  logger: {
    // Only here does the library tell what an answer said.
    debug: (message, answer) => message === "OAuthCallbackError" && hear(answer),
    error({ type, message, cause }) {
      if (type !== "OAuthCallbackError") hear({ error: `${message} ${cause?.err?.stack}` });
    },
  },
};

const app = express();
app.disable("x-powered-by");
// It reads the first unnamed parameter of the path, and Express 5 names all of those of a text
// (https://github.com/nextauthjs/next-auth/issues/12672).
app.use(/^\/auth\/(.*)/, ExpressAuth(config));

const shop = routes(app, { handler: "/auth", sessionOf: (request) => getSession(request, config) });

const running = await serve(shop, ({ refreshToken }, policy) =>
  refreshAt(`${demo.authority(policy)}/oauth2/v2.0/token`, { clientId, clientSecret, refreshToken }),
);

await runCells(running);
