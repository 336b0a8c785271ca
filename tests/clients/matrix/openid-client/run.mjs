// openid-client 6 as an Express app uses it: strict discovery, every check on, UserInfo.

import * as demo from "../../demo.mjs";
import { base, codeFlow, host, serve, tenantId, use, webApp } from "../app.mjs";
import { runCells } from "../web_app.mjs";

const client = await use("openid-client");
const clientId = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000122";
const clientSecret = demo.secret(clientId);

// configuration
const configurations = new Map();
async function configuration(policy) {
  if (!configurations.has(policy)) {
    const issuer = new URL(`https://${host}/tfp/${tenantId}/${policy.toLowerCase()}/v2.0/`);
    const strictly = { execute: [client.enableNonRepudiationChecks] };
    configurations.set(policy, await client.discovery(issuer, clientId, clientSecret, undefined, strictly));
  }
  return configurations.get(policy);
}
// end of configuration

const shop = webApp();

codeFlow(shop, {
  async begin(policy, parameters) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
    const url = client.buildAuthorizationUrl(await configuration(policy), {
      redirect_uri: `${base}/callback`,
      scope: `openid offline_access ${demo.tasksScope}`,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      ...parameters,
    });
    return { url, checks };
  },

  async finish(policy, url, checks) {
    const tokens = await client.authorizationCodeGrant(await configuration(policy), url, { ...checks, idTokenExpected: true });
    const claims = tokens.claims();
    const person = await client.fetchUserInfo(await configuration(policy), tokens.access_token, claims.sub);
    return { ...kept(tokens), claims: { ...claims, ...person } };
  },

  signOut: async (policy, account, to) =>
    client.buildEndSessionUrl(await configuration(policy), { post_logout_redirect_uri: to, id_token_hint: account.idToken }),
});

const running = await serve(shop, async (account, policy) =>
  kept(await client.refreshTokenGrant(await configuration(policy), account.refreshToken)),
);

function kept(tokens) {
  return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token, idToken: tokens.id_token };
}

await runCells(running);
