// next-auth 4 with its provider for Azure AD B2C; its handler is given the requests that Next.js would give it.

import * as demo from "../../demo.mjs";
import { base, host, refreshAt, serve } from "../app.mjs";
import { hear, people, policies, providerId, routes } from "../auth_js.mjs";
import { runCells } from "../web_app.mjs";

// The library reads its own address here, and nowhere else.
process.env.NEXTAUTH_URL = base;

const express = demo.load("express");
const cookieParser = demo.load("cookie-parser");
const { default: NextAuth, getServerSession } = demo.load("next-auth");
const { default: AzureADB2CProvider } = demo.load("next-auth/providers/azure-ad-b2c");

const clientId = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000121";
const clientSecret = demo.secret(clientId);

// configuration
const scope = "openid offline_access https://contoso.onmicrosoft.com/tasks/tasks.read";
const providers = policies.map((policy) =>
  AzureADB2CProvider({
    id: providerId(policy),
    issuer: `https://${host}/contoso.onmicrosoft.com/${policy}/v2.0`,
    clientId,
    clientSecret,
    authorization: { params: { scope } },
    // The provider's own takes `emails[0]`; these policies give `email` out.
    profile: ({ sub, name, email }) => ({ id: sub, name, email }),
  }),
);
// end of configuration

const options = {
  ...people,
  providers,
  secret: "kept-by-the-app-alone",
  logger: {
    error(code, { error, error_description }) {
      // The one about the answer itself; what follows from it is told after it.
      if (code === "OAUTH_CALLBACK_HANDLER_ERROR") hear({ error: error.message, error_description });
    },
  },
};

const app = express();
app.disable("x-powered-by");
app.use(cookieParser(), express.urlencoded({ extended: false }));
app.all("/api/auth/*nextauth", (request, response) => {
  const query = { ...request.query, nextauth: request.params.nextauth };
  Object.defineProperty(request, "query", { value: query });
  return NextAuth(request, response, options);
});

const shop = routes(app, {
  handler: "/api/auth",
  sessionOf: (request, response) => getServerSession(request, response, options),
});

const running = await serve(shop, ({ refreshToken }, policy) =>
  refreshAt(`${demo.authority(policy)}/oauth2/v2.0/token`, { clientId, clientSecret, refreshToken }),
);

await runCells(running);
