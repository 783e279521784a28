package message

// The words by which mail programs in many languages frame what is old in a mail. All are in the form that fold gives.

// separatorPhrases stand between drawn lines: "-----Original Message-----".
var separatorPhrases = []string{
	// en
	"original message", "original-message", "original email", "forwarded message", "forwarded by", "forwarded mail",
	"reply message", "original appointment",
	// de
	"ursprüngliche nachricht", "ursprungliche nachricht", "urspruengliche nachricht", "originalnachricht",
	"original-nachricht", "original nachricht", "weitergeleitete nachricht", "weitergeleitete message",
	// fr
	"message d'origine", "message original", "message initial", "message transféré", "message transfere",
	"courriel original",
	// es
	"mensaje original", "mensaje reenviado", "mensaje remitido",
	// it
	"messaggio originale", "messaggio inoltrato", "messaggio originario",
	// pt
	"mensagem original", "mensagem encaminhada", "mensagem reencaminhada",
	// nl
	"oorspronkelijk bericht", "origineel bericht", "doorgestuurd bericht",
	// pl
	"oryginalna wiadomość", "wiadomość oryginalna", "wiadomość przekazana", "przekazana wiadomość",
	"treść przekazanej wiadomości",
	// da
	"oprindelig meddelelse", "original meddelelse", "oprindelig besked", "videresendt meddelelse",
	"videresendt besked",
	// no
	"opprinnelig melding", "original melding", "videresendt melding",
	// sv
	"ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande", "vidarebefordrat mail",
	// fi
	"alkuperäinen viesti", "alkuperäinen sähköposti", "välitetty viesti", "edelleenlähetetty viesti",
	// zh, ja
	"原始邮件", "原始郵件", "转发的邮件", "转发邮件", "轉寄郵件", "轉寄的郵件", "原邮件", "元のメッセージ", "転送メッセージ", "転送されたメッセージ", "original message",
	// ru, cs
	"исходное сообщение", "пересылаемое сообщение", "пересланное сообщение", "původní zpráva", "přeposlaná zpráva",
	"původní e-mail",
	// hu, ro, tr
	"eredeti üzenet", "továbbított üzenet", "mesaj original", "orijinal mesaj", "iletilen mesaj",
}

// forwardPhrases stand alone before a colon: "Begin forwarded message:".
var forwardPhrases = []string{
	"begin forwarded message", "start of forwarded message", "anfang der weitergeleiteten nachricht",
	"anfang der weitergeleiteten e-mail",
	"début du message transféré", "début du message réexpédié", "inicio del mensaje reenviado",
	"inizio messaggio inoltrato",
	"inizio del messaggio inoltrato", "início da mensagem reencaminhada", "início da mensagem encaminhada",
	"begin doorgestuurd bericht",
	"begin van doorgestuurd bericht", "początek przekazanej wiadomości", "początek przekazywanej wiadomości",
	"start på videresendt besked", "start på videresendt melding", "videresendt besked", "videresendt melding",
	"vidarebefordrat brev",
	"vidarebefordrat mejl", "börja på vidarebefordrat meddelande", "välitetty viesti alkaa", "välitetty viesti",
	"开始转发的邮件", "下面是被转发的邮件", "開始轉寄郵件",
	"転送されたメッセージ", "начало переадресованного сообщения", "začátek přeposílané zprávy", "začátek přeposílaného e-mailu",
}

// replyAbovePhrases fence off a help desk's own mail.
var replyAbovePhrases = newPhraseSet(
	"reply above this line", "type your reply above", "respond above this line", "write above this line",
	"reply above the line",
	"antworten sie über dieser", "antwort über dieser zeile", "antwort oberhalb dieser", "oberhalb dieser linie",
	"oberhalb dieser zeile",
	"répondre au-dessus de cette ligne", "répondez au-dessus de cette ligne", "réponse au-dessus de cette ligne",
	"responda por encima de esta línea", "escriba su respuesta por encima", "respuesta encima de esta línea",
	"responder por encima",
	"rispondi sopra questa riga", "risposta sopra questa linea", "risposta sopra questa riga",
	"responda acima desta linha", "resposta acima desta linha", "antwoord boven deze regel",
	"reageer boven deze regel", "antwoord boven deze lijn",
	"odpowiedz powyżej tej linii", "skriv dit svar over denne linje", "svara ovanför denna rad",
	"svar ovanför denna rad", "skriv svaret over denne linjen",
)

// A fieldKind is what a quoted header field says.
type fieldKind int

const (
	noField fieldKind = iota
	fromField
	dateField
	toField
	subjectField
	otherField
)

