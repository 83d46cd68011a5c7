package remote

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"qmailkit/internal/clitest"
	"qmailkit/internal/smtpwire"
)

// waiter is a host with PIPELINING that answers nothing before it has heard a
// whole group: up to DATA, to the message's end and QUIT, or to as many
// commands as may be sent at once. It has a reply for each command by its
// first word, the recipients' in turn.
type waiter struct {
	announce string
	replies  map[string][]string
	heard    []string
}

func (w *waiter) reply(line string) string {
	word, _, _ := strings.Cut(line, " ")
	if list := w.replies[word]; len(list) > 0 {
		w.replies[word] = list[1:]
		return list[0] + "\r\n"
	}
	if word == "DATA" {
		return "354 go\r\n"
	}
	return "250 ok\r\n"
}

func (w *waiter) serve(c net.Conn) {
	in := bufio.NewScanner(c)
	io.WriteString(c, "220 x\r\n")
	owed, waiting := "", 0
	for in.Scan() {
		line := in.Text()
		w.heard = append(w.heard, line)
		waiting++
		switch {
		case strings.HasPrefix(line, "EHLO"):
			io.WriteString(c, "250-x"+strings.ReplaceAll(w.announce, " ", "\r\n250-")+"\r\n250 END\r\n")
			waiting = 0
			continue
		case line == "QUIT":
			return
		}
		owed += w.reply(line)
		if line == "DATA" || waiting == maxGroup {
			io.WriteString(c, owed)
			takes := strings.Contains(owed, "354")
			owed, waiting = "", 0
			if line == "DATA" && takes && !w.message(in, c) {
				return
			}
		}
	}
}

// message takes a message and, before it answers, the QUIT behind it. An empty
// one is followed by QUIT as well.
func (w *waiter) message(in *bufio.Scanner, c net.Conn) bool {
	for in.Scan() && in.Text() != "." {
		w.heard = append(w.heard, in.Text())
	}
	w.heard = append(w.heard, in.Text())
	if in.Scan() {
		w.heard = append(w.heard, in.Text())
	}
	io.WriteString(c, w.reply("."))
	return false
}

func (w *waiter) deliver(t *testing.T, job Job) (report string, heard string) {
	t.Helper()
	p := listen(t, func(_ *peer, c net.Conn) { w.serve(c) })
	e := engine(t, nil, net1{"10.0.0.1:25": p}, ":10.0.0.1")
	job.Host = "d.example"
	if job.Message == nil {
		job.Message = strings.NewReader("hi\n")
	}
	report = text(e.Deliver(job))
	<-p.done
	return report, strings.Join(w.heard[1:], "|")
}

func TestPipelining(t *testing.T) {
	two := []string{"u@d", "v@d"}
	const ip, named = "10.0.0.1", "MAIL FROM:<s@b>|RCPT TO:<u@d>|RCPT TO:<v@d>|DATA"
	for what, c := range map[string]struct {
		replies map[string][]string
		want    string
		heard   string
	}{
		"accepted":      {nil, "r|r|K" + ip + " accepted message.\nRemote host said: 250 ok\n|", named + "|hi|.|QUIT"},
		"one refused":   {map[string][]string{"RCPT": {"550 no"}}, "h" + ip + " does not like recipient.\nRemote host said: 550 no\n|r|K" + ip + " accepted message.\nRemote host said: 250 ok\n|", named + "|hi|.|QUIT"},
		"all refused":   {map[string][]string{"RCPT": {"550 no", "450 no"}, "DATA": {"554 nobody"}}, "h" + ip + " does not like recipient.\nRemote host said: 550 no\n|s" + ip + " does not like recipient.\nRemote host said: 450 no\n|DGiving up on " + ip + ".\n|", named + "|QUIT"},
		"all, but DATA": {map[string][]string{"RCPT": {"550 a", "550 b"}}, "h" + ip + " does not like recipient.\nRemote host said: 550 a\n|h" + ip + " does not like recipient.\nRemote host said: 550 b\n|DGiving up on " + ip + ".\n|", named + "|.|QUIT"},
		"sender":        {map[string][]string{"MAIL": {"550 no"}, "RCPT": {"503 a", "503 b"}, "DATA": {"503 c"}}, "DConnected to " + ip + " but sender was rejected.\nRemote host said: 550 no\n|", named + "|QUIT"},
		"sender, DATA":  {map[string][]string{"MAIL": {"450 no"}, "RCPT": {"503 a", "503 b"}}, "ZConnected to " + ip + " but sender was rejected.\nRemote host said: 450 no\n|", named + "|.|QUIT"},
		"sender, odd":   {map[string][]string{"MAIL": {"550 no"}}, "DConnected to " + ip + " but sender was rejected.\nRemote host said: 550 no\n|", named + "|"},
		"DATA":          {map[string][]string{"DATA": {"451 later"}}, "r|r|Z" + ip + " failed on DATA command.\nRemote host said: 451 later\n|", named + "|QUIT"},
		"message":       {map[string][]string{".": {"552 big"}}, "r|r|D" + ip + " failed after I sent the message.\nRemote host said: 552 big\n|", named + "|hi|.|QUIT"},
	} {
		w := waiter{announce: " PIPELINING", replies: c.replies}
		got, heard := w.deliver(t, Job{Sender: "s@b", Recipients: two})
		if got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
		if strings.TrimSuffix(heard, "|") != strings.TrimSuffix(c.heard, "|") {
			t.Errorf("%s: heard %q, want %q", what, heard, c.heard)
		}
	}
}

