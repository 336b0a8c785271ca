// What MSAL Browser 5 is given. `host` is the identity server's, `clientId` the app's.

// configuration
const msalConfig = {
  auth: {
    clientId,
    authority: `https://${host}/contoso.onmicrosoft.com/B2C_1A_signup_signin`,
    knownAuthorities: [host], // with the port: "localhost:8443"
    redirectUri: "/redirect.html", // it loads MSAL's redirect bridge and calls broadcastResponseToMainFrame()
    postLogoutRedirectUri: "/redirect.html",
  },
  cache: { cacheLocation: "localStorage" },
};
const quiet = {}; // what requests without a navigation of the page are given besides
// end of configuration
