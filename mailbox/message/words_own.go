package message

import "slices"

// The words by which signatures and footers are known. All are in the form that fold gives.

// closings end a letter.
var closings = setOf(
	// en
	"regards", "best regards", "kind regards", "kindest regards", "warm regards", "warmest regards", "many regards",
	"with kind regards", "with best regards", "with regards",
	"best", "all the best", "best wishes", "many thanks", "thanks", "thank you", "thanks a lot",
	"thank you very much", "thanks very much", "thank you so much", "thanks in advance", "thank you in advance",
	"thanks and regards", "thanks & regards", "thanks and best regards", "thanks and kind regards", "cheers",
	"sincerely", "yours sincerely", "sincerely yours", "yours truly", "yours faithfully", "yours", "respectfully",
	"respectfully yours",
	"cordially", "rgds", "br", "kr", "tia", "thx", "warmly", "take care", "have a nice day", "have a good day",
	"have a great day", "very truly yours",
	// de
	"mit freundlichen grüßen", "mit freundlichen gruessen", "mit freundlichen grüssen", "mit freundlichem gruß",
	"mit freundlichem gruss", "freundliche grüße", "freundliche grüsse", "freundliche gruesse", "viele grüße",
	"viele gruesse", "viele grüsse",
	"beste grüße", "beste grüsse", "beste gruesse", "liebe grüße", "liebe gruesse", "liebe grüsse", "schöne grüße",
	"herzliche grüße", "herzliche grüsse", "mit besten grüßen", "mit besten grüssen", "mit herzlichen grüßen",
	"grüße", "gruß", "gruss", "mfg", "lg", "vg", "vielen dank", "danke", "danke im voraus", "vielen dank im voraus",
	"vielen dank und viele grüße", "hochachtungsvoll", "besten dank", "schönen gruß", "mit freundlichen grüßen aus",
	"freundlichst", "mit vorzüglicher hochachtung",
	// fr
	"cordialement", "bien cordialement", "très cordialement", "cdt", "cdlt", "sincèrement", "bien à vous",
	"salutations", "sincères salutations", "meilleures salutations", "salutations distinguées", "merci",
	"merci d'avance", "merci beaucoup", "merci par avance", "bonne journée", "bonne réception", "respectueusement",
	// es
	"saludos", "un saludo", "saludos cordiales", "un cordial saludo", "cordialmente", "atentamente", "muchas gracias",
	"gracias", "gracias de antemano", "muchas gracias de antemano", "reciba un cordial saludo", "un abrazo", "atte",
	"saludos atentos",
	// it
	"cordiali saluti", "distinti saluti", "saluti", "un saluto", "un cordiale saluto", "cordialmente", "grazie",
	"grazie mille", "grazie in anticipo", "grazie e cordiali saluti", "buona giornata", "in fede",
	// pt
	"atenciosamente", "cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "obrigado", "obrigada",
	"muito obrigado", "muito obrigada", "att", "abraços", "abraço", "cordialmente", "com os meus cumprimentos",
	"desde já obrigado", "grato", "grata",
	// nl
	"met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groeten", "vriendelijke groet", "groeten",
	"groet", "groetjes", "mvg", "hartelijke groet", "hartelijke groeten", "bedankt", "alvast bedankt", "dank u",
	"dank u wel", "hoogachtend", "met hartelijke groet",
	// pl
	"pozdrawiam", "z poważaniem", "pozdrawiam serdecznie", "serdecznie pozdrawiam", "z wyrazami szacunku", "dziękuję",
	"dziękuję i pozdrawiam", "dziękuję z góry", "pozdrowienia",
	// sv, da, no, fi
	"med vänliga hälsningar", "med vänlig hälsning", "vänliga hälsningar", "vänligen", "hälsningar", "mvh", "tack",
	"tack på förhand", "med venlig hilsen", "venlig hilsen", "de bedste hilsner", "mange hilsner", "hilsen", "tak",
	"på forhånd tak", "mange tak",
	"med vennlig hilsen", "vennlig hilsen", "beste hilsen", "hilsener", "takk", "på forhånd takk", "mvh.", "vh",
	"ystävällisin terveisin", "terveisin", "parhain terveisin", "yst terv", "yt", "kiitos", "kiitos etukäteen", "t",
	// ru, cs, zh, ja
	"с уважением", "спасибо", "всего доброго", "s pozdravem", "děkuji", "s přátelským pozdravem", "此致", "敬礼", "谢谢",
	"祝好", "よろしくお願いします", "よろしくお願いいたします", "宜しくお願いします", "敬具",
)

