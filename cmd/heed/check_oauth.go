package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/heedmail/heed/internal/oauth"
)

// tokens asks for an access token of each [[oauth]] section, which the logins after it use. It is a line of its own, since
// whoever sees a login fail wants to know whose fault it is: the provider's or the mail server's.
func (r *report) tokens(ctx context.Context, sources []*oauth.Source) {
	faults := make([]error, len(sources))
	var all sync.WaitGroup
	for i, source := range sources {
		var unkept error
		source.OnUnkept(func(err error) { unkept = err })
		all.Go(func() {
			_, err := source.Token(ctx)
			faults[i] = errors.Join(tokenFault(err), unkept)
		})
	}
	all.Wait()
	for i, source := range sources {
		if faults[i] != nil {
			r.fail("%v", faults[i])
			continue
		}
		r.ok("oauth %s: there is an access token", source.Name())
	}
}

// tokenFault is the sentence about why there is no token.
func tokenFault(err error) error {
	fault, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return err
	}
	return fmt.Errorf("%w; %s", err, fault.Advice)
}
