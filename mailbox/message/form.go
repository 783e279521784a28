package message

import (
	"slices"
	"strings"
)

// A formKind is what a field of a contact form holds.
type formKind int

const (
	formUnknown formKind = iota
	formName
	formEmail
	formSender // "From: Jane <jane@…>", name and address in one
	formPhone
	formOrder
	formSubject
	formBody
	formMeta // what the form's program adds: country, page, IP address
)

// A formField is one label of a form with its value.
type formField struct {
	kind   formKind
	label  string
	inline bool // the value begins on the label's line
	value  []string
}

func (f formField) text() string { return strings.TrimSpace(strings.Join(f.value, "\n")) }

// readForm reads a mail that a contact form sent, and reports false when the mail is none. The customer is whom the
// form's e-mail field names, else Reply-To. Labels and the other fields never count as words.
func (r *reading) readForm() bool {
	from := r.m.From.Addr
	mailer := isFormMailer(from)
	ours := containsAddress(r.in.OwnAddresses, from)
	if !mailer && !ours && !r.role.isFormSender() {
		return false
	}
	fields := parseForm(r.formLines())
	body := formBodyOf(fields)
	person := r.formPerson(fields)
	if body == nil || len(fields) < 2 || person.Addr == "" && !mailer {
		return false
	}
	if ours && len(r.header.addresses("Reply-To")) == 0 && r.isReply() {
		return false // our own answer that repeats a form
	}
	if person.Addr == "" {
		person = r.m.From
	}
	m := r.m
	m.Direction = Inbound
	m.Customer, m.CustomerName = NormaliseAddress(person.Addr), personName(person)
	words := newText(splitNew(withoutSource(body.text())))
	m.Text = words.text
	m.OwnSubject = formValue(fields, formSubject)
	m.Orders = r.orders(m.Subject, formOrderText(fields), m.OwnSubject, words.numbers)
	if isShopify(from) || strings.HasPrefix(fold(m.Subject), "new customer message on ") {
		m.Channel = "shopify"
	}
	return true
}

// withoutSource drops a last line that names the site from which a form was sent.
func withoutSource(body string) string {
	if i := strings.LastIndexByte(body, '\n'); i >= 0 && strings.HasPrefix(fold(strings.TrimSpace(body[i:])),
		"sent from ") {
		return body[:i]
	}
	return body
}

// isReply reports whether the mail answers another one.
func (r *reading) isReply() bool {
	return r.subject.isReply || len(r.m.InReplyTo) > 0 || len(r.m.References) > 0
}

// formLines are the lines that may hold a form, quotes left out.
func (r *reading) formLines() []string {
	var out []string
	for _, one := range r.body {
		lines := splitLines(one.plain)
		if blank(one.plain) || one.isHTMLPointer() {
			lines = htmlLines(r.parser.html(one))
		}
		for _, l := range lines {
			if !l.quoted {
				out = append(out, l.text)
			}
		}
	}
	return out
}

// formPerson is who filled in the form: the e-mail field, then Reply-To.
func (r *reading) formPerson(fields []formField) Address {
	var person Address
	for _, f := range fields {
		if f.kind != formEmail && f.kind != formSender {
			continue
		}
		if addr := findAddress(f.text()); addr != "" && !r.isOurs(addr) {
			person = Address{Addr: addr}
			if f.kind == formSender {
				name, _, _ := strings.Cut(f.text(), "<")
				person.Name = oneLine(name)
			}
			break
		}
	}
	if person.Addr == "" {
		person = r.personBehind()
	}
	if name := formValue(fields, formName); person.Addr != "" && name != "" {
		person.Name = name
	}
	return person
}

// formValue joins the values of a kind on one line: a first and a last name are one name.
func formValue(fields []formField, kind formKind) string {
	var values []string
	for _, f := range fields {
		if f.kind == kind && f.text() != "" {
			values = append(values, oneLine(f.text()))
		}
	}
	return clipText(strings.Join(values, " "), 500)
}

// formOrderText gives the order field a form in which its number is found even when it is bare.
func formOrderText(fields []formField) string {
	value := formValue(fields, formOrder)
	if value == "" {
		return ""
	}
	return "order " + strings.TrimLeft(value, "# ")
}