// talkWords are words by which people speak to each other.
var talkWords = setOf(
	// en
	"i", "i'm", "i'll", "i've", "i'd", "im", "me", "my", "mine", "you", "your", "u", "ur", "you're", "we", "we'll",
	"us", "our", "please", "pls", "plz", "call", "ring", "will", "won't", "want", "need", "is", "isn't", "are",
	"aren't", "was", "were", "not", "don't", "dont", "didn't", "can", "can't", "cannot", "could", "would", "should",
	"if", "because", "what", "why", "when", "where", "how", "have", "has", "had", "never", "this", "that", "it",
	"they", "he", "she", "refund", "money", "sue", "court", "lawyer's", "waiting", "expect", "again", "still", "got",
	"get",
	// de
	"ich", "mich", "mir", "mein", "meine", "meinen", "ihnen", "ihr", "ihre", "ihren", "euch", "eure", "bitte", "wir",
	"uns", "unser", "ist", "sind", "nicht", "kein", "keine", "werde", "werden", "will", "möchte", "habe", "haben",
	"hat", "kann", "können", "wenn", "warum", "wann", "rufen", "anrufen", "noch", "dass", "es",
	// fr
	"je", "j'ai", "j'attends", "moi", "mon", "ma", "mes", "vous", "votre", "vos", "nous", "svp", "est", "suis", "pas",
	"appelez", "veux", "n'est", "c'est", "pourquoi", "quand", "rappelez",
	// es, pt, it
	"yo", "mi", "mis", "usted", "ustedes", "favor", "llame", "llámenme", "llamen", "quiero", "estoy", "eu", "meu",
	"minha", "você", "vocês", "ligue", "liguem", "quero", "não", "mio", "mia", "vostro", "chiamatemi", "voglio",
	"sono", "perché", "perchè", "porque", "cuando", "quando",
	// nl, pl, Nordic
	"ik", "mij", "mijn", "jullie", "niet", "bel", "graag", "wil", "heb", "heeft", "waarom", "proszę", "jest", "mnie",
	"moje", "chcę", "dlaczego", "jag", "mig", "min", "mitt", "inte", "ring", "vill", "har", "jeg", "meg", "mitt",
	"ikke", "vil", "minä", "minun", "ei", "soittakaa", "haluan",
)

func setOf(words ...string) map[string]struct{} {
	set := make(map[string]struct{}, len(words))
	for _, w := range words {
		set[w] = struct{}{}
	}
	return set
}

// registerPhrases stand in the lines that law asks of a firm.
var registerPhrases = newPhraseSet(
	"hrb ", "hra ", "hrb:", "handelsregister", "registergericht", "amtsgericht ", "geschäftsführer:",
	"geschäftsführung:", "geschäftsführer ", "ust-id", "ust.-id", "ustid", "sitz der gesellschaft", "vorstand:",
	"aufsichtsrat",
	"registered office", "registered in england", "registered in ", "company number", "company no", "vat no",
	"vat number", "vat reg", "rcs ", "siret", "siren ", "p.iva", "p. iva", "partita iva", "kvk", "btw", "nip:",
	"regon", "krs", "org.nr", "orgnr", "cvr", "y-tunnus", "cif:", "nif:", "cnpj",
)

// A mobilePhrase is how a program signs in one language: the line begins with one thing and holds another.
type mobilePhrase struct{ begins, holds string }

