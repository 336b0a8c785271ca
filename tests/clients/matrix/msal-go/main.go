// Makes the calls of MSAL for Go that an app asks for: one line in, one line out, each a form. Of a web app these are
// `address`, `redeem` and `silent`; of an app on a device `interactive` and `again`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
)

// A call's arguments and its answer.
type form = url.Values

type call func(ctx context.Context, given form) (form, error)

var calls = map[string]call{
	"address":     address,
	"redeem":      redeem,
	"silent":      silent,
	"interactive": interactive,
	"again":       again,
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return // whoever asked is gone
		}
		say(answer(strings.TrimSpace(line)))
	}
}

func say(fields form) { fmt.Println(fields.Encode()) }

func answer(line string) form {
	given, err := url.ParseQuery(line)
	if err != nil {
		return refused(err)
	}
	made, known := calls[given.Get("call")]
	if !known {
		return refused(fmt.Errorf("there is no call %q", given.Get("call")))
	}
	told, err := made(context.Background(), given)
	if err != nil {
		return refused(err)
	}
	return told
}

// The kind of an error that the server gave is what the server said: the library has one type for all of them.
func refused(err error) form {
	kind := fmt.Sprintf("%T", err)
	var answered msal.CallErr
	if errors.As(err, &answered) {
		kind = "CallErr"
	}
	return form{"refused": {kind}, "text": {err.Error()}}
}

// text is the tokens that an app keeps for one person, as the library's cache of one call.
type text struct {
	kept string
}

func (t *text) Replace(_ context.Context, to cache.Unmarshaler, _ cache.ReplaceHints) error {
	if t.kept == "" {
		return nil
	}
	return to.Unmarshal([]byte(t.kept))
}

func (t *text) Export(_ context.Context, from cache.Marshaler, _ cache.ExportHints) error {
	data, err := from.Marshal()
	if err == nil {
		t.kept = string(data)
	}
	return err
}

// past is the same cache after the hour of its access tokens: a confidential client has no other way to ask for a new one.
func past(kept string) (string, error) {
	var all map[string]any
	if err := json.Unmarshal([]byte(kept), &all); err != nil {
		return "", err
	}
	tokens, _ := all["AccessToken"].(map[string]any)
	for _, one := range tokens {
		token := one.(map[string]any)
		token["expires_on"], token["extended_expires_on"] = "1", "1"
	}
	data, err := json.Marshal(all)
	return string(data), err
}
