package client

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qmailkit/internal/certtest"
	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/dnstest"
	"qmailkit/internal/sasl"
	"qmailkit/remote"
)

// certificate makes one for mx.example and its PEM form.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	pair := certtest.Make(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"mx.example"}, IsCA: true, BasicConstraintsValid: true,
	})
	return pair.TLS, pair.Cert
}

// host is a mail server that plays by the rules as far as its fields let it.
type host struct {
	cert     tls.Certificate
	tls      bool   // offers STARTTLS
	broken   bool   // and answers the handshake with nonsense
	no       bool   // and refuses the command
	early    bool   // and talks before the handshake
	implicit bool   // begins with TLS
	auth     string // mechanisms, as announced in clear
	authTLS  string // and by TLS

	mu    sync.Mutex
	heard []string // commands of all connections, "TLS:" before those by TLS
}

func (h *host) note(private bool, line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if private {
		line = "TLS:" + line
	}
	h.heard = append(h.heard, line)
}

// commands returns what was heard so far.
func (h *host) commands() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.heard)
}

func (h *host) listen(t *testing.T) (port int) {
	t.Helper()
	return clitest.Serve(t, "tcp", "127.0.0.1:0", h.serve).(*net.TCPAddr).Port
}

func (h *host) serve(raw net.Conn) {
	conn, private := raw, false
	config := &tls.Config{Certificates: []tls.Certificate{h.cert}}
	if h.implicit {
		conn, private = tls.Server(raw, config), true
	}
	in := bufio.NewReader(conn)
	say := func(s string) { io.WriteString(conn, strings.ReplaceAll(s, "|", "\r\n")+"\r\n") }
	say("220 mx.example")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\r\n")
		h.note(private, line)
		switch word, rest, _ := strings.Cut(line, " "); word {
		case "EHLO":
			say("250-mx.example" + h.extensions(private) + "|250 HELP")
		case "STARTTLS":
			switch {
			case h.no:
				say("454 not now")
				continue
			case h.early:
				say("220 go|250 injected")
				continue
			case h.broken:
				say("220 go")
				io.WriteString(conn, "nonsense\r\n")
				return
			}
			say("220 go")
			conn, private = tls.Server(raw, config), true
			in = bufio.NewReader(conn)
		case "AUTH":
			say(h.login(rest, func(challenge string) string {
				say("334 " + base64.StdEncoding.EncodeToString([]byte(challenge)))
				answer, _ := in.ReadString('\n')
				return strings.TrimSpace(answer)
			}))
		case "DATA":
			say("354 go")
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			say("250 queued")
		default:
			say("250 ok")
		}
	}
}

func (h *host) extensions(private bool) string {
	list, auth := "", h.auth
	if private {
		auth = h.authTLS
	} else if h.tls {
		list += "|250-STARTTLS"
	}
	if auth != "" {
		list += "|250-" + auth
	}
	return list
}

// login knows one user, joe, with the password secret.
func (h *host) login(line string, ask func(string) string) string {
	decode := func(s string) string { b, _ := base64.StdEncoding.DecodeString(s); return string(b) }
	mechanism, initial, _ := strings.Cut(line, " ")
	good := false
	switch mechanism {
	case "PLAIN":
		good = decode(initial) == "\x00joe\x00secret"
	case "LOGIN":
		good = decode(ask("Username:")) == "joe" && decode(ask("Password:")) == "secret"
	case "CRAM-MD5":
		good = decode(ask("<1@mx.example>")) == "joe "+sasl.Digest("secret", "<1@mx.example>")
	}
	if good {
		return "235 welcome"
	}
	return "535 no"
}