var mobilePhrases = []mobilePhrase{
	{"sent from my ", ""}, {"sent from a ", ""}, {"sent from an ", ""}, {"sent from the ", ""}, {"sent from mail",
		""}, {"sent from outlook", ""}, {"sent from yahoo", ""}, {"sent from proton", ""}, {"sent from samsung", ""},
	{"sent from i", ""}, {"sent from android", ""}, {"sent from blue", ""}, {"sent from aol", ""}, {"sent from gmx",
		""}, {"sent from huawei", ""}, {"sent from xiaomi", ""}, {"sent from bell", ""}, {"sent from tutanota", ""},
	{"sent from rogers", ""}, {"sent from telstra", ""}, {"sent from xfinity", ""}, {"sent from bt", ""},
	{"sent via ", ""}, {"sent with ", "mail"}, {"sent with ", "secure"}, {"sent by ", "mobile"}, {"sent using ", ""},
	{"get outlook for ", ""}, {"get bluemail", ""}, {"get typeapp", ""}, {"yahoo mail:", ""}, {"yahoo mail ",
		"search"},
	{"von meinem ", "gesendet"}, {"von meinem ", "gesendet"}, {"von mein", "gesendet"}, {"gesendet von ", ""},
	{"gesendet mit ", ""}, {"gesendet über ", ""}, {"diese nachricht wurde von meinem ", "gesendet"}, {"outlook für ",
		""}, {"outlook for ", ""}, {"holen sie sich outlook", ""}, {"versendet mit ", ""}, {"von unterwegs gesendet",
		""},
	{"envoyé de ", ""}, {"envoyé depuis ", ""}, {"envoyé à partir de ", ""}, {"envoyé avec ", "mail"},
	{"télécharger outlook", ""}, {"obtenir outlook", ""}, {"provenance : courrier", ""}, {"obtenez outlook", ""},
	{"enviado desde ", ""}, {"enviado con ", ""}, {"obtener outlook", ""}, {"enviado de mi ", ""},
	{"enviado desde mi", ""}, {"descargar outlook", ""},
	{"inviato da ", ""}, {"inviato dal ", ""}, {"inviato con ", ""}, {"scarica outlook", ""}, {"ottieni outlook", ""},
	{"inviata da ", ""},
	{"enviado do ", ""}, {"enviado a partir d", ""}, {"enviado de ", ""}, {"enviado por ", ""}, {"obter o outlook",
		""}, {"obtenha o outlook", ""}, {"baixe o outlook", ""}, {"enviado via ", ""},
	{"verstuurd vanaf ", ""}, {"verzonden vanaf ", ""}, {"verstuurd met ", ""}, {"verzonden met ", ""},
	{"outlook voor ", ""}, {"verzonden via ", ""},
	{"wysłane z ", ""}, {"wysłano z ", ""}, {"pobierz program outlook", ""}, {"pobierz outlook", ""},
	{"wysłane przez ", ""},
	{"skickat från ", ""}, {"skickat med ", ""}, {"hämta outlook", ""}, {"skaffa outlook", ""}, {"sendt fra ", ""},
	{"sendt med ", ""}, {"hent outlook", ""}, {"få outlook", ""}, {"lähetetty ", "iphone"}, {"lähetetty ", "android"},
	{"lähetetty ", "laitteesta"}, {"lähetetty ", "sähköposti"}, {"lähetetty ", "outlook"}, {"lähetetty ",
		"puhelimesta"}, {"hanki outlook", ""},
	{"发自我的", ""}, {"从我的", "发送"}, {"發自我的", ""}, {"從我的", "傳送"}, {"发自", ""}, {"iphoneから送信", ""}, {"ipadから送信", ""},
	{"androidから送信", ""}, {"отправлено с ", ""}, {"отправлено из ", ""}, {"odesláno z ", ""}, {"získejte outlook", ""},
	{"获取 outlook", ""},
}

// mobileBeginnings are what the lines begin with.
var mobileBeginnings = func() *phraseSet {
	var all []string
	for _, p := range mobilePhrases {
		all = append(all, p.begins)
	}
	return newPhraseSet(all...)
}()

