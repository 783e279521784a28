package message

import (
	"slices"
	"strings"
)

// replyPrefixes are what mail programs put before the subject of an answer or a forward.
var replyPrefixes = []string{
	"re", "aw", "antw", "antwort", "sv", "vs", "ref", "rif", "r", "res", "resp", "odp", "ynt", "rv", "vl", "回复", "答复",
	"回覆", "答覆", "返信", "ответ", "na", "bls", "atb", "ang", "tr re", "re re", "réf", "réponse", "απ", "σχετ", "yan",
	"fw", "fwd", "wg", "tr", "i", "enc", "vb", "vbs", "pd", "doorst", "转发", "轉寄", "転送", "пересл", "fs", "videresendt",
	"wtr", "trs", "fyi fw", "továbbítás", "i̇lt", "ilt", "rém",
}

// gatewayTags are put before a subject by our own mail gateway.
var gatewayTags = []string{"[external]", "[ext]", "[extern]", "external:", "[externe]", "[externo]", "{external}", "[spam]", "***spam***", "[suspected spam]"}

// A subject is what a mail's subject says.
type subject struct {
	own     string // without the prefixes of answers and forwards
	folded  string // own in the form that fold gives
	isReply bool   // there were such prefixes
}

func subjectOf(text string) subject {
	own, isReply := CutReplyPrefixes(text)
	return subject{own, fold(own), isReply}
}

// CutReplyPrefixes takes the prefixes of answers and forwards off a subject, with their counters ("Re[2]:",
// "AW(3):"), and reports whether there were any. What a mail gateway put before it goes too, but makes no reply of it.
func CutReplyPrefixes(subject string) (rest string, isReply bool) {
	rest = strings.TrimSpace(subject)
	for range 20 {
		next, ok := cutGatewayTag(rest)
		if !ok {
			next, ok = cutReplyPrefix(rest)
			isReply = isReply || ok
		}
		if !ok {
			break
		}
		rest = strings.TrimSpace(next)
	}
	return rest, isReply
}

func cutGatewayTag(s string) (string, bool) {
	for _, tag := range gatewayTags {
		if beginsWith(s, tag) {
			return s[len(tag):], true
		}
	}
	return s, false
}

func cutReplyPrefix(s string) (string, bool) {
	i := colonIn(s, 40)
	if i <= 0 {
		return s, false
	}
	word := fold(strings.TrimSpace(s[:i]))
	word = strings.TrimRight(word, " ")
	for _, pair := range []string{"[]", "()"} {
		if open := strings.IndexByte(word, pair[0]); open > 0 && strings.HasSuffix(word,
			pair[1:]) && strings.Trim(word[open+1:len(word)-1], "0123456789") == "" {
			word = strings.TrimSpace(word[:open])
		}
	}
	word = strings.TrimRight(word, "^0123456789*")
	if !slices.Contains(replyPrefixes, word) {
		return s, false
	}
	return strings.TrimLeft(s[i:], ":："), true
}
