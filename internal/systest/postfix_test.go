package systest

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"qmailkit/internal/postfixpeer"
	"qmailkit/internal/testhome"
)

// postfix is a Postfix of the test's own: its mail for post.example ends in a
// Maildir. It listens at four ports.
type postfix struct {
	s         *system
	dir       string
	clear     string // STARTTLS, as any host on the Internet
	starttls  string // mail only for joe, whose password is secret, and by STARTTLS
	smtps     string // the same, with TLS from the first byte
	qmqp      string
	authority string // PEM file that vouches for its certificate
}

// What the test's has beside what every one has.
const (
	postfixMain = `myhostname = mx.post.example
virtual_mailbox_domains = post.example
virtual_mailbox_base = DIR/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:UID
virtual_gid_maps = static:UID
smtpd_tls_chain_files = DIR/own.pem
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = DIR/sasl
smtpd_sasl_local_domain = post.example
smtpd_sasl_authenticated_header = yes
smtpd_recipient_restrictions = permit_mynetworks, reject
smtputf8_enable = no
qmqpd_authorized_clients = 127.0.0.0/8
default_transport = error:no
`
	postfixMaster = `CLEAR inet n - n - - smtpd
STARTTLS inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_security_level=encrypt -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
SMTPS inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_wrappermode=yes -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
QMQP inet n - n - - qmqpd
tlsmgr unix - - n 1000? 1 tlsmgr
`
)

// freeAddress is a port of 127.0.0.1 that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startPostfix runs one until the test's end. Only root can.
func startPostfix(s *system) *postfix {
	t := s.t
	t.Helper()
	if !s.rootHere() {
		t.Skip("only root can run a Postfix")
	}
	foreign(t, "postfix")
	foreign(t, "saslpasswd2")
	user := lookup(t, "postfix")
	nobody := lookup(t, "nobody")
	dir, err := os.MkdirTemp("/tmp", "qmailkit-postfix.")
	s.must(err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	s.must(os.Chmod(dir, 0o755))
	p := &postfix{s: s, dir: dir, clear: freeAddress(t), starttls: freeAddress(t), smtps: freeAddress(t), qmqp: "127.0.0.1:628", authority: dir + "/ca.pem"}
	fill := strings.NewReplacer("DIR", dir, "UID", fmt.Sprint(nobody.uid), "CLEAR", p.clear, "STARTTLS", p.starttls, "SMTPS", p.smtps, "QMQP", p.qmqp)
	s.must(postfixpeer.Make(dir, fill.Replace(postfixMain), fill.Replace(postfixMaster)))
	cert, key := certificate(t)
	s.must(os.Mkdir(dir+"/mail", 0o755), os.Chown(dir+"/mail", nobody.uid, nobody.uid), os.Mkdir(dir+"/sasl", 0o755),
		os.WriteFile(dir+"/own.pem", []byte(key+cert), 0o644), os.WriteFile(p.authority, []byte(cert), 0o644))
	p.mechanisms("PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256")
	if code, out := s.says("secret", "saslpasswd2", "-p", "-c", "-f", dir+"/sasldb2", "-u", "post.example", "joe"); code != 0 {
		t.Fatalf("saslpasswd2: %s", out)
	}
	s.must(os.Chown(dir+"/sasldb2", user.uid, user.gid))
	if code, out := s.says("", "postfix", "-c", dir, "start"); code != 0 {
		t.Fatalf("postfix: %s\n%s", out, p.log())
	}
	t.Cleanup(func() { s.says("", "postfix", "-c", dir, "stop") })
	for _, address := range []string{p.clear, p.starttls, p.smtps} {
		s.awaitServer("Postfix", address)
	}
	return p
}

// mechanisms sets those that new sessions offer.
func (p *postfix) mechanisms(list string) {
	p.s.t.Helper()
	text := fmt.Sprintf("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s/sasldb2\nmech_list: %s\n", p.dir, list)
	p.s.must(os.WriteFile(p.dir+"/sasl/smtpd.conf", []byte(text), 0o644))
}

func (p *postfix) log() string {
	data, _ := os.ReadFile(p.dir + "/log")
	return string(data)
}

// delivers waits for a message with all of the texts.
func (p *postfix) delivers(parts ...string) string {
	p.s.t.Helper()
	return p.s.holds("Postfix's mailbox", p.dir+"/mail/box/new/*", parts...)
}

// Our SMTP client and a Postfix: in clear, by STARTTLS, by TLS from the first
// byte, and by each mechanism.
func TestPostfix(t *testing.T) {
	s := withUsers(t, installed(t), testhome.Copy{})
	p := startPostfix(s)
	s.control("timeoutremote", "20\n")
	remote := func(subject, want string, parts ...string) {
		t.Helper()
		out := s.feed("Subject: "+subject+"\n\n.dots\n..\n", "qmail-remote", "post.example", "joe@test.example", "u@post.example").succeeds()
		if !strings.HasPrefix(strings.ReplaceAll(out, "\x00", "|"), want) {
			t.Errorf("%s: %q\n%s", subject, out, p.log())
			return
		}
		if strings.HasPrefix(want, "r|K") {
			if got := p.delivers(append(parts, "Subject: "+subject, "\n.dots\n..\n")...); strings.Contains(out, "\nProtocol: TLSv1") != strings.Contains(got, "using TLSv1") {
				t.Errorf("%s:\n%s", subject, got)
			}
		}
	}
	taken := "r|K127.0.0.1 accepted message.\nRemote host said: 250 2.0.0 Ok"
	s.control("smtproutes", "post.example:"+p.clear+"\n")
	remote("opportunistic", taken)
	s.control("tlsdestinations", "127.0.0.1:"+p.authority+"\n")
	remote("demanded", taken, "using TLSv1.3")
	s.control("tlsdestinations", "127.0.0.1:"+s.home+"/control/other.pem\n")
	other, _ := certificate(t)
	s.control("other.pem", other)
	remote("a stranger", "ZTLS connect failed: ")
	s.control("tlsdestinations", "!127.0.0.1:\n")
	remote("without", taken)
	s.control("tlsdestinations", "127.0.0.1:|;s"+p.smtps[strings.LastIndexByte(p.smtps, ':')+1:]+"\n")
	s.control("smtproutes", "post.example:127.0.0.1 joe secret\n")
	remote("from the first byte", taken, "Authenticated sender: joe")
	s.control("tlsdestinations", "")
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"} {
		p.mechanisms(mechanism)
		s.says("", "postfix", "-c", p.dir, "reload")
		s.control("smtproutes", "post.example:"+p.starttls+" joe secret\n")
		remote("by "+mechanism, taken, "Authenticated sender: joe")
		s.control("smtproutes", "post.example:"+p.starttls+" joe wrong\n")
		remote("wrong by "+mechanism, "ZConnected to 127.0.0.1 but authentication was rejected.\nRemote host said: 535 ")
	}
	s.control("smtproutes", "post.example:"+p.starttls+"\n")
	remote("nobody", "h")
}