// footerPhrases each mark a paragraph as a footer or a gateway's banner.
var footerPhrases = newPhraseSet(
	"consider the environment before printing", "think before you print", "before printing this e-mail",
	"before printing this email", "denken sie an die umwelt", "umwelt zuliebe", "bevor sie diese e-mail ausdrucken",
	"pensez à l'environnement", "n'imprimez ce", "n'imprimer ce", "avant d'imprimer", "antes de imprimir",
	"prima di stampare", "stampare questa e-mail", "denk aan het milieu", "voordat u deze e-mail print",
	"zanim wydrukujesz", "tänk på miljön", "tænk på miljøet", "tenk på miljøet", "ajattele ympäristöä",
	"virus-free", "virus free.", "checked for viruses", "scanned for viruses", "no virus found in this",
	"auf viren geprüft", "auf viren überprüft", "virenfrei.", "absence de virus", "sans virus", "exempt de virus",
	"libre de virus", "analizado en busca de virus", "privo di virus", "priva di virus",
	"controllata per individuare", "livre de vírus", "sem vírus", "verificado quanto a vírus", "virusvrij",
	"op virussen gecontroleerd", "wolna od wirusów", "pod kątem obecności wirusów", "fri for virus",
	"kontrollerats för virus",
	"you received this message because you are subscribed to", "to unsubscribe from this group",
	"unsubscribe from this list", "sie erhalten diese nachricht, weil sie in google groups",
	"vous recevez ce message, car vous êtes abonné", "has recibido este mensaje porque estás suscrito",
	"originated from outside", "email from outside the organi", "external sender. ", "this is an external email",
	"this email is from an external", "diese e-mail kommt von außerhalb", "diese e-mail stammt von außerhalb",
	"externe e-mail", "externer absender", "cet e-mail provient de l'extérieur", "expéditeur externe",
	"remitente externo", "mittente esterno", "deze e-mail is afkomstig van buiten", "you don't often get email from",
	"you don't often get e-mail from", "sie erhalten nicht oft e-mails von",
	"some people who received this message don't often get email from",
)

// disclaimerStarts begin a confidentiality notice.
var disclaimerStarts = newPhraseSet(
	"if you are not the intended", "if you have received this", "this e-mail", "this email", "this message",
	"this communication", "this transmission", "the information contained", "the information in this",
	"the contents of this", "the content of this", "confidentiality notice", "confidentiality:", "confidential:",
	"disclaimer", "important notice", "notice:", "privileged", "legal notice",
	"diese e-mail", "diese email", "diese mail", "diese nachricht", "der inhalt dieser", "die information",
	"vertraulich", "hinweis:", "wichtiger hinweis", "haftungsausschluss",
	"ce message", "ce courriel", "cet e-mail", "ce mail", "ce courrier", "les informations contenues",
	"l'information contenue", "avertissement", "confidentialité",
	"este mensaje", "este correo", "este e-mail", "esta comunicación", "la información contenida", "aviso legal",
	"aviso de confidencialidad", "confidencialidad",
	"questo messaggio", "questa e-mail", "questa mail", "il presente messaggio", "la presente",
	"le informazioni contenute", "ai sensi", "avviso di riservatezza", "riservatezza",
	"esta mensagem", "este e-mail", "este email", "as informações contidas", "a informação contida",
	"aviso de confidencialidade",
	"dit bericht", "deze e-mail", "dit e-mailbericht", "de informatie", "de inhoud van", "ta wiadomość",
	"niniejsza wiadomość", "informacja zawarta", "informacje zawarte", "wiadomość ta", "niniejszy e-mail",
	"denne e-mail", "denne mail", "denne e-post", "denne meddelelse", "detta meddelande", "detta e-post",
	"denna e-post", "informationen i", "tämä viesti", "tämä sähköposti", "本邮件", "此邮件", "このメール", "本メール",
)