// More recipients than a group holds, with some that are never sent.
func TestManyRecipients(t *testing.T) {
	var job Job
	want, sent := "", 0
	for i := range 200 {
		r := fmt.Sprintf("u%d@d", i)
		if i%7 == 3 {
			r += "\n"
			want += "h" + badRecipient + "|"
		} else {
			want += "r|"
			sent++
		}
		job.Recipients = append(job.Recipients, r)
	}
	script := append([]string{"220 x", "250-x|250 PIPELINING"}, repeat("250 ok", 1+sent)...)
	p := newPeer(t, append(script, "354 go", "message", "250 ok")...)
	e := engine(t, nil, net1{"10.0.0.1:25": p}, ":10.0.0.1")
	job.Host, job.Message = "d", strings.NewReader("hi\n")
	got := text(e.Deliver(job))
	if want += "K10.0.0.1 accepted message.\nRemote host said: 250 ok\n|"; got != want {
		t.Errorf("%q", got)
	}
	if n := strings.Count(strings.Join(p.heard(), ""), "RCPT"); n != sent {
		t.Errorf("%d recipients were named", n)
	}
}

func repeat(s string, n int) (list []string) {
	for range n {
		list = append(list, s)
	}
	return list
}

func TestParameters(t *testing.T) {
	for _, c := range []struct{ announce, sender, recipient, message, want string }{
		{" PIPELINING SIZE", "s@b", "u@d", ".a\nb", "MAIL FROM:<s@b> SIZE=8|RCPT TO:<u@d>|"},
		{" PIPELINING SIZE 8BITMIME", "s@b", "u@d", "", "MAIL FROM:<s@b> SIZE=0|RCPT TO:<u@d>|"},
		{" PIPELINING 8BITMIME", "s@b", "u@d", "a", "MAIL FROM:<s@b>|RCPT TO:<u@d>|"},
		{" PIPELINING 8BITMIME", "s@b", "u@d", "\xe9", "MAIL FROM:<s@b> BODY=8BITMIME|RCPT TO:<u@d>|"},
		{" PIPELINING", "s@b", "u@d", "\xe9", "MAIL FROM:<s@b>|RCPT TO:<u@d>|"},
		{" PIPELINING", "\xe9@b", "u@\xe9", "a", "MAIL FROM:<\"\xe9\"@b>|RCPT TO:<u@\xe9>|"},
		{" PIPELINING SMTPUTF8", "é@b", "u@d", "a", "MAIL FROM:<\"é\"@b> SMTPUTF8|RCPT TO:<u@d>|"},
		{" PIPELINING SMTPUTF8 8BITMIME", "s@b", "u@é", "é", "MAIL FROM:<s@b> BODY=8BITMIME SMTPUTF8|RCPT TO:<u@é>|"},
		{" PIPELINING SMTPUTF8", "s@b", "u@d", "a", "MAIL FROM:<s@b>|RCPT TO:<u@d>|"},
	} {
		w := waiter{announce: c.announce}
		got, heard := w.deliver(t, Job{Sender: c.sender, Recipients: []string{c.recipient}, Message: strings.NewReader(c.message)})
		if !strings.HasPrefix(heard, c.want) || !strings.HasPrefix(got, "r|K") {
			t.Errorf("%q: %q, heard %q", c, got, heard)
		}
	}
}

