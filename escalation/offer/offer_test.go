package offer

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func strs(list []Offer) []string {
	var out []string
	for _, o := range list {
		out = append(out, o.String())
	}
	return out
}

func parsed(list ...string) []Offer {
	var out []Offer
	for _, s := range list {
		out = append(out, Parse(s))
	}
	return out
}

func TestOffersAreFoundInAnswersOfSevenLanguages(t *testing.T) {
	for text, want := range map[string]string{
		"We can offer you 15 % off your next order while you wait for the parcel.":                    "voucher 15 %",
		"We can offer you 15 % back, or a new shade in about four weeks.":                             "partial refund 15 %; replacement",
		"We will refund you $49.00 in full.":                                                          "refund $49.00",
		"We offer a partial refund of 20% and you keep the bag.":                                      "partial refund 20 %",
		"We'll send you a prepaid label, then replace the lamp.":                                      "return label; replacement",
		"I understand that you want a full refund. We cannot refund it, but we can offer 10% off.":    "discount 10 %",
		"Wir bieten Ihnen einen Gutschein über 20 € an oder eine Ersatzlieferung.":                    "voucher 20 €; replacement",
		"Wir erstatten Ihnen 30 % des Kaufpreises.":                                                   "partial refund 30 %",
		"Eine Erstattung ist leider nicht möglich.":                                                   "",
		"Nous pouvons vous proposer un bon d\u2019achat de 15 € ou un remboursement partiel de 20 %.": "voucher 15 €; partial refund 20 %",
		"Le ofrecemos un reembolso parcial del 25 % o un descuento del 10 %.":                         "partial refund 25 %; discount 10 %",
		"We could replace it and €20 would be refunded, or $15 as a voucher; or 10 € as a discount":   "replacement; refund €20; voucher $15; discount 10 €",
		"Possiamo offrirLe la sostituzione, oppure il rimborso.":                                      "replacement; refund",
		"Podemos oferecer um reembolso de 100 %.":                                                     "refund",
		"Wij sturen u een retourlabel. Daarna krijgt u uw geld terug.":                                "return label; refund",
		"We'd refund half of the price and send the sleeve too.":                                      "partial refund 50 %",
		"Wir erstatten Ihnen die Hälfte oder schicken ein Austauschgerät.":                            "partial refund 50 %; replacement",
		"We could go up to 30%, or the whole sum as store credit.":                                    "partial refund 30 %; voucher",
		"If it has not come in half an hour, tell us.":                                                "",
		"\n, \n We'd send a replacement for the lamp at €49.":                                         "replacement",
		"Thank you for your patience. Could you send us a photo?":                                     "",
		"": "",
	} {
		if got := strings.Join(strs(Find(text)), "; "); got != want {
			t.Errorf("%q offers %q; want %q", text, got, want)
		}
	}
}

func TestTheNextOfferIsBetterThanAllThatWereMade(t *testing.T) {
	rising := parsed("voucher 10 %", "partial refund 20 %", "partial refund 40 %", "a spare shade", "replacement", "refund")
	for _, c := range []struct{ made, want string }{
		{"", "voucher 10 %"},
		{"voucher 5 %", "voucher 10 %"},
		{"voucher 10 %", "partial refund 20 %"},
		{"partial refund 15 %", "partial refund 20 %"},
		{"partial refund 20 %", "partial refund 40 %"},
		{"partial refund 60 %", "a spare shade"},
		{"partial refund $5", "a spare shade"},
		{"a Spare shade", "replacement"},
		{"repair", "voucher 10 %"},
		{"a bunch of flowers", "voucher 10 %"},
		{"voucher 10 %|replacement", "refund"},
		{"refund", ""},
	} {
		var made []Offer
		if c.made != "" {
			made = parsed(strings.Split(c.made, "|")...)
		}
		got, ok := Next(rising, made)
		if got.String() != c.want || ok != (c.want != "") {
			t.Errorf("after %q: %q, %v; want %q", c.made, got, ok, c.want)
		}
	}
	if _, ok := Next(nil, nil); ok {
		t.Error("something better than nothing stands in an empty list")
	}
}

func TestAmountsAreReadHoweverTheyAreWritten(t *testing.T) {
	for text, want := range map[string]Amount{
		"refund €1.234,50": {Text: "€1.234,50", Hundredths: 123450, Unit: "EUR"},
		"refund $1,234.50": {Text: "$1,234.50", Hundredths: 123450, Unit: "USD"},
		"refund 20 EUR":    {Text: "20 EUR", Hundredths: 2000, Unit: "EUR"},
		"refund €999,90":   {Text: "€999,90", Hundredths: 99990, Unit: "EUR"},
		"voucher 7.5%":     {Text: "7.5 %", Hundredths: 750, Unit: "%"},
	} {
		if o := Parse(text); o.Amount != want || o.Words != "" {
			t.Errorf("%q is %+v", text, o)
		}
	}
	if o := Parse("refund of the postage"); o.Words != "refund of the postage" || o.Kind != "" {
		t.Errorf("%+v", o)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("We can offer you 15 % back, or a new shade.")
	f.Add("refund €999999999999999999999.99")
	f.Fuzz(func(t *testing.T, text string) {
		for _, o := range Find(text) {
			if !slices.Contains(Kinds(), o.Kind) || o.Amount.Hundredths < 0 || !utf8.ValidString(text) && !utf8.ValidString(o.Amount.Text) {
				t.Errorf("%+v", o)
			}
			if again := Parse(o.String()); again != o {
				t.Errorf("%+v is read back as %+v", o, again)
			}
		}
	})
}
