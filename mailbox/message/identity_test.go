package message

import (
	"slices"
	"testing"
)

func TestNormaliseAddress(t *testing.T) {
	tests := []struct{ in, want, why string }{
		{"Jane.Roe@Mail.Example", "jane.roe@mail.example", "lower case"},
		{" <jane@mail.example> ", "jane@mail.example", "brackets and spaces"},
		{"jane+shop@mail.example", "jane@mail.example", "tag"},
		{"jane+a+b@mail.example", "jane@mail.example", "two tags"},
		{"+jane@mail.example", "+jane@mail.example", "nothing but a tag"},
		{"j.a.n.e@gmail.com", "jane@gmail.com", "Gmail's dots"},
		{"j.ane+x@googlemail.com", "jane@gmail.com", "Gmail's other name"},
		{"j.ane@gmail.example", "j.ane@gmail.example", "dots elsewhere"},
		{"jane@bücher.example", "jane@xn--bcher-kva.example", "IDN"},
		{"jane@xn--bcher-kva.example", "jane@xn--bcher-kva.example", "IDN as A-labels"},
		{"jane@BÜCHER.example", "jane@xn--bcher-kva.example", "IDN in capitals"},
		{"jane@mail.example.", "jane@mail.example", "trailing dot"},
		{"jane-r_1@mail-2.example", "jane-r_1@mail-2.example", "normal already"},
		{"ja.ne@gmail.com", "jane@gmail.com", "small letters at Gmail"},
		{"jane", "jane", "no address"},
		{"@mail.example", "@mail.example", "no local part"},
		{"jane@", "jane@", "no domain"},
		{"", "", "nothing"},
		{"a@b@mail.example", "a@b@mail.example", "two signs"},
		{"k9x8+A1B2@marketplace.amazon.com", "k9x8@marketplace.amazon.com", "Amazon's case id"},
	}
	for _, tt := range tests {
		if got := NormaliseAddress(tt.in); got != tt.want {
			t.Errorf("%s: NormaliseAddress(%q) = %q, want %q", tt.why, tt.in, got, tt.want)
		}
	}
}

