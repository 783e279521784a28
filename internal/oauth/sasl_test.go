package oauth_test

import (
	"testing"

	"github.com/emersion/go-sasl"

	"github.com/heedmail/heed/internal/oauth"
)

// The first is the example of Google's and Microsoft's documentation, put together; the second that of RFC 7628, 4.1.
func TestWhatTheMechanismsSay(t *testing.T) {
	name, response, err := oauth.NewXOAUTH2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg").Start()
	if want := "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"; name != "XOAUTH2" || string(response) != want || err != nil {
		t.Errorf("%s %q, %v", name, response, err)
	}
	bearer := oauth.NewBearer("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", "server.example.com", 143)
	name, response, err = bearer.Start()
	if want := "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"; name != "OAUTHBEARER" || string(response) != want || err != nil {
		t.Errorf("%s %q, %v", name, response, err)
	}
}

func TestARefusalIsAnsweredSoThatTheServerSaysNo(t *testing.T) {
	refusal := []byte(`{"status":"invalid_token","scope":"mail"}`)
	for _, mechanism := range []sasl.Client{oauth.NewXOAUTH2("u", "t"), oauth.NewBearer("u", "t", "h", 1)} {
		if answer, err := mechanism.Next(refusal); string(answer) != "\x01" || err != nil {
			t.Errorf("%T: %q, %v", mechanism, answer, err)
		}
	}
}

func TestANameDoesNotEndItsField(t *testing.T) {
	_, response, err := oauth.NewBearer("a=b,c", "t", "", 0).Start()
	if want := "n,a=a=3Db=2Cc,\x01auth=Bearer t\x01\x01"; string(response) != want || err != nil {
		t.Errorf("%q, %v", response, err)
	}
}