// world runs a delivery to h, which is mx.example at port, with the given
// control files; PORT in them is replaced.
func world(t *testing.T, h *host, files map[string]string) string {
	t.Helper()
	port := h.listen(t)
	server := dnstest.Server(t, dnstest.Zone{"mx.example A": "127.0.0.1"})
	home := t.TempDir()
	all := map[string]string{"control/me": "me.example\n", "control/smtproutes": ":mx.example:PORT\n", "control/timeoutremote": "20\n"}
	for name, text := range files {
		all["control/"+name] = text
	}
	for name, text := range all {
		all[name] = strings.ReplaceAll(text, "PORT", fmt.Sprint(port))
	}
	clitest.Files(t, home, all)
	run := func(p *cmd.Proc) error { return Program(p, (*remote.Engine).Deliver) }
	r := clitest.Run(t, "qmail-remote", run, clitest.World{
		Home: home, Args: []string{"d.example", "s@b.example", "u@d.example"}, Input: "hi\n", Env: []string{"DNSCACHEIP=" + server},
	})
	if r.Code != 0 || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
	return strings.ReplaceAll(r.Stdout, "\x00", "|")
}

const (
	clear   = "r|K127.0.0.1 accepted message.\nRemote host said: 250 queued\n|"
	private = "r|K127.0.0.1 accepted message.\nRemote host said: 250 queued\nProtocol: TLSv1.3 with mx.example [127.0.0.1].\n|"
	proven  = "r|K127.0.0.1 accepted message.\nRemote host said: 250 queued\nProtocol: TLSv1.3 with mx.example [127.0.0.1], verified.\n|"
	noTLS   = "ZNo TLS achieved while control/tlshosts/mx.example.pem exists; connected to 127.0.0.1 (#4.7.0).\n|"
)

func TestTLS(t *testing.T) {
	cert, trusted := certificate(t)
	_, strange := certificate(t)
	for what, c := range map[string]struct {
		host  *host
		files map[string]string
		want  string
	}{
		"not offered":           {&host{}, nil, clear},
		"offered":               {&host{tls: true}, nil, private},
		"refused":               {&host{tls: true, no: true}, nil, clear},
		"broken":                {&host{tls: true, broken: true}, nil, clear},
		"text in front":         {&host{tls: true, early: true}, nil, clear},
		"avoided":               {&host{tls: true}, map[string]string{"notlshosts/mx.example": ""}, clear},
		"not in the list":       {&host{tls: true}, map[string]string{"tlshosts/exhaustivelist": ""}, clear},
		"verified":              {&host{tls: true}, map[string]string{"tlshosts/mx.example.pem": trusted}, proven},
		"wrong certificate":     {&host{tls: true}, map[string]string{"tlshosts/mx.example.pem": strange}, "ZTLS connect failed: "},
		"no authority":          {&host{tls: true}, map[string]string{"tlshosts/mx.example.pem": "junk\n"}, "ZUnable to use "},
		"required, not offered": {&host{}, map[string]string{"tlshosts/mx.example.pem": trusted}, noTLS},
		"required, refused":     {&host{tls: true, no: true}, map[string]string{"tlshosts/mx.example.pem": trusted}, noTLS},
		"required, broken":      {&host{tls: true, broken: true}, map[string]string{"tlshosts/mx.example.pem": trusted}, "ZTLS connect failed: "},
		"bad client.pem":        {&host{tls: true}, map[string]string{"clientcert.pem": "junk\n"}, "ZUnable to use "},
	} {
		t.Run(what, func(t *testing.T) {
			c.host.cert = cert
			got := world(t, c.host, c.files)
			if got != c.want && (strings.HasSuffix(c.want, "|") || !strings.HasPrefix(got, c.want)) {
				t.Errorf("%q, want %q", got, c.want)
			}
			for _, line := range c.host.commands() {
				if got[0] == 'Z' && strings.Contains(line, "MAIL") || c.want == proven && strings.HasPrefix(line, "MAIL") {
					t.Errorf("heard %q", c.host.commands())
				}
			}
		})
	}
}

