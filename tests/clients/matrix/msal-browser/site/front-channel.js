// The page of `logout_url`, as MSAL's documentation has it: it forgets everybody, and goes nowhere.

const stays = { onRedirectNavigate: () => false };
const app = new msal.PublicClientApplication({
  ...msalConfig,
  // Version 5 wants it here, the ones before in the request.
  auth: { ...msalConfig.auth, ...stays },
  system: { allowRedirectInIframe: true },
});

app.initialize().then(() => app.logoutRedirect(stays));
