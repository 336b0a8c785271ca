package main

import (
	"context"
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

// One app on one device: its tokens are in the memory of this process.
var device = &text{}

func nativeApp(given form) (public.Client, error) {
	host, tenant, policy := given.Get("host"), given.Get("tenant"), given.Get("policy")
	clientID := given.Get("client_id")
	// configuration native
	return public.New(clientID,
		public.WithAuthority("https://"+host+"/"+tenant+"/"+policy),
		public.WithInstanceDiscovery(false), public.WithCache(device))
	// end of configuration
}

// The answer has two lines: the address for the person's browser, and then what came of it.
func interactive(ctx context.Context, given form) (form, error) {
	app, err := nativeApp(given)
	if err != nil {
		return nil, err
	}
	result, err := app.AcquireTokenInteractive(ctx, scopes(given), public.WithOpenURL(func(address string) error {
		say(form{"open": {address}})
		return nil
	}))
	return told(result, &text{}), err
}

// Claims keep the library from its cache: it takes the refresh token.
func again(ctx context.Context, given form) (form, error) {
	app, err := nativeApp(given)
	if err != nil {
		return nil, err
	}
	accounts, err := app.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, account := range accounts {
		if account.HomeAccountID != given.Get("account") {
			continue
		}
		if given.Get("remove") == "yes" {
			return form{}, app.RemoveAccount(ctx, account)
		}
		options := []public.AcquireSilentOption{public.WithSilentAccount(account)}
		if given.Get("fresh") == "yes" {
			options = append(options, public.WithClaims(`{"access_token":{}}`))
		}
		result, err := app.AcquireTokenSilent(ctx, scopes(given), options...)
		return told(result, &text{}), err
	}
	return nil, errors.New("the account is not in the cache")
}
