// What MSAL Browser 2 and 4 are given. `host` is the identity server's, `clientId` the app's.

// configuration
const msalConfig = {
  auth: {
    clientId,
    authority: `https://${host}/contoso.onmicrosoft.com/B2C_1A_signup_signin`,
    knownAuthorities: [host], // with the port: "localhost:8443"
    redirectUri: "/",
    postLogoutRedirectUri: "/",
  },
  cache: { cacheLocation: "localStorage" },
};
const quiet = { redirectUri: "/blank.html" }; // pop-ups and hidden frames come back to a page without script
// end of configuration
