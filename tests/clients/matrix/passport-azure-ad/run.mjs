// passport-azure-ad as the Express app of Microsoft's B2C sample uses it: /login?p=POLICY, and the answer as a form's post.

import assert from "node:assert/strict";
import * as demo from "../../demo.mjs";
import { base, host, refreshAt, serve, webApp } from "../app.mjs";
import { runCells } from "../web_app.mjs";

const passport = demo.load("passport");
const { BearerStrategy, OIDCStrategy } = demo.load("passport-azure-ad");

const clientID = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000120";
const clientSecret = demo.secret(clientID);
// The API of policies/demo/apps/tasks.toml.
const tasks = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000005";

// configuration
const tenant = `https://${host}/contoso.onmicrosoft.com`;
passport.use(new OIDCStrategy({
  identityMetadata: `${tenant}/v2.0/.well-known/openid-configuration`,
  clientID,
  clientSecret,
  isB2C: true,
  responseType: "code",
  responseMode: "form_post",
  redirectUrl: `${base}/callback`,
  scope: ["openid", "offline_access", "https://contoso.onmicrosoft.com/tasks/tasks.read"],
}, keep));
// end of configuration

function keep(iss, sub, profile, claims, accessToken, refreshToken, params, done) {
  done(null, { claims, accessToken, refreshToken, idToken: params.id_token });
}

const shop = webApp();
const { app } = shop;

const login = (policy, more = "") => (_, response) => response.redirect(`/login?p=${policy}${more}`);
app.get("/sign-in", login(demo.signIn));
app.get("/silent", login(demo.signIn, "&prompt=none"));
app.get("/edit-profile", login(demo.profileEdit));
app.get("/reset-password", login(demo.passwordReset));

app.get("/login", (request, response, next) => {
  const { prompt } = request.query;
  passport.authenticate("azuread-openidconnect", { response, prompt, session: false })(request, response, next);
});

app.post("/callback", (request, response, next) => {
  // The library tells the error's name alone; the sample looks at the description before it.
  const { error, error_description: description } = request.body;
  if (description?.startsWith("AADB2C90118")) return response.redirect("/reset-password");
  return passport.authenticate("azuread-openidconnect", { response, session: false }, (problem, account, why) => {
    if (problem) return next(problem);
    if (!account) return error ? response.json({ error, why }) : next(new Error(why));
    const policy = [demo.signIn, demo.profileEdit, demo.passwordReset].find((one) => one.toLowerCase() === account.claims.acr);
    request.session.accounts = { ...request.session.accounts, [policy]: account };
    return response.redirect("/");
  })(request, response, next);
});

app.get("/sign-out", (request, response) => {
  const query = new URLSearchParams({ p: demo.signIn, post_logout_redirect_uri: `${base}/signed-out` });
  request.session.destroy(() => response.redirect(`${tenant}/oauth2/v2.0/logout?${query}`));
});
app.get("/signed-out", (_, response) => response.json({ signedOut: true }));

// The library's other half: an API of one's own that takes bearer tokens of one policy.
passport.use(new BearerStrategy({
  identityMetadata: `${tenant}/v2.0/.well-known/openid-configuration`,
  clientID: tasks,
  isB2C: true,
  policyName: demo.signIn,
  scope: ["tasks.read"],
  loggingLevel: "error",
}, (claims, done) => done(null, claims)));

app.get("/bearer", passport.authenticate("oauth-bearer", { session: false }), (request, response) => {
  response.json({ sub: request.user.sub });
});
app.get("/through-the-bearer-strategy", async (request, response) => {
  const ask = (token) => fetch(`${base}/bearer`, { headers: { authorization: `Bearer ${token}` } });
  const account = request.session.accounts[demo.signIn];
  const answers = await Promise.all([ask(account.accessToken), ask(account.idToken)]);
  response.json({ sub: (await answers[0].json()).sub, statuses: answers.map((answer) => answer.status) });
});

const running = await serve(shop, ({ refreshToken }, policy) =>
  refreshAt(`${tenant}/oauth2/v2.0/token?p=${policy}`, { clientId: clientID, clientSecret, refreshToken }),
);

await runCells(running, async (cases, ada) => {
  await cases.run("an API with its BearerStrategy takes the access token, and not the ID token", async () => {
    const page = await ada.open(`${base}/through-the-bearer-strategy`);
    const { sub, statuses } = JSON.parse(page.text);
    assert.deepEqual(statuses, [200, 401]);
    assert.ok(sub);
  });
});
