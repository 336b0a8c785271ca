package main

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

func webApp(given form, kept *text) (confidential.Client, error) {
	host, tenant, policy := given.Get("host"), given.Get("tenant"), given.Get("policy")
	clientID, secret := given.Get("client_id"), given.Get("client_secret")
	// configuration web
	credential, err := confidential.NewCredFromSecret(secret)
	if err != nil {
		return confidential.Client{}, err
	}
	return confidential.New("https://"+host+"/"+tenant+"/"+policy, clientID, credential,
		confidential.WithInstanceDiscovery(false), confidential.WithCache(kept))
	// end of configuration
}

func scopes(given form) []string { return strings.Fields(given.Get("scopes")) }

// The library adds no scopes of its own to this address, nor the app's state and challenge.
func address(ctx context.Context, given form) (form, error) {
	app, err := webApp(given, &text{})
	if err != nil {
		return nil, err
	}
	all := append([]string{"openid", "offline_access"}, scopes(given)...)
	made, err := app.AuthCodeURL(ctx, given.Get("client_id"), given.Get("redirect_uri"), all)
	if err != nil {
		return nil, err
	}
	own := url.Values{
		"state":                 {given.Get("state")},
		"code_challenge":        {given.Get("code_challenge")},
		"code_challenge_method": {"S256"},
	}
	return form{"address": {made + "&" + own.Encode()}}, nil
}

func redeem(ctx context.Context, given form) (form, error) {
	kept := &text{given.Get("cache")}
	app, err := webApp(given, kept)
	if err != nil {
		return nil, err
	}
	result, err := app.AcquireTokenByAuthCode(ctx, given.Get("code"), given.Get("redirect_uri"), scopes(given),
		confidential.WithChallenge(given.Get("code_verifier")))
	return told(result, kept), err
}

func silent(ctx context.Context, given form) (form, error) {
	kept := &text{given.Get("cache")}
	if given.Get("fresh") == "yes" {
		aged, err := past(kept.kept)
		if err != nil {
			return nil, err
		}
		kept.kept = aged
	}
	app, err := webApp(given, kept)
	if err != nil {
		return nil, err
	}
	account, err := app.Account(ctx, given.Get("account"))
	if err != nil {
		return nil, err
	}
	if account.IsZero() {
		return nil, errors.New("the account is not in the cache")
	}
	result, err := app.AcquireTokenSilent(ctx, scopes(given), confidential.WithSilentAccount(account))
	return told(result, kept), err
}

func told(result confidential.AuthResult, kept *text) form {
	return form{
		"access_token": {result.AccessToken},
		"id_token":     {result.IDToken.RawToken},
		"account":      {result.Account.HomeAccountID},
		"cache":        {kept.kept},
	}
}
