package check

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/cdb"
	"qmailkit/internal/certtest"
	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/internal/ids"
	"qmailkit/internal/lock"
	"qmailkit/internal/tai64"
	"qmailkit/internal/testhome"
	"qmailkit/internal/users"
	"qmailkit/svc"
	"qmailkit/svc/umbrella/layout"
	"qmailkit/svc/umbrella/trace"
)

// house is an installation in good order, and the world around it.
type house struct {
	t       *testing.T
	base    string
	home    string
	single  bool
	uid     int // of the single user
	now     time.Time
	world   World
	dns     fakeDNS
	lock    *os.File
	trigger int

	usualSMTP string
}

const host = "mx.example.org"

// fakeDNS is a DNS of the test's own.
type fakeDNS struct {
	a    map[string]string
	mx   map[string]string
	ptr  map[string]string
	soft bool
}

func hard(name string) error { return &dns.Error{Name: name, Err: dns.ErrNoName} }

func (n *fakeDNS) MX(name string) ([]dns.MX, error) {
	if mx := n.mx[name]; mx != "" {
		return []dns.MX{{Preference: 10, Host: mx}}, nil
	}
	return nil, hard(name)
}

func (n *fakeDNS) IPv4(name string) ([]netip.Addr, error) {
	if n.soft {
		return nil, fmt.Errorf("no answer")
	}
	if a := n.a[name]; a != "" {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return nil, hard(name)
}

func (n *fakeDNS) IPv6(name string) ([]netip.Addr, error) {
	if n.soft {
		return nil, fmt.Errorf("no answer")
	}
	return nil, hard(name)
}

func (n *fakeDNS) PTR(ip netip.Addr) (string, error) {
	if name := n.ptr[ip.String()]; name != "" {
		return name, nil
	}
	return "", hard(ip.String())
}

func (h *house) must(errs ...error) {
	h.t.Helper()
	for _, err := range errs {
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// own gives a path to one of qmail's users, where the home has any.
func (h *house) own(path, owner string) {
	h.t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if h.single {
		h.must(os.Lchown(path, h.uid, h.uid))
		return
	}
	uid, err := layout.UID(ids.Of(h.home), owner)
	h.must(err)
	gid, err := ids.Of(h.home).Group(ids.GroupQueue)
	h.must(err, os.Lchown(path, int(uid), int(gid)))
}

func (h *house) path(name string) string { return filepath.Join(h.home, name) }

// file writes a file of root's.
func (h *house) file(name, text string) {
	h.t.Helper()
	h.must(os.WriteFile(h.path(name), []byte(text), 0o644), os.Chmod(h.path(name), 0o644))
	h.own(h.path(name), layout.Root)
}

func (h *house) mkdir(name, owner string, mode os.FileMode) {
	h.t.Helper()
	h.must(os.Mkdir(h.path(name), 0o700))
	h.own(h.path(name), owner)
	h.must(os.Chmod(h.path(name), mode))
}

// build makes everything anew.
func (h *house) build(localProgram string) {
	h.t.Helper()
	h.must(os.RemoveAll(h.home), os.RemoveAll(h.base+"/service"), os.RemoveAll(h.base+"/sendmail"))
	for _, f := range layout.Folders() {
		h.mkdir(f.Name, f.Owner, f.Mode.Perm())
	}
	for _, name := range append(layout.Needed(), "qmail-smtpd") {
		owner, mode := layout.Program(name, h.single)
		h.must(os.WriteFile(h.path("bin/"+name), []byte("made for "+h.home), 0o700))
		h.own(h.path("bin/"+name), owner)
		h.must(os.Chmod(h.path("bin/"+name), mode))
	}
	h.must(os.Remove(h.path("bin/qmail-local")), os.Symlink(localProgram, h.path("bin/qmail-local")))
	h.queue()
	h.settings()
	h.outside()
}

func (h *house) queue() {
	for _, f := range []struct {
		name, owner string
		mode        os.FileMode
		split       bool
	}{
		{"", ids.Queue, 0o750, false}, {"/pid", ids.Queue, 0o700, false}, {"/intd", ids.Queue, 0o700, false}, {"/todo", ids.Queue, 0o750, false},
		{"/bounce", ids.Send, 0o700, false}, {"/mess", ids.Queue, 0o750, true}, {"/info", ids.Send, 0o700, true},
		{"/local", ids.Send, 0o700, true}, {"/remote", ids.Send, 0o700, true}, {"/lock", ids.Queue, 0o750, false},
	} {
		h.mkdir("queue"+f.name, f.owner, f.mode)
		for i := range 3 {
			if f.split {
				h.mkdir(fmt.Sprintf("queue%s/%d", f.name, i), f.owner, f.mode)
			}
		}
	}
	tcpto, mutex, trigger := h.path("queue/lock/tcpto"), h.path("queue/lock/sendmutex"), h.path("queue/lock/trigger")
	h.must(os.WriteFile(tcpto, make([]byte, 1024), 0o644), os.WriteFile(mutex, nil, 0o600), syscall.Mkfifo(trigger, 0o600))
	h.own(tcpto, ids.Remote)
	h.own(mutex, ids.Send)
	h.own(trigger, ids.Send)
	h.must(os.Chmod(tcpto, 0o644), os.Chmod(mutex, 0o600), os.Chmod(trigger, 0o622))
}

// message puts one into the queue.
func (h *house) message() (id string) {
	h.t.Helper()
	temporary := h.path("queue/pid/1")
	h.must(os.WriteFile(temporary, []byte("Subject: x\n\n"), 0o644), os.Chmod(temporary, 0o644))
	fi, err := os.Stat(temporary)
	h.must(err)
	ino := fi.Sys().(*syscall.Stat_t).Ino
	id = fmt.Sprintf("%d/%d", ino%3, ino)
	h.must(os.Rename(temporary, h.path("queue/mess/"+id)))
	h.own(h.path("queue/mess/"+id), ids.Queue)
	for name, text := range map[string]string{"info": "Fa@example.org\x00", "local": "Tjoe@example.org\x00"} {
		h.must(os.WriteFile(h.path("queue/"+name+"/"+id), []byte(text), 0o600))
		h.own(h.path("queue/"+name+"/"+id), ids.Send)
	}
	return id
}

func (h *house) settings() {
	for name, text := range map[string]string{
		"me": host, "locals": "localhost\n" + host + "\nexample.org", "rcpthosts": host + "\nexample.org\nvirtual.example", "virtualdomains": "virtual.example:joe",
		"defaultdomain": "example.org", "plusdomain": "example.org", "concurrencyremote": "40", "concurrencyperdomain": "10\nslow.example:2\n[192.0.2.1]:1", "queuelifetime": "604800", "databytes": "20000000",
		"smtproutes": "inside.example:relay.example.org:2525\nexcept.example:", "badmailfrom": "@spam.example", "morercpthosts": "more.example", "helohost": host, "defaultdelivery": "./Maildir/",
	} {
		h.file("control/"+name, text+"\n")
	}
	h.pem("control/servercert.pem", host, -time.Hour, 90*24*time.Hour)
	h.table("control/morercpthosts.cdb", map[string]string{"more.example": ""})
	uid := uint32(os.Getuid())
	switch {
	case os.Geteuid() == 0 && h.single:
		uid = uint32(h.uid)
	case os.Geteuid() == 0:
		var err error
		uid, err = ids.Of(h.home).User(ids.Alias)
		h.must(err)
	}
	h.assign(fmt.Sprintf("+:alias:%d:%d:%s/alias:-::\n.\n", uid, uid, h.home))
	h.aliasFile(".qmail-postmaster", "./Maildir/\n")
	h.aliasFile(".qmail-mailer-daemon", "&postmaster\n")
	h.maildir("alias/Maildir")
}

func (h *house) aliasFile(name, text string) {
	h.t.Helper()
	h.file("alias/"+name, text)
	h.own(h.path("alias/"+name), ids.Alias)
}

func (h *house) maildir(name string) {
	for _, sub := range []string{"", "/new", "/cur", "/tmp"} {
		h.mkdir(name+sub, ids.Alias, 0o700)
	}
}

// assign writes users/assign and the table of it.
func (h *house) assign(text string) {
	h.t.Helper()
	h.file("users/assign", text)
	w, err := cdb.Create(h.path("users/cdb.tmp"), 0o644)
	h.must(err, users.ReadAssign(strings.NewReader(text), w.Add), w.Finish(), w.Rename(h.path("users/cdb")))
	h.own(h.path("users/cdb"), layout.Root)
}

func (h *house) table(name string, records map[string]string) {
	h.t.Helper()
	w, err := cdb.Create(h.path(name+".tmp"), 0o644)
	h.must(err)
	for key, data := range records {
		h.must(w.Add([]byte(key), []byte(data)))
	}
	h.must(w.Finish(), w.Rename(h.path(name)))
	h.own(h.path(name), layout.Root)
}

// pem makes a certificate that is valid from one time until another.
func (h *house) pem(name, host string, from, until time.Duration) {
	h.t.Helper()
	pair := certtest.Make(h.t, &x509.Certificate{Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: h.now.Add(from), NotAfter: h.now.Add(until), SubjectKeyId: []byte{1}, KeyUsage: x509.KeyUsageCRLSign | x509.KeyUsageCertSign})
	h.file(name, pair.PEM())
	h.must(os.Chmod(h.path(name), 0o640))
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: h.now.Add(from), NextUpdate: h.now.Add(until)}, pair.TLS.Leaf, pair.TLS.PrivateKey.(crypto.Signer))
	h.must(err, os.WriteFile(h.base+"/crl.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list}), 0o644))
}

// outside is what runs, and what the DNS says.
func (h *house) outside() {
	h.dns = fakeDNS{
		a:   map[string]string{host: "192.0.2.1", "relay.example.org": "192.0.2.9"},
		mx:  map[string]string{host: host, "example.org": host, "virtual.example": host},
		ptr: map[string]string{"192.0.2.1": host},
	}
	h.must(os.Symlink(h.path("bin/sendmail"), h.base+"/sendmail"))
	h.service("qmail-send", "#!/bin/sh\nexec "+h.home+"/bin/qmail-start ./Maildir/\n")
	var err error
	h.lock, err = os.OpenFile(h.path("queue/lock/sendmutex"), os.O_WRONLY, 0)
	h.must(err, lock.Exclusive(h.lock))
	h.trigger, err = syscall.Open(h.path("queue/lock/trigger"), syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	h.must(err)
	p := &cmd.Proc{Name: "qmail", Home: h.home, Env: []string{"PATH=/usr/bin:/bin"}, Now: func() time.Time { return h.now }}
	tracer := &trace.Tracer{Proc: p, Default: "./Maildir/", Follow: true}
	h.world = World{
		Proc: p, Resolver: &h.dns, Patience: time.Minute, Running: true, SMTP: h.usualSMTP, Services: []string{h.base + "/service/*"},
		Own:      func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil },
		Sendmail: []string{h.base + "/sendmail"}, Rules: []string{h.home + "/control/tcp.*"}, Trace: tracer.Trace,
		Space:    func(string) (int64, int64, int64, error) { return 1 << 40, 2 << 40, -1, nil },
		NoSetuid: func(string) bool { return false },
	}
}

func (h *house) service(name, run string) {
	h.t.Helper()
	dir := h.base + "/service/" + name
	h.must(os.MkdirAll(dir+"/supervise", 0o755), os.WriteFile(dir+"/run", []byte(run), 0o755), os.Chmod(dir+"/run", 0o755))
	h.status(name, svc.Status{Since: tai64.Pack(h.now.Add(-time.Hour)), Pid: 1, Want: 'u'})
}

func (h *house) status(name string, s svc.Status) {
	packed := s.Pack()
	h.must(os.WriteFile(h.base+"/service/"+name+"/supervise/status", packed[:], 0o644))
}

// down ends what outside has begun.
func (h *house) down() {
	h.lock.Close()
	if h.trigger >= 0 {
		syscall.Close(h.trigger)
	}
}

// greet serves SMTP as far as the greeting.
func greet(t *testing.T, greeting string) (address string) {
	t.Helper()
	return clitest.Serve(t, "tcp", "127.0.0.1:0", func(conn net.Conn) { conn.Write([]byte(greeting)) }).String()
}

// newHouse finds a place for homes, and builds the qmail-local that is asked
// where mail goes.
func newHouse(t *testing.T, single bool) (h *house, localProgram string) {
	t.Helper()
	base, err := os.MkdirTemp("/tmp", "qmailkit-check.")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	h = &house{t: t, base: base, home: base + "/home", single: single, uid: 54321, now: time.Now()}
	h.must(os.Chmod(base, 0o755))
	root, err := testhome.Module()
	h.must(err)
	localProgram = base + "/qmail-local"
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-X qmailkit/internal/home.dir="+h.home, "-o", localProgram, "./local/qmail-local")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h.own(localProgram, layout.Root)
	h.usualSMTP = greet(t, "220 "+host+" ESMTP\r\n")
	return h, localProgram
}
