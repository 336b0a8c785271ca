import com.microsoft.aad.msal4j.AuthorizationCodeParameters;
import com.microsoft.aad.msal4j.AuthorizationRequestUrlParameters;
import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.IAccount;
import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.Prompt;
import com.microsoft.aad.msal4j.SilentParameters;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.ExecutionException;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Makes the calls of MSAL for Java that a web app asks for: one line in, one line out, each a form. */
public final class Msal {
    private Msal() {}

    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(form(answer(fields(line))));
        }
        System.exit(0); // the library's threads would go on
    }

    private static Map<String, String> answer(Map<String, String> given) {
        try {
            return switch (given.get("call")) {
                case "address" -> address(given);
                case "redeem" -> redeem(given);
                case "silent" -> silent(given);
                default -> throw new IllegalArgumentException("there is no call " + given.get("call"));
            };
        } catch (ExecutionException failed) {
            return refused(failed.getCause());
        } catch (Exception failed) {
            return refused(failed);
        }
    }

    private static Map<String, String> refused(Throwable why) {
        return Map.of("refused", why.getClass().getSimpleName(), "text", String.valueOf(why.getMessage()));
    }

    private static ConfidentialClientApplication application(Map<String, String> given) throws Exception {
        String host = given.get("host");
        String tenant = given.get("tenant");
        String policy = given.get("policy");
        var secret = ClientCredentialFactory.createFromSecret(given.get("client_secret"));
        var builder = ConfidentialClientApplication.builder(given.get("client_id"), secret);
        if ("oidc".equals(given.get("authority"))) {
            builder.oidcAuthority("https://" + host + "/" + tenant + "/" + policy + "/v2.0");
        } else {
            // configuration
            builder.b2cAuthority("https://" + host + "/tfp/" + tenant + "/" + policy + "/");
            // end of configuration
        }
        var application = builder.build();
        String cache = given.getOrDefault("cache", "");
        if (!cache.isEmpty()) {
            application.tokenCache().deserialize(cache);
        }
        return application;
    }

    private static Map<String, String> address(Map<String, String> given) throws Exception {
        var parameters = AuthorizationRequestUrlParameters.builder(given.get("redirect_uri"), scopes(given))
                .prompt(Prompt.SELECT_ACCOUNT)
                .state(given.get("state"))
                .codeChallenge(given.get("code_challenge"))
                .codeChallengeMethod("S256")
                .build();
        return Map.of("address", application(given).getAuthorizationRequestUrl(parameters).toString());
    }

    private static Map<String, String> redeem(Map<String, String> given) throws Exception {
        var application = application(given);
        var parameters = AuthorizationCodeParameters.builder(given.get("code"), new URI(given.get("redirect_uri")))
                .scopes(scopes(given))
                .codeVerifier(given.get("code_verifier"))
                .build();
        return told(application, application.acquireToken(parameters).get());
    }

    private static Map<String, String> silent(Map<String, String> given) throws Exception {
        var application = application(given);
        IAccount account = application.getAccounts().get().stream()
                .filter(one -> one.homeAccountId().equals(given.get("account")))
                .findFirst()
                .orElseThrow();
        var parameters = SilentParameters.builder(scopes(given), account)
                .forceRefresh("yes".equals(given.get("fresh")))
                .build();
        return told(application, application.acquireTokenSilently(parameters).get());
    }

    private static Map<String, String> told(ConfidentialClientApplication application, IAuthenticationResult result) {
        return Map.of(
                "access_token", result.accessToken(),
                "id_token", result.idToken(),
                "account", result.account().homeAccountId(),
                "cache", application.tokenCache().serialize());
    }

    private static Set<String> scopes(Map<String, String> given) {
        return Set.of(given.get("scopes").split(" "));
    }

    private static Map<String, String> fields(String line) {
        var fields = new LinkedHashMap<String, String>();
        for (String pair : line.split("&")) {
            int middle = pair.indexOf('=');
            fields.put(URLDecoder.decode(pair.substring(0, middle), UTF_8), URLDecoder.decode(pair.substring(middle + 1), UTF_8));
        }
        return fields;
    }

    private static String form(Map<String, String> fields) {
        var form = new StringJoiner("&");
        fields.forEach((name, value) -> form.add(URLEncoder.encode(name, UTF_8) + "=" + URLEncoder.encode(value, UTF_8)));
        return form.toString();
    }
}
