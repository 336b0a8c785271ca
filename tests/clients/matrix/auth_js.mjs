// What next-auth 4 and Auth.js 5 have in common: one provider a policy, a page that posts itself where their script
// would post, and the tokens on the server, by the session at the identity server that the app's own session names.

import * as demo from "../demo.mjs";
import { base } from "./app.mjs";

export const policies = [demo.signIn, demo.profileEdit, demo.passwordReset];

/** A provider's name for a policy: it stands in the address that the answer comes to. */
export const providerId = (policy) => policy.toLowerCase();

// What an adapter keeps in a table of accounts.
const kept = new Map();
// The library's pages tell the class of an error only; its log tells which it was.
let heard;

/** The part of the configuration by which the app knows its people. `logger.error` has another form in each library. */
export const people = {
  pages: { signIn: "/problem", error: "/problem" },
  callbacks: {
    jwt({ token, account, profile }) {
      if (!account) return token;
      const policy = policies.find((name) => providerId(name) === account.provider);
      const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = account;
      const one = { accessToken, refreshToken, idToken, claims: profile };
      kept.set(profile.sid, { ...kept.get(profile.sid), [policy]: one });
      return { ...token, sid: profile.sid };
    },
    session: ({ session, token }) => ({ ...session, sid: token.sid }),
  },
  events: { signOut: ({ token }) => void kept.delete(token?.sid) },
};

export const hear = (problem) => {
  heard = problem;
};

/** Adds the app's own addresses. `handler` is where the library answers; `sessionOf` asks it who is signed in. */
export function routes(app, { handler, sessionOf }) {
  const postsItself = (path, fields, query = "") => async (request, response) => {
    const answer = await fetch(`${base}${handler}/csrf`, { headers: { cookie: request.headers.cookie ?? "" } });
    const { csrfToken } = await answer.json();
    const inputs = Object.entries({ csrfToken, ...fields }).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    );
    response.set("set-cookie", answer.headers.getSetCookie());
    response.send(`<form id="auto" method="post" action="${handler}/${path}${query}">${inputs.join("")}</form>`);
  };
  const signIn = (policy, query) => postsItself(`signin/${providerId(policy)}`, { callbackUrl: base }, query);
  app.get("/sign-in", signIn(demo.signIn));
  app.get("/silent", signIn(demo.signIn, "?prompt=none"));
  app.get("/edit-profile", signIn(demo.profileEdit));
  app.get("/reset-password", signIn(demo.passwordReset));

  // Neither library ends the session at the server: the app goes there after its own sign-out.
  app.get("/sign-out", postsItself("signout", { callbackUrl: `${base}/end-session` }));
  app.get("/end-session", (_, response) => {
    const query = new URLSearchParams({ post_logout_redirect_uri: `${base}/signed-out` });
    response.redirect(`${demo.authority(demo.signIn)}/oauth2/v2.0/logout?${query}`);
  });
  app.get("/signed-out", (_, response) => response.json({ signedOut: true }));
  app.get("/problem", (request, response) => {
    const description = heard?.error_description ?? "";
    if (description.startsWith("AADB2C90118")) return response.redirect("/reset-password");
    return response.json({ shown: request.query.error, heard });
  });

  return {
    app,
    accountsOf: async (request, response) => kept.get((await sessionOf(request, response))?.sid),
    forget: async (iss, sid) => void kept.delete(sid),
  };
}
