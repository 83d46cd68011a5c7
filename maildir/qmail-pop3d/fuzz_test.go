package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/pop3"
)

var deletion = regexp.MustCompile(`(?i)(?:^|\n)dele +([0-9]+)`)

// Whatever a client says: answers are answers, each message is sent whole or as
// far as was asked, and only what was deleted is gone, and only after QUIT.
func FuzzSession(f *testing.F) {
	f.Add("STAT\r\nLIST\r\nUIDL 1\r\nRETR 2\r\nTOP 1 0\r\nQUIT\r\n")
	f.Add("DELE 1\r\nDELE 1\r\nLAST\r\nRSET\r\nDELE 2\r\nQUIT\r\nDELE 1\r\n")
	f.Add("retr 1 99999999999999999999\nTOP 18446744073709551617 1\nLIST -1\nDELE 3\nDELE 0\nCAPA\nNOOP \x00x\n")
	f.Fuzz(func(t *testing.T, said string) {
		dir := mailbox(t)
		p, _ := clitest.Proc(t, "qmail-pop3d", clitest.World{Dir: dir, Args: []string{"Maildir"}})
		var out bytes.Buffer
		conn := pop3.NewConn(strings.NewReader(said), &out)
		err := serve(p, conn)
		conn.Flush()
		for line := range strings.SplitAfterSeq(out.String(), "\n") {
			if text, ended := strings.CutSuffix(line, "\r\n"); line != "" && (!ended || strings.ContainsAny(text, "\r\n\x00")) {
				t.Fatalf("%q: the line %q", said, line)
			}
		}
		before, _, quit := strings.Cut(strings.ToUpper("\n"+said), "\nQUIT")
		asked := map[int]bool{}
		for _, m := range deletion.FindAllStringSubmatch(before, -1) {
			if n, err := strconv.Atoi(m[1]); err == nil {
				asked[n] = true
			}
		}
		for n, name := range map[int]string{1: "1.a", 2: "2.b"} {
			if there := strings.Contains(files(t, dir), name); !there && (!asked[n] || !quit || err != nil) {
				t.Fatalf("%q: %s is gone", said, name)
			}
		}
	})
}
