package hostile

import (
	"io"
	"strconv"
	"strings"
	"testing"
)

// session is what a client does and what must come of it.
type session struct {
	name    string
	program string
	env     []string
	sends   []func() io.Reader
	holds   bool // the client keeps the connection open and waits

	reply  string // in what the server says; "" is nothing at all
	queued int
}

func text(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }

// times is s, n times, made while it is sent.
func times(n int, s string) func() io.Reader {
	return func() io.Reader { return &repeat{s: s, left: n} }
}

type repeat struct {
	s    string
	left int
	rest string
}

func (r *repeat) Read(b []byte) (n int, err error) {
	for n < len(b) {
		if r.rest == "" {
			if r.left == 0 {
				break
			}
			r.left--
			r.rest = r.s
		}
		k := copy(b[n:], r.rest)
		r.rest = r.rest[k:]
		n += k
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

type sends = []func() io.Reader

const (
	smtpd = "qmail-smtpd"
	qmtpd = "qmail-qmtpd"
	qmqpd = "qmail-qmqpd"

	mail  = "EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<u@here.example>\r\n"
	evil  = "MAIL FROM:<evil@b.example>\r\nRCPT TO:<u@here.example>\r\nDATA\r\nsmuggled\r\n.\r\nQUIT\r\n"
	begin = mail + "DATA\r\nSubject: x\r\n\r\nhi"
	bare  = "\r\n451 See https://cr.yp.to/docs/smtplf.html.\r\n"
)

var sessions = []session{
	// Ends of a message that are none.
	{"LF dot LF", smtpd, nil, sends{text(begin + "\n.\n" + evil)}, false, bare, 0},
	{"LF dot CRLF", smtpd, nil, sends{text(begin + "\n.\r\n" + evil)}, false, bare, 0},
	{"CRLF dot LF", smtpd, nil, sends{text(begin + "\r\n.\n" + evil)}, false, bare, 0},
	{"CR CRLF dot LF", smtpd, nil, sends{text(begin + "\r\r\n.\n" + evil)}, false, bare, 0},
	{"LF CR dot LF CR", smtpd, nil, sends{text(begin + "\n\r.\n\r" + evil)}, false, bare, 0},
	{"CR dot CR", smtpd, nil, sends{text(begin + "\r.\r" + evil)}, false, "\r\n221 ", 1},
	{"CR dot CRLF", smtpd, nil, sends{text(begin + "\r.\r\n" + evil)}, false, "\r\n221 ", 1},
	{"CRLF dot CR", smtpd, nil, sends{text(begin + "\r\n.\r" + evil)}, false, "\r\n221 ", 1},
	{"NUL after the dot", smtpd, nil, sends{text(begin + "\r\n.\x00\r\n" + evil)}, false, "\r\n221 ", 1},
	{"bare LF let pass", smtpd, []string{"ALLOW_BARELF=1"}, sends{text(begin + "\n.\r\n" + evil)}, false, "\r\n221 ", 1},
	{"BDAT holds commands", smtpd, nil, sends{text(mail + "BDAT " + strconv.Itoa(len(evil)) + " LAST\r\n" + evil + "QUIT\r\n")}, false, "\r\n221 ", 1},

	// What has no end, or says so.
	{"endless command", smtpd, nil, sends{times(64<<10, "endless command "), text("\r\n")}, false, "\r\n500 line too long", 0},
	{"endless HELO name", smtpd, nil, sends{text("HELO "), times(1<<20, "x")}, false, "\r\n500 line too long", 0},
	{"endless line of a message", smtpd, nil, sends{text(begin), times(1<<20, "sixteen bytes ..."), text("\r\n.\r\nQUIT\r\n")}, false, "\r\n552 ", 0},
	{"endless header", smtpd, nil, sends{text(mail + "DATA\r\n"), times(1<<18, "X-Field: is not the last one\r\n"), text("\r\n.\r\nQUIT\r\n")}, false, "\r\n552 ", 0},
	{"announced too big", smtpd, nil, sends{text("EHLO c\r\nMAIL FROM:<a@b.example> SIZE=99999999999\r\nQUIT\r\n")}, false, "\r\n552 ", 0},
	{"SIZE that wraps", smtpd, nil, sends{text("EHLO c\r\nMAIL FROM:<a@b.example> SIZE=18446744073709551617\r\nQUIT\r\n")}, false, "\r\n555 ", 0},
	{"BDAT that wraps", smtpd, nil, sends{text(mail + "BDAT 18446744073709551617\r\n" + evil)}, false, "\r\n501 ", 0},
	{"BDAT below zero", smtpd, nil, sends{text(mail + "BDAT -1 LAST\r\n" + evil)}, false, "\r\n501 ", 0},
	{"BDAT of a terabyte", smtpd, nil, sends{text(mail + "BDAT 1099511627776 LAST\r\n"), times(1<<18, "sixteen bytes ..")}, false, "220 ", 0},
	{"cut off in a message", smtpd, nil, sends{text(begin)}, false, "\r\n354 ", 0},
	{"10,000 recipients", smtpd, nil, sends{text(mail), times(10_000, "RCPT TO:<u@here.example>\r\n"), text("DATA\r\nhi\r\n.\r\nQUIT\r\n")}, false, "\r\n221 ", 1},
	{"200,000 recipients", smtpd, nil, sends{text(mail), times(200_000, "RCPT TO:<u@here.example>\r\n")}, false, "\r\n452 too many recipients", 0},
	{"200,000 refused ones", smtpd, nil, sends{text(mail), times(200_000, "RCPT TO:<u@far.example>\r\n")}, false, "\r\n421 ", 0},
	{"nothing but NOOP", smtpd, nil, sends{times(200_000, "NOOP\r\n")}, false, "\r\n421 ", 0},
	{"nothing but MAIL", smtpd, nil, sends{times(200_000, "MAIL FROM:<a@b.example>\r\n")}, false, "\r\n421 ", 0},
	{"a web browser", smtpd, nil, sends{text("POST / HTTP/1.1\r\nHost: mx.example\r\n\r\n"), times(1000, "X-Forwarded-For: a\r\n")}, false, "\r\n421 too many errors", 0},
	{"a loop", smtpd, nil, sends{text(mail + "DATA\r\n"), times(100, "Received: from a by b\r\n"), text("\r\nhi\r\n.\r\nQUIT\r\n")}, false, "\r\n554 ", 0},

	// What is not text.
	{"NUL in a sender", smtpd, nil, sends{text("EHLO c\r\nMAIL FROM:<a@b.example\x00>\r\nRCPT TO:<u@here.example>\r\nDATA\r\nQUIT\r\n")}, false, "\r\n555 ", 0},
	{"NUL in a recipient", smtpd, nil, sends{text(mail + "RCPT TO:<u\x00@far.example>\r\nQUIT\r\n")}, false, "\r\n555 ", 0},
	{"NULs alone", smtpd, nil, sends{times(1<<20, "\x00")}, false, "\r\n500 line too long", 0},
	{"lines in a HELO name", smtpd, nil, sends{text("HELO x\rReceived: y\r\n" + strings.TrimPrefix(begin, "EHLO c.example\r\n") + "\r\n.\r\nQUIT\r\n")}, false, "\r\n221 ", 1},
	{"a sender of a thousand bytes", smtpd, nil, sends{text("MAIL FROM:<"), times(1000, "a"), text("@b.example>\r\nQUIT\r\n")}, false, "\r\n555 ", 0},

	// Who does not wait, or waits too long.
	{"early talk", smtpd, []string{"GREETDELAY=60", "DROP_PRE_GREET=1"}, sends{text(mail)}, true, "554 SMTP protocol violation\r\n", 0},
	{"half a command", smtpd, nil, sends{text("EHLO c.exam")}, true, "\r\n451 timeout (#4.4.2)\r\n", 0},
	{"half a message", smtpd, nil, sends{text(begin)}, true, "\r\n451 timeout (#4.4.2)\r\n", 0},
	{"half a BDAT", smtpd, nil, sends{text(mail + "BDAT 1000\r\nhi")}, true, "\r\n451 timeout (#4.4.2)\r\n", 0},
	{"a client that does not read", smtpd, nil, sends{text(mail + "DATA\r\nhi\r\n.\r\n")}, true, "\r\n451 timeout", 1},

	// TLS.
	{"commands behind STARTTLS", smtpd, nil, sends{text("EHLO c\r\nSTARTTLS\r\n" + evil)}, true, "\r\n220 ready for tls\r\n", 0},
	{"silence after STARTTLS", smtpd, nil, sends{text("EHLO c\r\nSTARTTLS\r\n")}, true, "\r\n220 ready for tls\r\n", 0},
	{"half a handshake", smtpd, nil, sends{text("STARTTLS\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc")}, true, "\r\n220 ready for tls\r\n", 0},
	{"silence instead of TLS", smtpd, []string{"SMTPS=1"}, nil, true, "", 0},
	{"half a handshake in TLS", smtpd, []string{"SMTPS=1"}, sends{text("\x16\x03\x01\x02\x00\x01\x00\x01\xfc")}, true, "", 0},
	{"a huge record", smtpd, []string{"SMTPS=1"}, sends{text("\x16\x03\x01\xff\xff"), times(1<<16, "\x01\xff\xff\xff")}, true, "\x15\x03", 0},
	{"SMTP instead of TLS", smtpd, []string{"SMTPS=1"}, sends{text(mail + evil)}, true, "", 0},
	{"endless AUTH", smtpd + " check true", []string{"SMTPAUTH=", "ALLOW_INSECURE_AUTH=1"}, sends{text("AUTH PLAIN "), times(1<<20, "AAAA")}, false, "\r\n500 line too long", 0},
	{"AUTH without end", smtpd + " /bin/false true", []string{"SMTPAUTH=", "ALLOW_INSECURE_AUTH=1"}, sends{times(200, "AUTH PLAIN AGEAYg==\r\n")}, false, "\r\n421 too many errors", 0},

	// Frames.
	{"QMTP length that wraps", qmtpd, nil, sends{text("18446744073709551618:\nhi,5:a@b.c,")}, false, "", 0},
	{"QMTP length of a gigabyte", qmtpd, nil, sends{text("1073741824:\n"), times(1<<18, "sixteen bytes ..")}, false, "", 0},
	{"QMTP length without end", qmtpd, nil, sends{times(1<<20, "1")}, false, "", 0},
	{"QMTP zeros", qmtpd, nil, sends{times(1<<20, "0")}, false, "", 0},
	{"QMTP text", qmtpd, nil, sends{text(mail)}, false, "", 0},
	{"QMTP without a comma", qmtpd, nil, sends{text("3:\nhi;11:a@b.example,18:14:u@here.example,,")}, false, "", 0},
	{"QMTP recipient beyond the list", qmtpd, nil, sends{text("3:\nhi,11:a@b.example,18:99:u@here.example,,")}, false, "", 0},
	{"QMTP NUL in a sender", qmtpd, nil, sends{text("3:\nhi,11:a@b.exam\x00le,18:14:u@here.example,,")}, false, "D", 0},
	{"QMTP cut off", qmtpd, nil, sends{text("3:\nhi,11:a@b.example,18:14:u@here.exa")}, false, "", 0},
	{"QMTP 10,000 recipients", qmtpd, nil, sends{text("3:\nhi,11:a@b.example,180000:"), times(10_000, "14:u@here.example,"), text(",")}, false, "Kok ", 1},
	{"QMTP list of a gigabyte", qmtpd, nil, sends{text("3:\nhi,11:a@b.example,1000000000:"), times(1<<18, "14:u@here.example,")}, false, "", 0},
	{"QMQP length that wraps", qmqpd, nil, sends{text("18446744073709551618:2:hi,1:a,1:b,,")}, false, "", 0},
	{"QMQP length of a gigabyte", qmqpd, nil, sends{text("1073741824:1000000000:"), times(1<<18, "sixteen bytes ..")}, false, "", 0},
	{"QMQP digits without end", qmqpd, nil, sends{times(1<<20, "0")}, false, "", 0},
	{"QMQP message beyond the frame", qmqpd, nil, sends{text("20:99:hi,1:a,1:b,,,,,,,,,,")}, false, "", 0},
	{"QMQP NUL in an address", qmqpd, nil, sends{text(frame("2:hi,3:a\x00b,1:b,"))}, false, "Dsorry", 0},
	{"QMQP cut off", qmqpd, nil, sends{text("100:2:hi,1:a,1:b,")}, false, "", 0},
	{"POP3 endless command", "qmail-popup mx.example /bin/true true", nil, sends{text("USER "), times(1<<20, "x"), text("\r\n")}, false, "-ERR", 0},
	{"POP3 NULs", "qmail-popup mx.example /bin/true true", nil, sends{times(1<<16, "\x00\r\n"), text("QUIT\r\n")}, false, "-ERR", 0},
}

func frame(s string) string { return strconv.Itoa(len(s)) + ":" + s + "," }

func TestSessions(t *testing.T) {
	for _, s := range sessions {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			judge(t, s, play(t, s, inherited))
		})
		if listens(s.program) {
			t.Run("listening/"+s.name, func(t *testing.T) {
				t.Parallel()
				judge(t, s, play(t, s, taken))
			})
		}
	}
}

// judge compares what came of a session with what must.
func judge(t *testing.T, s session, got outcome) {
	t.Helper()
	if s.reply == "" && got.said != "" || !got.reset && !strings.Contains(got.said, s.reply) {
		t.Errorf("the server says %.200q ... %q", got.said, got.said[max(0, len(got.said)-200):])
	}
	if len(got.queued) != s.queued {
		t.Errorf("%d messages are queued, not %d: %.500q", len(got.queued), s.queued, got.queued)
	}
	for _, message := range got.queued {
		envelope, _, _ := strings.Cut(message, "\n")
		header, _, _ := strings.Cut(message[len(envelope)+1:], "\n\n")
		if strings.HasPrefix(envelope, "Fevil") || strings.Contains(header, "\nReceived: y") || strings.Contains(envelope, "far.example") {
			t.Errorf("this got through: %.500q", message)
		}
	}
}
