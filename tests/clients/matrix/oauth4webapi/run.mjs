// oauth4webapi 3 as an Express app uses it: each request and each check of an answer by itself, none left out.

import * as demo from "../../demo.mjs";
import { base, codeFlow, host, serve, tenantId, use, webApp } from "../app.mjs";
import { runCells } from "../web_app.mjs";

const oauth = await use("oauth4webapi");
const clientSecret = demo.secret("9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000123");

// configuration
const client = { client_id: "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000123" };
const proof = oauth.ClientSecretPost(clientSecret);

const servers = new Map();
async function server(policy) {
  if (!servers.has(policy)) {
    const issuer = new URL(`https://${host}/tfp/${tenantId}/${policy.toLowerCase()}/v2.0/`);
    servers.set(policy, await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer)));
  }
  return servers.get(policy);
}
// end of configuration

const redirectUri = `${base}/callback`;
const shop = webApp();

codeFlow(shop, {
  async begin(policy, parameters) {
    const checks = {
      verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(),
    };
    const url = new URL((await server(policy)).authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: client.client_id,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: `openid offline_access ${demo.tasksScope}`,
      code_challenge: await oauth.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: "S256",
      state: checks.state,
      nonce: checks.nonce,
      ...parameters,
    });
    return { url, checks };
  },

  async finish(policy, url, checks) {
    const by = await server(policy);
    const answer = oauth.validateAuthResponse(by, client, url, checks.state);
    const response = await oauth.authorizationCodeGrantRequest(by, client, proof, answer, redirectUri, checks.verifier);
    const tokens = await oauth.processAuthorizationCodeResponse(by, client, response, {
      expectedNonce: checks.nonce, requireIdToken: true,
    });
    // The ID token came from the token endpoint itself; its signature is checked nevertheless.
    await oauth.validateApplicationLevelSignature(by, response);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    const person = await userInfo(by, tokens.access_token, claims.sub);
    return { ...kept(tokens), claims: { ...claims, ...person } };
  },

  async signOut(policy, account, to) {
    const url = new URL((await server(policy)).end_session_endpoint);
    url.search = new URLSearchParams({ post_logout_redirect_uri: to, id_token_hint: account.idToken });
    return url;
  },
});

const running = await serve(shop, async (account, policy) => {
  const by = await server(policy);
  const response = await oauth.refreshTokenGrantRequest(by, client, proof, account.refreshToken);
  return kept(await oauth.processRefreshTokenResponse(by, client, response));
});

async function userInfo(by, token, sub) {
  return oauth.processUserInfoResponse(by, client, sub, await oauth.userInfoRequest(by, client, token));
}

function kept(tokens) {
  return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token, idToken: tokens.id_token };
}

await runCells(running);
