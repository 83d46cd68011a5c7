package remote

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"qmailkit/internal/netstring"
)

// quick is a QMTP server that reads one message and answers with the given
// bytes.
func quick(t *testing.T, answers string) *peer {
	t.Helper()
	return listen(t, func(p *peer, c net.Conn) {
		in := bufio.NewReader(c)
		for range 3 {
			n, err := netstring.ReadLength(in, 1<<20)
			if err != nil {
				return
			}
			b := make([]byte, n+1)
			io.ReadFull(in, b)
			p.note(string(b))
		}
		io.WriteString(c, answers)
	})
}

func TestQMTP(t *testing.T) {
	const ip = "10.0.0.1"
	for answers, want := range map[string]string{
		"3:Kok,5:Kalso,": "r|r|K" + ip + " accepted message.\nRemote host said: ok\n|",
		"3:Dno,4:Kyes,":  "h" + ip + " does not like recipient.\nRemote host said: no\n|r|K" + ip + " accepted message.\nRemote host said: yes\n|",
		"3:Dno,3:Zhm,":   "h" + ip + " does not like recipient.\nRemote host said: no\n|s" + ip + " does not like recipient.\nRemote host said: hm\n|DGiving up on " + ip + ".\n|",
		"3:Kok,":         "r|ZConnected to " + ip + " but connection died. Possible duplicate! (#4.4.2)\n|",
		"3:Qok,":         "ZConnected to " + ip + " but connection died. Possible duplicate! (#4.4.2)\n|",
		"":               "ZConnected to " + ip + " but connection died. Possible duplicate! (#4.4.2)\n|",
	} {
		p := quick(t, answers)
		e := engine(t, nil, net1{"10.0.0.1:2209": p}, "d.example:10.9.9.9")
		e.QMTPRoutes = NewRoutes("qmtproutes", 209, entries("d.example:10.0.0.1;2209"))
		got := text(e.Deliver(Job{Host: "d.example", Sender: "s@b", Recipients: []string{"u@d", "v@d"}, Message: strings.NewReader("hi\n")}))
		if got != want {
			t.Errorf("%q: %q, want %q", answers, got, want)
		}
		if heard := strings.Join(p.heard(), "|"); heard != "\nhi\n,|s@b,|3:u@d,3:v@d,," {
			t.Errorf("heard %q", heard)
		}
	}
}

func TestQMTPWithoutRoute(t *testing.T) {
	p := quick(t, "3:Kok,")
	e := engine(t, zone{"d.example A": "10.0.0.1"}, net1{"10.0.0.1:209": p}, ":10.9.9.9")
	e.QMTPRoutes = NewRoutes("qmtproutes", 209, nil)
	got := text(e.DeliverQMTP(Job{Host: "d.example", Recipients: []string{"u\n@d", "v@d"}, Message: strings.NewReader("")}))
	if got != "h"+badRecipient+"|r|K10.0.0.1 accepted message.\nRemote host said: ok\n|" {
		t.Errorf("%q", got)
	}
	e.QMTPRoutes = NewRoutes("qmtproutes", 209, entries("d.example:x;y"))
	if got := text(e.DeliverQMTP(Job{Host: "d.example"})); got != "ZUnable to use control/qmtproutes:1: no valid port. (#4.3.5)\n|" {
		t.Errorf("%q", got)
	}
	e.QMTPRoutes = NewRoutes("qmtproutes", 209, nil)
	if got := text(e.DeliverQMTP(Job{Host: "d.example", Sender: "a\nb"})); got != "D"+badSender+"|" {
		t.Errorf("%q", got)
	}
}