func TestNormaliseOrder(t *testing.T) {
	for in, want := range map[string]string{"#1234": "1234", "1234": "1234", " # 1234. ": "1234", "#nw-10211": "NW-10211", "113-5550142-7781123": "113-5550142-7781123", "": ""} {
		if got := NormaliseOrder(in); got != want {
			t.Errorf("NormaliseOrder(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOrdersAreFoundInManyLanguages(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"My order #1234 is late", []string{"1234"}},
		{"order 20733 and order no. 20734", []string{"20733", "20734"}},
		{"Order number: 20733", []string{"20733"}},
		{"Order ID 113-5550142-7781123:", []string{"113-5550142-7781123"}},
		{"(Bestellung: 305-5550142-7781123)", []string{"305-5550142-7781123"}},
		{"Bestellnummer 20733, Bestell-Nr. 20734", []string{"20733", "20734"}},
		{"ma commande n° 20733", []string{"20733"}},
		{"mi pedido número 20733", []string{"20733"}},
		{"il mio ordine n. 20733", []string{"20733"}},
		{"a minha encomenda nº 20733", []string{"20733"}},
		{"mijn bestelling 20733", []string{"20733"}},
		{"zamówienie nr 20733", []string{"20733"}},
		{"beställning 20733", []string{"20733"}},
		{"订单号：20733", []string{"20733"}},
		{"注文番号 20733", []string{"20733"}},
		{"заказ № 20733", []string{"20733"}},
		{"eBay order 08-14471-32723", []string{"08-14471-32723"}},
		{"NW-10211 came broken", []string{"NW-10211"}},
		{"order NW-10211 came broken", []string{"NW-10211"}},
		{"#NW-10211", []string{"NW-10211"}},
		{"#1234-US and #1235/B came, #1236-please not", []string{"1234-US", "1235/B", "1236"}},
		{"#1234- that is all I know, and 12-", []string{"1234"}},
		{"order #1234, order 1235-6 and order is #1236", []string{"1234", "1235-6", "1236"}},
		{"order #1234-5 in two parts", []string{"1234", "1234-5"}},
		{"#1234 and 1234 and order 1234", []string{"1234"}},
		{"#1234-US #1235-US", []string{"1234-US", "1235-US"}},
		{"订单号20733订单号20734", []string{"20733", "20734"}},
		{"REORDER 1234, ORDER 1235", []string{"1235"}},
		{"in order to get 500 dollars", nil},
		{"call 555-0142 or +1 555 010 0142", nil},
		{"on 2026-05-04", nil},
		{"order 2026-05 is missing", nil},
		{"case PP-D-85785153", nil},
		{"the K-400 grill", nil},
		{"item #123456789012", nil},
		{"number 1 in the order", nil},
	}
	for _, tt := range tests {
		if got := findOrders(nil, tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("findOrders(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestSubjectIsTheCustomersOwnOnlyWithoutPrefix(t *testing.T) {
	tests := []struct {
		in, want string
		reply    bool
	}{
		{"Lamp", "Lamp", false},
		{"Re: Lamp", "Lamp", true},
		{"RE: AW: Fwd: Lamp", "Lamp", true},
		{"Re[2]: Lamp", "Lamp", true},
		{"AW(3): Lampe", "Lampe", true},
		{"Re^2: Lamp", "Lamp", true},
		{"WG: Lampe", "Lampe", true},
		{"TR : Lampe", "Lampe", true},
		{"RV: Lámpara", "Lámpara", true},
		{"SV: Lampa", "Lampa", true},
		{"VS: Lamppu", "Lamppu", true},
		{"Antw: Lamp", "Lamp", true},
		{"Rif: Lampada", "Lampada", true},
		{"R: Lampada", "Lampada", true},
		{"I: Lampada", "Lampada", true},
		{"Odp: Lampa", "Lampa", true},
		{"PD: Lampa", "Lampa", true},
		{"Enc: Lâmpada", "Lâmpada", true},
		{"Ynt: Lamba", "Lamba", true},
		{"回复: 灯", "灯", true},
		{"转发：灯", "灯", true},
		{"答复: 灯", "灯", true},
		{"[EXTERNAL] Lamp", "Lamp", false},
		{"[EXTERNAL] Re: Lamp", "Lamp", true},
		{"Refund: when?", "Refund: when?", false},
		{"Order: lamp", "Order: lamp", false},
		{"", "", false},
	}
	for _, tt := range tests {
		if got, reply := CutReplyPrefixes(tt.in); got != tt.want || reply != tt.reply {
			t.Errorf("CutReplyPrefixes(%q) = %q, %v, want %q, %v", tt.in, got, reply, tt.want, tt.reply)
		}
	}
}

func TestMarketplaceDomainsMatchOnADotBoundary(t *testing.T) {
	tests := []struct {
		addr, channel string
	}{
		{"x@marketplace.amazon.com", "amazon"},
		{"x@marketplace.amazon.de", "amazon"},
		{"x@marketplace.amazon.co.uk", "amazon"},
		{"x@marketplace.amazon.com.br", "amazon"},
		{"X@MARKETPLACE.AMAZON.COM", "amazon"},
		{"x@members.ebay.com", "ebay"},
		{"x@members.ebay.co.uk", "ebay"},
		{"x@relay.walmart.com", "walmart"},
		{"x@amazon.com", ""},
		{"x@evil-marketplace.amazon.com", ""},
		{"x@marketplace.amazon.com.evil.example", ""},
		{"x@marketplace.amazon.it.evil.com", ""},
		{"x@marketplace-amazon.com", ""},
		{"x@marketplace.amazon.co.evil", ""},
		{"marketplace.amazon.com@evil.example", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, _ := relayOf(tt.addr); got.channel != tt.channel {
			t.Errorf("relayOf(%q) = %q, want %q", tt.addr, got.channel, tt.channel)
		}
	}
}

func TestOneBadAddressDoesNotLoseTheOthers(t *testing.T) {
	tests := []struct {
		in   string
		want []Address
	}{
		{"Shop <support@example.com>, Lu <lu@example.com>", []Address{{"Shop", "support@example.com"}, {"Lu", "lu@example.com"}}},
		{"Shop <support@example.com>, broken <>, Lu <lu@example.com", []Address{{"Shop", "support@example.com"}, {"Lu", "lu@example.com"}}},
		{"Jane [Roe] <jane@mail.example>", []Address{{"Jane [Roe]", "jane@mail.example"}}},
		{"J\xfcrgen <juergen@mail.example>", []Address{{"Jürgen", "juergen@mail.example"}}},
		{"\"Roe, Jane\" <jane@mail.example>; x", []Address{{"Roe, Jane", "jane@mail.example"}}},
		{"=?utf-8?q?J=C3=BCrgen?= <juergen@mail.example>, <>", []Address{{"Jürgen", "juergen@mail.example"}}},
		{"=?x-martian?q?J?= <jane@mail.example>", []Address{{"=?x-martian?q?J?=", "jane@mail.example"}}},
		{"undisclosed-recipients:;", nil},
		{"nobody", nil},
	}
	for _, tt := range tests {
		if got := parseAddresses(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("parseAddresses(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestDatesAreReadAsTheyAreWritten(t *testing.T) {
	for _, in := range []string{
		"Tue, 05 May 2026 10:00:00 +0200", "Tue, 5 May 2026 10:00:00 +0200 (CEST)", "5 May 2026 10:00:00 +0200", "Tue,  5 May 2026  08:00:00 GMT",
		"Tue May 5 08:00:00 2026", "2026-05-05T10:00:00+02:00", "2026-05-05 10:00:00 +0200", "Tue, 5 May 2026 10:00:00 GMT+0200",
	} {
		if got := parseDate(in); got.UTC().Format("2006-01-02 15:04") != "2026-05-05 08:00" {
			t.Errorf("parseDate(%q) = %v", in, got)
		}
	}
	if got := parseDate("yesterday"); !got.IsZero() {
		t.Errorf("parseDate of nonsense = %v", got)
	}
}