// control/tlsdestinations and control/domaincerts, whose paths begin at the home.
func TestDemands(t *testing.T) {
	cert, trusted := certificate(t)
	_, strange := certificate(t)
	print256 := sha256.Sum256(cert.Certificate[0])
	demanded := "ZNo TLS achieved while control/tlsdestinations demands it; connected to 127.0.0.1 (#4.7.0).\n|"
	for what, c := range map[string]struct {
		host   *host
		demand string
		certs  string
		want   string
	}{
		"offered":               {&host{tls: true}, "mx.example:", "", private},
		"not offered":           {&host{}, "mx.example:", "", demanded},
		"refused":               {&host{tls: true, no: true}, "-.example:", "", demanded},
		"broken":                {&host{tls: true, broken: true}, "mx.example:", "", "ZTLS connect failed: "},
		"never":                 {&host{tls: true}, "!mx.example:", "", clear},
		"vouched for":           {&host{tls: true}, "mx.example:control/ca.pem|HIGH|1", "", proven},
		"by a folder":           {&host{tls: true}, "mx.example:control/cas/", "", proven},
		"named":                 {&host{tls: true}, "=mx.example:control/ca.pem", "", proven},
		"a stranger":            {&host{tls: true}, "mx.example:control/strange.pem", "", "ZTLS connect failed: "},
		"no file":               {&host{tls: true}, "mx.example:control/none.pem", "", "ZUnable to use "},
		"fingerprint":           {&host{tls: true}, fmt.Sprintf("mx.example:=%x", print256), "", proven},
		"another's fingerprint": {&host{tls: true}, fmt.Sprintf("mx.example:=%064x", 1), "", "ZTLS connect failed: the certificate has another fingerprint; "},
		"perhaps, not offered":  {&host{}, "*:", "", clear},
		"implicit":              {&host{implicit: true}, "mx.example:|;sPORT", "", private},
		"our own certificate":   {&host{tls: true}, "", "b.example:control/own.pem|control/own.key|none", private},
		"no such certificate":   {&host{tls: true}, "", "*:control/none.pem", "ZUnable to use "},
		"for other senders":     {&host{tls: true}, "", "c.example:control/none.pem", private},
		"cannot be read":        {&host{tls: true}, "mx.example:|1|1", "", "ZUnable to use control/tlsdestinations:1: ciphers and depth"},
	} {
		t.Run(what, func(t *testing.T) {
			c.host.cert = cert
			key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
			if err != nil {
				t.Fatal(err)
			}
			got := world(t, c.host, map[string]string{
				"tlsdestinations": c.demand + "\n", "domaincerts": c.certs + "\n",
				"ca.pem": trusted, "cas/a": strange, "cas/b": trusted, "strange.pem": strange, "own.pem": trusted,
				"own.key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
			})
			if got != c.want && (strings.HasSuffix(c.want, "|") || !strings.HasPrefix(got, c.want)) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	cert, _ := certificate(t)
	const bars, blanks, dash = ":mx.example:PORT|joe|secret\n", ":mx.example:PORT joe secret\n", ":mx.example:PORT -joe secret\n"
	const (
		exposed = "ZConnected to 127.0.0.1 but it would have the password sent without TLS (#4.7.0).\n|"
		unknown = "ZConnected to 127.0.0.1 but it offers no way to log in that is known here (#4.7.0).\n|"
	)
	for what, c := range map[string]struct {
		host   *host
		routes string
		want   string
		said   string // the AUTH command; "" is none
	}{
		"plain by TLS":     {&host{tls: true, authTLS: "AUTH LOGIN PLAIN CRAM-MD5"}, blanks, private, "TLS:AUTH PLAIN AGpvZQBzZWNyZXQ="},
		"login by TLS":     {&host{tls: true, authTLS: "AUTH login"}, blanks, private, "TLS:AUTH LOGIN"},
		"old form":         {&host{tls: true, authTLS: "AUTH=LOGIN"}, bars, private, "TLS:AUTH LOGIN"},
		"cram in clear":    {&host{auth: "AUTH PLAIN CRAM-MD5"}, blanks, clear, "AUTH CRAM-MD5"},
		"never in clear":   {&host{auth: "AUTH PLAIN LOGIN"}, blanks, exposed, ""},
		"bars, in clear":   {&host{auth: "AUTH PLAIN LOGIN"}, bars, clear, "AUTH PLAIN AGpvZQBzZWNyZXQ="},
		"dash, in clear":   {&host{auth: "AUTH LOGIN"}, dash, clear, "AUTH LOGIN"},
		"nothing known":    {&host{auth: "AUTH GSSAPI"}, dash, unknown, ""},
		"nothing at all":   {&host{}, bars, unknown, ""},
		"wrong password":   {&host{auth: "AUTH PLAIN"}, ":mx.example:PORT|joe|x\n", "ZConnected to 127.0.0.1 but authentication was rejected.\nRemote host said: 535 no\n|", "AUTH PLAIN AGpvZQB4"},
		"handshake breaks": {&host{tls: true, broken: true, auth: "AUTH PLAIN"}, bars, "ZTLS connect failed: ", ""},
	} {
		t.Run(what, func(t *testing.T) {
			c.host.cert = cert
			got := world(t, c.host, map[string]string{"smtproutes": c.routes})
			if got != c.want && (strings.HasSuffix(c.want, "|") || !strings.HasPrefix(got, c.want)) {
				t.Errorf("%q, want %q", got, c.want)
			}
			said := ""
			for _, line := range c.host.commands() {
				if strings.Contains(line, "AUTH ") {
					said = line
				}
			}
			if said != c.said {
				t.Errorf("%q, want %q", said, c.said)
			}
		})
	}
}

// notlshosts_auto remembers a host whose handshake fails.
func TestRemembered(t *testing.T) {
	h := &host{tls: true, broken: true}
	files := map[string]string{"notlshosts_auto": "1\n", "notlshosts/": ""}
	if got := world(t, h, files); got != clear {
		t.Errorf("%q", got)
	}
	if n := strings.Count(strings.Join(h.commands(), "|"), "EHLO"); n != 2 {
		t.Errorf("heard %q", h.commands())
	}
}

func TestBadSettings(t *testing.T) {
	for name, want := range map[string]string{
		"outgoingip":   "ZUnable to use control/outgoingip:1: no IP address. (#4.3.5)\n|",
		"smtproutes/x": "ZUnable to read control files. (#4.3.0)\n|",
	} {
		home := t.TempDir()
		clitest.Files(t, home, map[string]string{"control/me": "me.example\n", "control/" + name: "junk\n"})
		run := func(p *cmd.Proc) error { return Program(p, (*remote.Engine).Deliver) }
		r := clitest.Run(t, "qmail-remote", run, clitest.World{Home: home, Args: []string{"a", "b", "c"}})
		if got := strings.ReplaceAll(r.Stdout, "\x00", "|"); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A route to port 465 has TLS before the first word.
func TestImplicitTLS(t *testing.T) {
	cert, _ := certificate(t)
	h := &host{cert: cert, implicit: true}
	addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(h.listen(t)))
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "me.example\n", "control/smtproutes": ":127.0.0.1;465\n"})
	run := func(p *cmd.Proc) error {
		return Program(p, func(e *remote.Engine, job remote.Job) remote.Result {
			e.Dial = func(local netip.Addr, to netip.AddrPort, connect, timeout time.Duration) (io.ReadWriteCloser, error) {
				if to.Port() != 465 {
					t.Errorf("connected to %v", to)
				}
				return remote.TCP(local, addr, connect, timeout)
			}
			return e.Deliver(job)
		})
	}
	r := clitest.Run(t, "qmail-remote", run, clitest.World{Home: home, Args: []string{"d.example", "s@b", "u@d"}, Input: "hi\n"})
	if want := strings.ReplaceAll(strings.ReplaceAll(private, "mx.example ", ""), "|", "\x00"); r.Stdout != want {
		t.Errorf("%q, want %q", r.Stdout, want)
	}
	if h.commands()[0] != "TLS:EHLO me.example" {
		t.Errorf("%q", h.commands())
	}
}
