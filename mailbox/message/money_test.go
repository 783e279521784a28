package message

import (
	"fmt"
	"strings"
	"testing"
)

func TestFindAmounts(t *testing.T) {
	for _, tt := range []struct{ about, text, want string }{
		{"English sign first", "I paid $1,234.56 for it.", "$1,234.56=123456 USD"},
		{"English pounds", "refund £45 today", "£45=4500 GBP"},
		{"English word", "You owe me 45 dollars!", "45 dollars=4500 USD"},
		{"German", "Ich habe 1.234,56 € bezahlt", "1.234,56 €=123456 EUR"},
		{"German code", "89,90 EUR sind weg", "89,90 EUR=8990 EUR"},
		{"German even sum", "Das kostet 45,- Euro", "45,- Euro=4500 EUR"},
		{"French blanks", "remboursez 1 234,50 € vite", "1 234,50 €=123450 EUR"},
		{"French narrow blanks", "soit 12\u202f345,00\u00a0€", "12 345,00 €=1234500 EUR"},
		{"Swiss", "CHF 1'250.00 bitte", "CHF 1'250.00=125000 CHF"},
		{"Spanish", "me deben 30 dólares", "30 dólares=3000 USD"},
		{"Italian", "ho pagato 19,99 euro", "19,99 euro=1999 EUR"},
		{"Portuguese", "paguei R$ 1.500,00", "R$ 1.500,00=150000 BRL"},
		{"Dutch", "ik wil €\u00a025,- terug", "€ 25=2500 EUR"},
		{"thousands without cents", "1,234 USD and 2.500 EUR", "1,234 USD=123400 USD; 2.500 EUR=250000 EUR"},
		{"dollars of elsewhere", "CA$20, A$30", "CA$20=2000 CAD; A$30=3000 AUD"},
		{"no cents", "¥3000 or 3000 JPY", "¥3000=3000 JPY"},
		{"the same sum twice", "$45. I said 45 dollars.", "$45=4500 USD"},
		{"end of sentence", "It was $45.", "$45=4500 USD"},
		{"small letters", "45 eur, 20 usd", "45 eur=4500 EUR; 20 usd=2000 USD"},
		{"a weight", "It weighs 45 pounds", ""},
		{"no currency", "I ordered 45 of them in 2026", ""},
		{"an order number", "order #1234 Euro pallet", ""},
		{"too many digits", "$123456789012345", ""},
		{"nothing", "$0.00", ""},
		{"far apart", "I paid $45.00 for a lamp that came broken, and then had to pay another 20 EUR to return it", "$45.00=4500 USD; 20 EUR=2000 EUR"},
		{"another word", "45 europallets, 20 dollarstore", ""},
	} {
		var got []string
		for _, m := range findAmounts(tt.text) {
			got = append(got, fmt.Sprintf("%s=%d %s", m.Text, m.Minor, m.Currency))
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.about, s, tt.want)
		}
	}
}

func TestParseMoney(t *testing.T) {
	for _, tt := range []struct {
		text    string
		decimal byte
		want    string
	}{
		{"1234.5", '.', "123450 EUR"},
		{"1234", 0, "123400 EUR"},
		{"1.234,56 €", 0, "123456 EUR"},
		{"$1,234.56", 0, "123456 USD"},
		{"USD 45", 0, "4500 USD"},
		{"1.234", '.', "123 EUR"},
		{"1.234", ',', "123400 EUR"},
		{"1.234", 0, "123400 EUR"},
		{"1,234", '.', "123400 EUR"},
		{"1.234,500", 0, "123450 EUR"},
		{"1234.5000", '.', "123450 EUR"},
		{"-12.00", '.', "-1200 EUR"},
		{"$-12.00", '.', "-1200 USD"},
		{"0", 0, "0 EUR"},
		{"1 234", 0, "123400 EUR"},
		{"", 0, ""}, {"n/a", 0, ""}, {"1,234,56", 0, ""}, {"12/03", 0, ""}, {"1e9", 0, ""}, {"9999999999999", 0, ""}, {".", 0, ""},
	} {
		m, ok := ParseMoney(tt.text, "EUR", tt.decimal)
		got := ""
		if ok {
			got = fmt.Sprintf("%d %s", m.Minor, m.Currency)
		}
		if got != tt.want {
			t.Errorf("ParseMoney(%q, %q) = %q, want %q", tt.text, tt.decimal, got, tt.want)
		}
	}
}
