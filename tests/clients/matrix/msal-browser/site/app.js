// A single-page app. What a person would click is a member of `spa`; the run calls them.

const authority = (policy) => `https://${host}/contoso.onmicrosoft.com/${policy}`;
const policies = { signIn: "B2C_1A_signup_signin", profile: "B2C_1A_ProfileEdit", reset: "B2C_1A_PasswordReset" };
const scopes = ["https://contoso.onmicrosoft.com/tasks/tasks.read"];

const app = new msal.PublicClientApplication(msalConfig);

// An account belongs to a policy: its id ends with the policy's name.
const belongsTo = (policy) => (account) => account.homeAccountId.split(".")[0].endsWith(`-${policy.toLowerCase()}`);
const accountOf = (policy) => app.getAllAccounts().find(belongsTo(policy));

const forgotPassword = (error) => error.errorMessage?.startsWith("AADB2C90118");

const told = ({ account, accessToken, fromCache, idTokenClaims }) => ({
  name: idTokenClaims.name, oid: idTokenClaims.oid, homeAccountId: account.homeAccountId, accessToken, fromCache,
});

const outcome = (promise) => promise.then(told, (error) => ({
  error: error.errorCode,
  message: error.errorMessage,
  needsPerson: error instanceof msal.InteractionRequiredAuthError,
}));

const spa = {
  policies,
  accounts: () => app.getAllAccounts().map((one) => ({ id: one.homeAccountId, name: one.name })),
  signIn: (policy = policies.signIn) => app.loginRedirect({ scopes, authority: authority(policy) }),
  async signInInPopup(policy = policies.signIn) {
    const request = { scopes, authority: authority(policy), ...quiet };
    try {
      return told(await app.loginPopup(request));
    } catch (error) {
      if (!forgotPassword(error)) throw error;
      return told(await app.loginPopup({ ...request, authority: authority(policies.reset) }));
    }
  },
  /** An access token without the person, or why there is none. */
  silent: (changes = {}, policy = policies.signIn) => outcome(
    app.acquireTokenSilent({ scopes, authority: authority(policy), account: accountOf(policy), ...quiet, ...changes })),
  /** The person, found by the session at the server alone. */
  sso: () => outcome(app.ssoSilent({ scopes, authority: authority(policies.signIn), ...quiet })),
  /** Calls the API. Where a person is needed, the person is asked. */
  async tasks(changes, policy = policies.signIn) {
    const result = await spa.silent(changes, policy);
    if (result.needsPerson) {
      return app.acquireTokenRedirect({ scopes, authority: authority(policy), account: accountOf(policy) });
    }
    if (result.error) throw new Error(JSON.stringify(result));
    const answer = await fetch(`${api}/tasks`, { headers: { authorization: `Bearer ${result.accessToken}` } });
    return { ...result, status: answer.status, body: await answer.json() };
  },
  signOut: () => app.logoutRedirect({ account: accountOf(policies.signIn) }),
  signOutInPopup: () => app.logoutPopup({
    account: accountOf(policies.signIn),
    // As with sign-in; version 5 has its bridge in the configuration.
    ...(quiet.redirectUri && { postLogoutRedirectUri: quiet.redirectUri }),
  }),
};

async function start() {
  await app.initialize();
  try {
    await app.handleRedirectPromise();
  } catch (error) {
    if (forgotPassword(error)) return spa.signIn(policies.reset);
    document.body.dataset.error = error.errorMessage;
  }
  document.getElementById("name").textContent = app.getAllAccounts()[0]?.name ?? "";
  document.body.dataset.ready = "yes";
}

start();
