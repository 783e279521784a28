package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
)

// typicalMail is an answer of about 4 KB as Gmail writes it: plain text and HTML, both with the quoted history.
func typicalMail() []byte {
	history := strings.Repeat("> We are sorry that the lamp flickers and will look into it as soon as we can.\n", 12)
	htmlHistory := strings.Repeat("<p>We are sorry that the lamp flickers and will look into it as soon as we can.</p>\r\n", 12)
	return []byte(fmt.Sprintf(`Return-Path: <jane.roe@mail.example>
Received: from mail.example by mx.example.com with ESMTPS id 1; Tue, 05 May 2026 10:00:02 +0200
DKIM-Signature: v=1; a=rsa-sha256; d=mail.example; s=1; bh=%s; b=%s
From: Jane Roe <jane.roe@mail.example>
To: Example Shop <support@example.com>
Subject: =?utf-8?q?Re=3A_Your_order_=2312345_=E2=80=93_lamp?=
Date: Tue, 05 May 2026 10:00:00 +0200
Message-ID: <m1@mail.example>
In-Reply-To: <a1@example.com>
References: <a0@example.com> <a1@example.com>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="000000000000a1b2c3"

--000000000000a1b2c3
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

Hello,

the lamp still flickers, and I have waited for three weeks. I=E2=80=99d like to have
my money back for order #12345.

Kind regards
Jane Roe

On Mon, May 4, 2026 at 9:12 AM Example Shop <support@example.com> wrote:

%s
--000000000000a1b2c3
Content-Type: text/html; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

<div dir=3D"ltr">Hello,<br><br>the lamp still flickers, and I have waited for three weeks.</div>
<div class=3D"gmail_quote"><blockquote class=3D"gmail_quote">%s</blockquote></div>
--000000000000a1b2c3--
`, strings.Repeat("A", 44), strings.Repeat("B", 344), history, htmlHistory))
}

// BenchmarkRead measures one mail against the least that any reader of mail does in Go: the header parsed and every
// part decoded by the standard library. Compare the two lines of one run.
func BenchmarkRead(b *testing.B) {
	raw := typicalMail()
	b.Run("heed", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if m := Read(raw, shop(false)); m.Text == "" {
				b.Fatal("no text")
			}
		}
	})
	b.Run("standard-library", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if err := decodeAll(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReadLargeAttachment measures a mail of 20 MB, of which only the first lines are text.
func BenchmarkReadLargeAttachment(b *testing.B) {
	line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 57)) + "\r\n"
	raw := []byte(fields + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nThe lamp flickers, see the film.\r\n--b\r\n" +
		"Content-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=lamp.mp4\r\n\r\n" +
		strings.Repeat(line, 20<<20/len(line)) + "--b--\r\n")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if m := Read(raw, shop(false)); m.Text == "" {
			b.Fatal("no text")
		}
	}
}

// decodeAll is the yardstick: net/mail and mime/multipart, every part read to its end.
func decodeAll(raw []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("read the type: %w", err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a part: %w", err)
		}
		if _, err := io.Copy(io.Discard, quotedprintable.NewReader(p)); err != nil {
			return fmt.Errorf("decode a part: %w", err)
		}
	}
}