// disclaimerGroups are the things that a confidentiality notice says.
var disclaimerGroups = []*phraseSet{
	newPhraseSet("confidential", "privileged", "vertraulich", "confidentiel", "confidencial", "riservat", "confidenzial",
		"vertrouwelijk", "poufn", "fortrolig", "konfidenti", "luottamuksell", "保密", "机密", "機密", "秘密"),
	newPhraseSet("intended recipient", "intended for", "intended only", "intended solely", "addressee", "to whom it is addressed",
		"named above", "adressat", "bestimmungsgemäße", "richtige empfänger", "vorgesehene empfänger", "destinataire",
		"destinatari", "destinatár", "geadresseerde", "bestemd voor", "beoogde ontvanger", "odbiorc", "adresat",
		"modtager", "mottaker", "mottagare", "adressaten", "vastaanottaj", "收件人", "受信者"),
	newPhraseSet("notify", "delete", "in error", "by mistake", "unauthori", "prohibited", "disclos", "destroy", "irrtümlich",
		"vernichten", "löschen", "nicht gestattet", "unbefugt", "informieren", "par erreur", "détrui", "supprim",
		"interdit", "por error", "elimin", "borr", "prohibid", "per errore", "cancell", "vietat", "por engano",
		"por erro", "apag", "proibid", "ten onrechte", "vernietig", "verwijder", "niet toegestaan", "omyłk", "usun",
		"zabronion", "fejl", "slet", "feil", "misstag", "radera", "erehdyksessä", "poist", "删除", "削除"),
	newPhraseSet("this e-mail", "this email", "this message", "this communication", "this transmission", "this mail",
		"attachment", "diese e-mail", "dieser e-mail", "diese email", "diese nachricht", "dieser nachricht",
		"diese mail",
		"ce message", "ce courriel", "cet e-mail", "ce mail", "este mensaje", "este correo", "este e-mail",
		"este email",
		"questo messaggio", "questa e-mail", "presente messaggio", "esta mensagem", "dit bericht", "deze e-mail",
		"dit e-mailbericht", "ta wiadomość", "niniejsza wiadomość", "denne e-mail", "denne mail", "denne e-post",
		"denne meddelelse", "detta meddelande", "detta e-post", "denna e-post", "tämä viesti", "tämän viestin", "本邮件",
		"此邮件", "このメール", "本メール"),
}

// wrongRecipient is what notices say that do without secrecy.
var wrongRecipient = newPhraseSet(
	"received this e-mail in error", "received this email in error", "received this message in error",
	"received it in error", "not the intended recipient", "not the addressee",
	"nicht der richtige adressat", "nicht der vorgesehene", "nicht der beabsichtigte", "irrtümlich erhalten",
	"reçu ce message par erreur", "reçu cet e-mail par erreur", "recibido este mensaje por error",
	"recibido este correo por error",
	"ricevuto questo messaggio per errore", "ricevuto questa e-mail per errore", "recebeu esta mensagem por engano",
	"recebeu esta mensagem por erro", "niet de geadresseerde", "nie jest adresatem", "ikke er den rette modtager",
	"inte är rätt mottagare", "ikke er rette mottaker",
)

// noticeWords is a quick look whether a paragraph can be a footer at all: one of its phrases, or a word without which
// there is no confidentiality notice.
var noticeWords = newPhraseSet(slices.Concat(footerPhrases.phrases, disclaimerGroups[0].phrases, wrongRecipient.phrases)...)

// englishI is how "I" stands in English sentences; alone it is "and" in Polish and "in" in Swedish.
var englishI = newPhraseSet(
	"i am ", "i was ", "i will ", "i have ", "i had ", "i did ", "i do ", "i don't ", "i would ", "i want ",
	"i can ", "i can't ", "i paid ", "i sent ", "i got ", "i never ", "i need ", "i ordered ", "i bought ",
	"i expect ", "i demand ", "i still ", "i asked ", "i told ",
)

// firstPerson are the words for "I" and "my".
var firstPerson = setOf(
	"i'm", "i'll", "i've", "i'd", "my", "me", "ich", "mein", "meine", "mir", "mich", "je", "j'ai", "mon", "mes",
	"moi", "yo", "mis", "io", "mio", "mia", "eu", "meu", "minha", "ik", "mijn", "jag", "jeg", "minä", "我", "私",
)