// formBodyOf finds the field with the customer's words: the one labelled so, else the longest with an unknown label.
func formBodyOf(fields []formField) *formField {
	var best *formField
	for i := range fields {
		f := &fields[i]
		if f.kind == formBody && f.text() != "" {
			return f
		}
		if f.kind == formUnknown && len(f.text()) > 0 && (best == nil || len(f.text()) > len(best.text())) {
			best = f
		}
	}
	if !slices.ContainsFunc(fields, func(f formField) bool { return f.kind == formEmail || f.kind == formSender }) {
		return nil
	}
	return best
}

// parseForm reads labels and values. What stands before the first known label is the form's introduction. Once the
// body has begun, only a label that looks like the form's others and has not been filled in yet ends it: what a
// customer types there may look like a label too.
func parseForm(lines []string) []formField {
	const most = 60
	var fields []formField
	filled := map[formKind]bool{}
	inBody := false
	for _, l := range lines {
		if inBody && endsForm(l) {
			break
		}
		f, ok := formLabel(l)
		switch {
		case !ok, len(fields) == 0 && f.kind == formUnknown, len(fields) >= most:
			ok = false
		case inBody && fields[len(fields)-1].text() == "": // the label was a heading
			ok = f.kind != formUnknown && !filled[f.kind] || f.kind == formBody
		case inBody:
			ok = f.kind != formUnknown && f.kind != formBody && !filled[f.kind] && f.inline == fields[0].inline
		}
		if ok {
			filled[f.kind] = true
			inBody = f.kind == formBody
			fields = append(fields, f)
			continue
		}
		if n := len(fields); n > 0 {
			fields[n-1].value = append(fields[n-1].value, l)
		}
	}
	return fields
}

// formLabel reads a line as "Label: value". A known label may stand alone on its line without a colon.
func formLabel(l string) (formField, bool) {
	l = strings.TrimLeft(strings.TrimSpace(l), "*• ")
	i := strings.IndexAny(l, ":：")
	if i < 0 {
		kind := formLabels[labelName(l)]
		return formField{kind: kind, label: l}, kind != formUnknown && len(l) <= 30
	}
	label := labelName(l[:i])
	if i > 60 || label == "" || len(strings.Fields(label)) > 5 {
		return formField{}, false
	}
	value := strings.Trim(strings.TrimLeft(l[i:], ":："), " *\t")
	if strings.HasPrefix(value, "//") { // a link
		return formField{}, false
	}
	f := formField{kind: formLabels[label], label: label, inline: value != ""}
	if value != "" {
		f.value = []string{value}
	}
	return f, true
}

// labelName is the form in which labels stand in formLabels.
func labelName(l string) string {
	l = fold(strings.Trim(l, " *_\t"))
	for _, cut := range []string{"(required)", "(optional)", "*", "(erforderlich)", "(obligatoire)"} {
		l = strings.TrimSpace(strings.TrimSuffix(l, cut))
	}
	for _, cut := range []string{"your ", "your-", "customer ", "customer's ", "ihre ", "ihr ", "votre ", "su ",
		"tu ", "uw "} {
		l = strings.TrimPrefix(l, cut)
	}
	return strings.TrimRight(l, " ?")
}

// endsForm finds the lines that a form's program writes behind the last field.
func endsForm(l string) bool {
	f := fold(strings.TrimSpace(l))
	return slices.ContainsFunc(formEnds, func(p string) bool { return strings.HasPrefix(f, p) })
}

// isFormMailer reports whether an address belongs to a service that sends what people type into a shop's forms.
func isFormMailer(addr string) bool {
	domain := domainOf(addr)
	return slices.ContainsFunc(formMailers, func(d string) bool { return within(domain, d) })
}

func isShopify(addr string) bool {
	domain := domainOf(addr)
	return within(domain, "shopify.com") || within(domain, "shopifyemail.com")
}

// isFormSender reports whether web sites send forms from such an address.
func (r role) isFormSender() bool { return r.isNoReply() || slices.Contains(formSenders, string(r)) }