// quotedFieldNames are the header fields that programs write into a quoted mail, in the user's language.
var quotedFieldNames = func() map[string]fieldKind {
	names := map[fieldKind][]string{
		fromField: {"from", "von", "de", "da", "van", "od", "fra", "från", "lähettäjä", "expéditeur", "remitente",
			"mittente",
			"afzender", "nadawca", "avsändare", "afsender", "avsender", "发件人", "寄件人", "寄件者", "差出人", "送信者", "от",
			"от кого", "відправник", "feladó", "de la", "kimden", "gönderen", "από", "보낸사람", "보낸 사람"},
		dateField: {"sent", "date", "sent at", "gesendet", "datum", "gesendet am", "envoyé", "envoyé le",
			"date d'envoi", "enviado", "enviado el", "enviado em", "enviada em", "enviada", "fecha",
			"inviato", "inviata", "data", "verzonden", "verstuurd", "wysłano", "wysłane", "skickat", "sendt", "dato",
			"päiväys", "päivämäärä", "lähetetty", "发送时间", "发送日期", "日期", "時間", "时间", "寄件日期", "送信日時", "送信日", "日付", "日時",
			"отправлено", "дата", "odesláno", "elküldve", "dátum", "trimis", "gönderilme tarihi", "tarih", "보낸 날짜",
			"보낸날짜", "день"},
		toField: {"to", "an", "à", "a", "para", "aan", "do", "till", "til", "vastaanottaja", "destinataire",
			"destinatario", "empfänger", "收件人", "收件者", "宛先", "кому", "komu", "címzett", "către", "kime", "alıcı",
			"받는사람",
			"받는 사람", "pro"},
		subjectField: {"subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "temat", "ämne",
			"emne", "aihe", "主题", "主旨", "主題", "件名",
			"тема", "předmět", "tárgy", "subiect", "konu", "제목", "sujet"},
		otherField: {"cc", "bcc", "kopie", "kopia", "kopi", "kopio", "copie à", "copia", "reply-to", "antwort an",
			"antworten an", "répondre à", "responder a", "rispondi a", "抄送", "副本", "копия", "importance", "priority",
			"wichtigkeit", "priorität", "attachments", "anlagen", "message-id", "organization", "抄送人"},
	}
	out := map[string]fieldKind{}
	for kind, list := range names {
		for _, name := range list {
			out[name] = kind
		}
	}
	return out
}()

// attributionVerbs say that somebody wrote.
var attributionVerbs = newPhraseSet(
	"wrote", "writes:", "schrieb", "schreibt:", "a écrit", "a ecrit", "écrit :", "écrit:", "escribió", "escribio",
	"ha scritto", "scrive", "scritto:",
	"escreveu", "schreef", "geschreven", "napisał", "napisal", "pisze:", "skrev", "kirjoitti", "写道", "寫道", "书写",
	"のメール", "書きました", "написал", "писал", "пишет", "написав",
	"napsal", "írta", "a scris", "yazdı", "έγραψε", "작성", "님이",
)

// attributionStarts begin an attribution.
var attributionStarts = []string{
	"on", "am", "le", "el", "il", "em", "op", "w", "dnia", "den", "på", "il giorno", "a", "em:", "no", "na", "dne",
	"în", "pe", "at", "in",
	"mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so", "lun", "mar", "mer",
	"jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom", "gio", "sab",
	"ter", "qua", "qui", "sex", "seg", "pon", "wt", "śr", "czw", "pt", "sob", "niedz", "ma", "ti", "ke", "to", "pe",
	"la", "su", "man", "tir", "ons", "tor", "fre", "lør", "søn", "mån", "tis", "lör", "sön",
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "montag", "dienstag", "mittwoch",
	"donnerstag", "freitag", "samstag", "sonntag", "op:", "在", "於",
}

// pronouns show that a person speaks to us, where a program would only name a writer.
var pronouns = setOf(
	"i", "me", "my", "you", "your", "we", "us", "our", "ich", "mir", "mich", "sie", "ihr", "ihre", "ihren", "euer",
	"eure", "uns",
	"je", "j'ai", "m'a", "me", "moi", "vous", "votre", "vos", "nous", "yo", "mi", "su", "sus", "ustedes", "vuestro",
	"nos", "io", "mi", "vostro", "vostra", "voi",
	"eu", "seu", "sua", "vocês", "você", "ik", "mij", "u", "uw", "jullie", "jag", "mig", "er", "ert", "jeg", "meg",
	"dere", "deres", "minulle", "mi", "mnie", "wasz", "państwa",
)
