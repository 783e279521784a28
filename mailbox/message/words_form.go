package message

// The words and senders by which contact forms are known.

// formMailers are the services that send what people type into a shop's forms.
var formMailers = []string{
	"shopify.com", "shopifyemail.com", "wix.com", "wixforms.com", "wix-forms.com", "squarespace.com",
	"squarespace.info", "formspree.io", "formsubmit.co",
	"jotform.com", "typeform.com", "wufoo.com", "webflow.com", "weebly.com", "123formbuilder.com", "getform.io",
	"zohoforms.com", "tally.so", "paperform.co", "cognitoforms.com", "godaddy.com",
}

// formSenders are the local parts under which web sites send mail, without dots and dashes.
var formSenders = []string{
	"wordpress", "woocommerce", "form", "forms", "webform", "webforms", "website", "web", "webmaster", "contactform",
	"contactus", "kontaktformular", "formular", "formulaire", "formulario", "modulo", "mailer", "webmailer",
	"wwwdata", "apache", "nobody",
	"formsubmission", "submissions", "notifications", "notification", "system", "store", "shop", "magento",
	"prestashop", "opencart", "cms", "drupal", "joomla", "typo3", "shopware", "jtl", "smtp",
}

// formLabels are the labels of forms in many languages.
var formLabels = func() map[string]formKind {
	labels := map[formKind][]string{
		formName: {"name", "full name", "first name", "last name", "vorname", "nachname", "vollständiger name",
			"nom", "prénom", "nom complet", "nombre", "apellido", "apellidos", "nombre completo", "nome", "cognome",
			"nome completo", "sobrenome", "naam", "voornaam", "achternaam", "imię", "nazwisko", "imię i nazwisko",
			"namn",
			"förnamn", "efternamn", "navn", "fornavn", "etternavn", "efternavn", "nimi", "etunimi", "sukunimi", "姓名",
			"名前", "お名前", "氏名", "имя", "jméno"},
		formEmail: {"email", "e-mail", "email address", "e-mail address", "mail", "e-mail-adresse", "email-adresse",
			"e-mailadresse", "emailadresse", "mailadresse", "adresse e-mail", "adresse email", "adresse mail",
			"courriel",
			"correo", "correo electrónico", "correo electronico", "dirección de correo electrónico", "indirizzo e-mail",
			"indirizzo email", "posta elettronica", "endereço de e-mail", "endereço de email", "e-mailadres",
			"emailadres", "adres e-mail", "adres email", "e-postadress", "e-post", "e-postadresse", "sähköposti",
			"sähköpostiosoite", "电子邮件", "邮箱", "邮件地址", "電子郵件", "メール", "メールアドレス", "eメール", "эл. почта",
			"электронная почта",
			"e-mailová adresa"},
		formSender: {"from", "von", "de", "da", "van"},
		formPhone: {"phone", "phone number", "telephone", "telephone number", "tel", "mobile", "mobile number",
			"cell", "cell phone", "contact number", "telefon", "telefonnummer", "handy", "handynummer", "rufnummer",
			"téléphone", "numéro de téléphone", "tél", "portable", "teléfono", "telefono", "número de teléfono",
			"móvil",
			"numero di telefono", "cellulare", "telefone", "número de telefone", "telemóvel", "celular", "telefoon",
			"telefoonnummer", "numer telefonu", "mobilnummer", "telefonnumer", "puhelin", "puhelinnumero", "电话", "电话号码",
			"手机", "電話", "電話番号", "телефон", "telefonní číslo"},
		formOrder: {"order", "order number", "order no", "order no.", "order id", "order #", "ordernumber",
			"bestellnummer", "bestellnr", "bestellnr.", "bestell-nr", "bestell-nr.", "bestellung", "auftragsnummer",
			"numéro de commande", "n° de commande", "commande", "número de pedido", "nº de pedido", "pedido",
			"numero ordine", "numero d'ordine", "ordine", "número do pedido", "número da encomenda", "bestelnummer",
			"ordernummer", "numer zamówienia", "ordrenummer", "tilausnumero", "订单号", "注文番号", "номер заказа",
			"číslo objednávky"},
		formSubject: {"subject", "betreff", "objet", "sujet", "asunto", "oggetto", "assunto", "onderwerp", "temat",
			"ämne", "emne", "aihe", "主题", "件名", "тема", "předmět", "topic", "thema"},
		formBody: {"message", "body", "comment", "comments", "message body", "comment or message", "enquiry",
			"inquiry", "question", "questions", "message details", "how can we help", "how can we help you", "details",
			"nachricht", "mitteilung", "kommentar", "anfrage", "frage", "text", "anliegen", "commentaire",
			"commentaires",
			"corps", "corps du message", "mensaje", "comentario", "comentarios", "consulta", "cuerpo", "messaggio",
			"commento", "corpo", "mensagem", "comentário", "bericht", "opmerking", "vraag", "tekst", "wiadomość",
			"treść",
			"treść wiadomości", "komentarz", "meddelande", "besked", "melding", "kommentti", "viesti", "内容", "消息", "留言",
			"メッセージ", "お問い合わせ内容", "сообщение", "zpráva"},
		formMeta: {"country code", "country", "ländercode", "ländervorwahl", "land", "code pays", "code du pays",
			"pays", "código de país", "código del país", "país", "codice paese", "paese", "código do país", "landcode",
			"kod kraju", "landskod", "landekode", "maakoodi", "company", "firma", "unternehmen", "société", "empresa",
			"azienda", "bedrijf", "date", "datum", "time", "page", "page url", "url", "website", "referrer",
			"user agent",
			"remote ip", "ip", "ip address", "powered by", "sent from", "submitted at", "submitted on", "submission id",
			"form name", "form", "via", "国家/地区代码", "国", "store", "shop", "newsletter", "privacy", "datenschutz"},
	}
	out := map[string]formKind{}
	for kind, list := range labels {
		for _, label := range list {
			out[label] = kind
		}
	}
	return out
}()

// formEnds begin the lines that a form's program writes behind the last field.
var formEnds = []string{
	"this e-mail was sent from a contact form", "this email was sent from a contact form",
	"this mail is sent via contact form", "this message was sent from", "this form was submitted",
	"sent from your website", "reply directly to this email", "to reply to this", "you can reply to this email",
	"diese e-mail wurde von einem kontaktformular", "diese e-mail wurde über",
	"diese nachricht wurde über das kontaktformular", "cet e-mail a été envoyé via", "ce message a été envoyé depuis",
	"este correo electrónico ha sido enviado desde", "este mensaje ha sido enviado",
	"questa e-mail è stata inviata da", "esta mensagem foi enviada", "deze e-mail is verzonden via",
	"deze e-mail is verstuurd via",
}