// A host that cannot be told an address is not told another one instead.
func TestNoSMTPUTF8(t *testing.T) {
	const no = "10.0.0.1 does not take addresses beyond ASCII (#5.6.7).\n|"
	w := waiter{announce: " PIPELINING"}
	got, heard := w.deliver(t, Job{Sender: "s@b", Recipients: []string{"é@d", "u@d"}})
	if !strings.HasPrefix(got, "h"+no+"r|K") || strings.Contains(heard, "é") {
		t.Errorf("%q, heard %q", got, heard)
	}
	w = waiter{announce: " PIPELINING"}
	if got, heard = w.deliver(t, Job{Sender: "é@b", Recipients: []string{"u@d"}}); got != "D"+no || heard != "QUIT" {
		t.Errorf("%q, heard %q", got, heard)
	}
	got, lines := deliver(t, Job{Sender: "s@b", Recipients: []string{"é@d"}}, "220 x", "250-x|250 PIPELINING", "250 ok")
	if last := strings.Join(lines, ""); got != "h"+no+"DGiving up on 10.0.0.1.\n|" || !strings.HasSuffix(last, "MAIL FROM:<s@b>\r\nQUIT\r\n") {
		t.Errorf("%q, heard %q", got, lines)
	}
}

// What has been looked at is still all there, whatever it is read from.
func TestLook(t *testing.T) {
	for _, size := range []int{0, 1, firstLook - 1, firstLook, firstLook + 1, 5*firstLook + 7} {
		for _, end := range []string{"", "\n", "\xe9"} {
			message := strings.Repeat("x", size) + end
			wire := int64(len(message))
			if message != "" && !strings.HasSuffix(message, "\n") {
				wire += 2
			} else if message != "" {
				wire++
			}
			dir := t.TempDir()
			clitest.Files(t, dir, map[string]string{"m": "before" + message})
			f := clitest.Open(t, filepath.Join(dir, "m"))
			f.Seek(6, io.SeekStart)
			var buf buffers
			b, err := buf.look(f)
			check(t, &buf, b, err, message, wire, end == "\xe9")

			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			go func() { io.WriteString(w, message); w.Close() }()
			b, err = buf.look(r)
			if len(message) >= firstLook {
				check(t, &buf, b, err, message, unknown, true)
			} else {
				check(t, &buf, b, err, message, wire, end == "\xe9")
			}
			r.Close()
		}
	}
	if _, err := new(buffers).look(iotest.ErrReader(errors.New("broken"))); err == nil {
		t.Error("a message that cannot be read")
	}
}

func TestBeyond(t *testing.T) {
	for size := range 20 {
		b := bytes.Repeat([]byte{127}, size)
		if beyond(b) {
			t.Errorf("%d bytes of ASCII", size)
		}
		for i := range b {
			b[i] = 128
			if !beyond(b) {
				t.Errorf("byte %d of %d", i, size)
			}
			b[i] = 0
		}
	}
}

func check(t *testing.T, buf *buffers, b body, err error, message string, size int64, eight bool) {
	t.Helper()
	if err != nil {
		t.Error(err)
		return
	}
	all := buf.wire
	if b.rest != nil {
		rest, err := io.ReadAll(b.rest)
		if err != nil {
			t.Error(err)
		}
		var e smtpwire.Encoder
		all = e.Finish(e.Append(e.Append(nil, b.head), rest))
	}
	want := strings.ReplaceAll(message, "\n", "\r\n")
	if message != "" && !strings.HasSuffix(want, "\n") {
		want += "\r\n"
	}
	if string(all) != want || b.size != size || b.eight != eight {
		t.Errorf("%d bytes: %d sent, size %d, want %d, eight %v, %v", len(message), len(all), b.size, size, b.eight, err)
	}
}
