// A single-page app with oidc-client-ts. What a button does is told in #said, as JSON.

const { host, api, clientId, policies } = window.settings;

// configuration
const managers = Object.fromEntries(
  policies.map((policy) => [
    policy,
    new oidc.UserManager({
      authority: `https://${host}/contoso.onmicrosoft.com/${policy}/v2.0`,
      client_id: clientId,
      redirect_uri: `${location.origin}/callback/${policy}`,
      silent_redirect_uri: `${location.origin}/silent`,
      post_logout_redirect_uri: `${location.origin}/signed-out`,
      scope: "openid offline_access https://contoso.onmicrosoft.com/tasks/tasks.read",
      userStore: new oidc.WebStorageStateStore({ store: localStorage }),
    }),
  ]),
);
// end of configuration

const [signIn, profileEdit, passwordReset] = policies.map((policy) => managers[policy]);
const chosen = () => managers[document.getElementById("policy").value] ?? signIn;

function tell(what) {
  document.getElementById("said").textContent = JSON.stringify(what);
}

const known = (user) => user && { idToken: user.id_token, grant: user.refresh_token };

async function people() {
  const found = await Promise.all(policies.map(async (policy) => [policy, known(await managers[policy].getUser())]));
  return Object.fromEntries(found.filter(([, user]) => user));
}

async function renew(how) {
  try {
    return { renewed: known(await chosen().signinSilent(how)) };
  } catch (error) {
    if (!(error instanceof oidc.ErrorResponse)) throw error;
    return { error: error.error };
  }
}

const buttons = {
  "sign-in": () => signIn.signinRedirect(),
  "edit-profile": () => profileEdit.signinRedirect(),
  refresh: () => renew({}),
  silent: () => renew({ forceIframeAuth: true }),
  async tasks() {
    const { access_token: token } = await chosen().getUser();
    const answer = await fetch(`${api}/tasks`, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, told: await answer.json() };
  },
  async "sign-out"() {
    await Promise.all([profileEdit.removeUser(), passwordReset.removeUser()]);
    await signIn.signoutRedirect();
  },
};

for (const [name, act] of Object.entries(buttons)) {
  document.getElementById(name).addEventListener("click", () => {
    tell("…");
    act().then(tell, (error) => tell({ problem: String(error.stack ?? error) }));
  });
}

// What each address of the app does when it is opened.
const pages = {
  "/": async () => tell({ people: await people() }),
  "/silent": () => signIn.signinSilentCallback(),
  async "/signed-out"() {
    await signIn.signoutRedirectCallback();
    tell({ signedOut: true });
  },
  // In a hidden frame, when the person has signed out of another app.
  async "/front-channel"() {
    const asked = new URLSearchParams(location.search);
    for (const manager of Object.values(managers)) {
      const user = await manager.getUser();
      if (user?.profile.iss === asked.get("iss") && user.profile.sid === asked.get("sid")) await manager.removeUser();
    }
  },
};

async function callback(policy) {
  try {
    await managers[policy].signinRedirectCallback();
    location.replace("/");
  } catch (error) {
    // "Forgot your password?" comes back as an error: the app is to start the policy for it.
    if (error.error_description?.startsWith("AADB2C90118")) await passwordReset.signinRedirect();
    else throw error;
  }
}

const [, first, policy] = location.pathname.split("/");
const opened = first === "callback" ? callback(policy) : pages[location.pathname]();
opened.catch((error) => tell({ problem: String(error.stack ?? error) }));
