package check

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"qmailkit/internal/tai64"
	"qmailkit/svc"
	"qmailkit/svc/umbrella/layout"
)

// fault is something that is done to an installation in good order.
type fault struct {
	name  string
	kind  string // of the finding
	where string // a part of where it is found
	note  bool   // it does not endanger mail
	alone bool   // nothing else is found
	users bool   // only where qmail has users of its own
	root  bool   // only root can do it
	do    func(*house)
}

// write is a fault that is a file's text.
func write(name, kind, file, text string) fault {
	return fault{name: name, kind: kind, where: file, alone: true, do: func(h *house) { h.file("control/"+file, text) }}
}

func noted(f fault) fault { f.note = true; return f }

func more(f fault) fault { f.alone = false; return f }

func mode(name, kind, path string, bits os.FileMode) fault {
	return fault{name: name, kind: kind, where: path, alone: true, do: func(h *house) { h.must(os.Chmod(h.path(path), bits)) }}
}

func faults() []fault {
	var all []fault
	for _, list := range [][]fault{homeFaults(), controlFaults(), domainFaults(), tableFaults(), certificateFaults(), aliasFaults(), runningFaults(), nameFaults()} {
		all = append(all, list...)
	}
	return all
}

func homeFaults() []fault {
	bin := func(name string) func(h *house) string {
		return func(h *house) string { return h.path("bin/" + name) }
	}
	alien := func(path string) func(*house) {
		return func(h *house) { h.must(os.Lchown(h.path(path), 12345, -1)) }
	}
	return []fault{
		{name: "way open", kind: "way-open", do: func(h *house) {
			h.must(os.Chmod(h.base, 0o777))
			h.t.Cleanup(func() { h.must(os.Chmod(h.base, 0o755)) })
		}},
		{name: "way closed", kind: "way-closed", users: true, do: func(h *house) {
			h.must(os.Chmod(h.base, 0o700))
			h.t.Cleanup(func() { h.must(os.Chmod(h.base, 0o755)) })
		}},
		{name: "users folder missing", kind: "folder-missing", where: "users", do: func(h *house) { h.must(os.RemoveAll(h.path("users"))) }},
		{name: "users is a file", kind: "folder-none", where: "users", do: func(h *house) { h.must(os.RemoveAll(h.path("users"))); h.file("users", "") }},
		mode("control folder open", "folder-open", "control", 0o777),
		{name: "control folder closed", kind: "folder-closed", where: "control", users: true, do: func(h *house) { h.must(os.Chmod(h.path("control"), 0o700)) }},
		{name: "alias folder's owner", kind: "owner", where: "alias", root: true, do: alien("alias")},
		{name: "bin folder's owner", kind: "owner", where: "bin", root: true, do: alien("bin")},
		{name: "program missing", kind: "program-missing", where: "qmail-clean", do: func(h *house) { h.must(os.Remove(bin("qmail-clean")(h))) }},
		{name: "program empty", kind: "program-none", where: "qmail-rspawn", do: func(h *house) { h.must(os.Truncate(bin("qmail-rspawn")(h), 0)) }},
		mode("program open", "program-open", "bin/qmail-send", 0o733),
		mode("another program open", "program-open", "bin/qmail-smtpd", 0o777),
		mode("program closed", "program-closed", "bin/qmail-inject", 0o700),
		mode("set-uid program", "program-powers", "bin/qmail-smtpd", 0o755|os.ModeSetuid),
		{name: "program's owner", kind: "owner", where: "qmail-remote", root: true, do: alien("bin/qmail-remote")},
		{name: "qmail-queue not set-uid", kind: "program-setuid", where: "qmail-queue", users: true, alone: true, do: func(h *house) { h.must(os.Chmod(bin("qmail-queue")(h), 0o711)) }},
		{name: "qmail-queue's owner", kind: "owner", where: "qmail-queue", users: true, do: func(h *house) {
			h.must(os.Lchown(bin("qmail-queue")(h), 0, -1), os.Chmod(bin("qmail-queue")(h), 0o711|os.ModeSetuid))
		}},
		{name: "nosuid", kind: "program-nosuid", users: true, alone: true, do: func(h *house) { h.world.NoSetuid = func(string) bool { return true } }},
		{name: "another home's program", kind: "program-foreign", where: "qmail-send", alone: true, do: func(h *house) {
			h.must(os.WriteFile(bin("qmail-send")(h), []byte("made for /other/home"), 0o711))
		}},
		mode("queue folder's mode", "queue-damage", "queue/bounce", 0o777),
		{name: "queue folder's owner", kind: "queue-damage", root: true, alone: true, do: alien("queue/todo")},
		{name: "trigger missing", kind: "queue-damage", where: "lock/trigger", do: func(h *house) { h.must(os.Remove(h.path("queue/lock/trigger"))) }},
		{name: "trigger a file", kind: "queue-damage", where: "lock/trigger", do: func(h *house) {
			h.must(os.Remove(h.path("queue/lock/trigger")), os.WriteFile(h.path("queue/lock/trigger"), nil, 0o622))
		}},
		{name: "tcpto short", kind: "queue-damage", where: "lock/tcpto", alone: true, do: func(h *house) { h.must(os.Truncate(h.path("queue/lock/tcpto"), 3)) }},
		noted(fault{name: "tcpto long", kind: "queue-tcpto", alone: true, do: func(h *house) { h.must(os.Truncate(h.path("queue/lock/tcpto"), 2048)) }}),
		{name: "split folder missing", kind: "queue-damage", where: "remote/1", alone: true, do: func(h *house) { h.must(os.Remove(h.path("queue/remote/1"))) }},
		{name: "message without text", kind: "queue-damage", alone: true, do: func(h *house) { h.must(os.Remove(h.path("queue/mess/" + h.message()))) }},
		{name: "message from the future", kind: "queue-future", alone: true, do: func(h *house) {
			when := h.now.AddDate(1, 0, 0)
			h.must(os.Chtimes(h.path("queue/info/"+h.message()), when, when))
		}},
		{name: "disk full", kind: "room", alone: true, do: func(h *house) {
			h.world.Space = func(string) (int64, int64, int64, error) { return 1 << 20, 1 << 40, -1, nil }
		}},
		{name: "no inodes", kind: "room-files", alone: true, do: func(h *house) {
			h.world.Space = func(string) (int64, int64, int64, error) { return 1 << 40, 1 << 41, 7, nil }
		}},
	}
}

func controlFaults() []fault {
	return []fault{
		{name: "me missing", kind: "me-missing", do: func(h *house) { h.must(os.Remove(h.path("control/me"))) }},
		more(write("me empty", "host", "me", "\n")),
		more(write("me not full", "host", "me", "mx\n")),
		more(write("me an address", "host", "me", "joe@example.org\n")),
		write("helohost with a blank", "host", "helohost", "mx example.org\n"),
		write("defaultdomain with a dot", "host", "defaultdomain", ".example.org\n"),
		noted(write("two lines", "host-more", "plusdomain", "example.org\nexample.com\n")),
		more(write("CR LF", "control-cr", "locals", "mx.example.org\r\nexample.org\r\n")),
		more(write("byte order mark", "control-bom", "rcpthosts", "\xef\xbb\xbfmx.example.org\nexample.org\nvirtual.example\n")),
		write("zero byte", "control-nul", "badmailfrom", "@a.example\x00@b.example\n"),
		mode("control file open", "control-open", "control/locals", 0o666),
		{name: "control file closed", kind: "control-closed", where: "locals", users: true, alone: true, do: func(h *house) { h.must(os.Chmod(h.path("control/locals"), 0o600)) }},
		{name: "control file's owner", kind: "owner", where: "rcpthosts", root: true, alone: true, do: func(h *house) { h.must(os.Chown(h.path("control/rcpthosts"), 12345, -1)) }},
		{name: "control file a folder", kind: "control-folder", where: "bouncefrom", alone: true, do: func(h *house) { h.mkdir("control/bouncefrom", layout.Root, 0o755) }},
		{name: "control file a broken link", kind: "control-link", where: "bouncefrom", do: func(h *house) { h.must(os.Symlink("nowhere", h.path("control/bouncefrom"))) }},
		noted(write("unknown file", "control-unknown", "concurencyremote", "40\n")),
		write("concurrency 0", "number-range", "concurrencylocal", "0\n"),
		write("limit of a domain without a number", "limit-number", "concurrencyperdomain", "20\n.slow.example:3\nbig.example:many\n"),
		noted(write("limit of a domain with a unit", "limit-number", "concurrencyperdomain", "slow.example:3x\n")),
		write("limit of no domain", "list-host", "concurrencyperdomain", "joe@slow.example:3\n"),
		write("queuelifetime short", "number-range", "queuelifetime", "7\n"),
		noted(write("queuelifetime with a unit", "number-rest", "queuelifetime", "604800s\n")),
		noted(write("databytes without a digit", "number", "databytes", "ten\n")),
		write("timeoutremote 1", "number-range", "timeoutremote", "1\n"),
		write("timeoutsmtpd without a digit", "number", "timeoutsmtpd", "x\n"),
	}
}

func domainFaults() []fault {
	return []fault{
		{name: "no rcpthosts", kind: "relay-open", where: "rcpthosts", do: func(h *house) { h.must(os.Remove(h.path("control/rcpthosts"))) }},
		write("locals not in rcpthosts", "rcpthosts-missing", "locals", "localhost\nmx.example.org\nexample.org\nother.example\n").withDNS("other.example"),
		write("virtual domain not in rcpthosts", "rcpthosts-missing", "virtualdomains", "virtual.example:joe\nother.example:joe\n").withDNS("other.example"),
		more(write("star in rcpthosts", "rcpthosts-all", "rcpthosts", "mx.example.org\nexample.org\nvirtual.example\n*\n")),
		write("percenthack open", "percenthack", "percenthack", "example.org\n"),
		write("virtual and local", "virtual-local", "virtualdomains", "virtual.example:joe\nexample.org:joe\n"),
		write("virtual without a colon", "list-colon", "virtualdomains", "virtual.example joe\n"),
		write("virtual to an address", "virtual-prefix", "virtualdomains", "virtual.example:joe@elsewhere.example\n"),
		noted(write("virtual twice", "list-twice", "virtualdomains", "virtual.example:joe\nvirtual.example:ann\n")),
		write("address in locals", "list-host", "locals", "mx.example.org\nexample.org\njoe@example.org\n"),
		write("wildcard in locals", "list-wildcard", "locals", "mx.example.org\nexample.org\n.example.org\n"),
		write("comment behind a blank", "list-blank", "rcpthosts", "mx.example.org\nexample.org\nvirtual.example\n # more.example\n"),
		more(write("locals empty", "locals-empty", "locals", "\n").also(func(h *house) {
			h.must(os.Remove(h.path("control/virtualdomains")), os.Remove(h.path("control/smtproutes")))
		})),
		write("route without a colon", "list-colon", "smtproutes", "relay.example.org\n"),
		write("route's port", "route", "smtproutes", "inside.example:relay.example.org:smtp\n"),
		write("route's login", "route", "smtproutes", "inside.example:relay.example.org|joe\n"),
		write("route to itself", "route-self", "smtproutes", ":mx.example.org\n"),
		write("route to nonsense", "route-relay", "smtproutes", ":relay example.org\n").renamedKind("route"),
		write("route's relay", "route-relay", "smtproutes", ":relay@example.org\n"),
		more(write("password in the open", "secret-open", "smtproutes", ":relay.example.org|joe|secret\n")),
		more(write("file of another patch", "remote-settings", "moresmtproutes.cdb", "")),
		write("source address", "remote-settings", "outgoingip", "the second\n"),
		write("QMQP server", "qmqp", "qmqpservers", "qmqp.example.org\n"),
		more(noted(write("SPF", "smtpd-ignored", "spfbehavior", "3\n"))),
		{name: "dialect", kind: "smtpd-settings", alone: true, do: func(h *house) { h.file("control/dialect", "latin\n") }},
		noted(write("badmailfrom without @", "badmailfrom", "badmailfrom", "spam.example\n")),
	}
}

func (f fault) withDNS(name string) fault {
	return f.also(func(h *house) { h.dns.mx[name] = host })
}

func (f fault) also(more func(*house)) fault {
	do := f.do
	f.do = func(h *house) { do(h); more(h) }
	return f
}

func (f fault) renamedKind(kind string) fault { f.kind = kind; return f }

func tableFaults() []fault {
	late := func(name string) func(*house) {
		return func(h *house) {
			when := time.Now().Add(time.Hour)
			h.must(os.Chtimes(h.path(name), when, when))
		}
	}
	line := func(uid int, dir string) func(*house) {
		return func(h *house) {
			h.assign("=odd:joe:" + strconv.Itoa(uid) + ":1:" + dir + ":::\n" + h.catchAll() + ".\n")
		}
	}
	return []fault{
		{name: "morercpthosts changed", kind: "table-old", where: "morercpthosts.cdb", alone: true, do: late("control/morercpthosts")},
		{name: "morercpthosts not made", kind: "table-missing", where: "morercpthosts.cdb", alone: true, do: func(h *house) { h.must(os.Remove(h.path("control/morercpthosts.cdb"))) }},
		{name: "table damaged", kind: "table-damaged", where: "morercpthosts.cdb", alone: true, do: func(h *house) { h.must(os.Truncate(h.path("control/morercpthosts.cdb"), 2050)) }},
		noted(fault{name: "table without source", kind: "table-orphan", where: "morercpthosts.cdb", alone: true, do: func(h *house) { h.must(os.Remove(h.path("control/morercpthosts"))) }}),
		{name: "users/assign changed", kind: "table-old", where: "users/cdb", alone: true, do: late("users/assign")},
		{name: "users/cdb damaged", kind: "table-damaged", where: "users/cdb", do: func(h *house) { h.must(os.Truncate(h.path("users/cdb"), 100)) }},
		{name: "users/assign without a dot", kind: "assign-format", where: "users/assign", alone: true, do: func(h *house) {
			h.file("users/assign", h.catchAll())
			h.must(os.Chtimes(h.path("users/assign"), time.Unix(1, 0), time.Unix(1, 0)))
		}},
		{name: "assigned to root", kind: "assign-root", do: line(0, "/")},
		{name: "assigned to a folder that is not there", kind: "assign-home", alone: true, do: line(1000, "/nowhere")},
		{name: "tcp rules changed", kind: "table-old", where: "tcp.smtp.cdb", alone: true, do: func(h *house) {
			h.table("control/tcp.smtp.cdb", map[string]string{"127.": "+RELAYCLIENT"})
			h.file("control/tcp.smtp", "127.:allow\n")
			late("control/tcp.smtp")(h)
		}},
		{name: "tcp rules not made", kind: "table-missing", where: "tcp.smtp.cdb", alone: true, do: func(h *house) { h.file("control/tcp.smtp", "127.:allow\n") }},
	}
}

// catchAll is the line of users/assign for everybody.
func (h *house) catchAll() string {
	fi, err := os.Stat(h.path("alias"))
	h.must(err)
	st := fi.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("+:alias:%d:%d:%s/alias:-::\n", st.Uid, st.Gid, h.home)
}

func certificateFaults() []fault {
	const cert = "control/servercert.pem"
	dated := func(name string, from, until time.Duration) func(*house) {
		return func(h *house) { h.pem(cert, name, from, until) }
	}
	const days = 24 * time.Hour
	return []fault{
		{name: "certificate expired", kind: "certificate-expired", where: cert, alone: true, do: dated(host, -90*days, -days)},
		{name: "certificate about to expire", kind: "certificate-soon", where: cert, alone: true, do: dated(host, -90*days, 5*days)},
		{name: "certificate not valid yet", kind: "certificate-early", where: cert, alone: true, do: dated(host, days, 90*days)},
		{name: "certificate of another name", kind: "certificate-name", where: cert, alone: true, do: dated("other.example", -days, 90*days)},
		{name: "certificate without a key", kind: "certificate", where: cert, alone: true, do: func(h *house) {
			h.file(cert, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
			h.must(os.Chmod(h.path(cert), 0o640))
		}},
		mode("key in the open", "secret-open", cert, 0o644),
		{name: "no certificate for a name", kind: "certificate-missing", where: "servercerts", alone: true, do: func(h *house) {
			h.mkdir("control/servercerts", layout.Root, 0o755)
			h.mkdir("control/servercerts/www.example.org", layout.Root, 0o755)
		}},
		{name: "authority without a certificate", kind: "authority", where: "clientca.pem", alone: true, do: func(h *house) { h.file("control/clientca.pem", "nothing\n") }},
		{name: "authority expired", kind: "authority-expired", where: "clientca.pem", alone: true, do: func(h *house) { h.pem("control/clientca.pem", "x", -90*days, -days) }},
		{name: "revocations expired", kind: "crl-expired", where: "clientcrl.pem", alone: true, do: func(h *house) {
			h.pem("control/old.pem", "x", -90*days, -days)
			text, err := os.ReadFile(h.base + "/crl.pem")
			h.must(err, os.Remove(h.path("control/old.pem")))
			h.file("control/clientcrl.pem", string(text))
		}},
		{name: "no revocations", kind: "crl", where: "clientcrl.pem", alone: true, do: func(h *house) { h.file("control/clientcrl.pem", "nothing\n") }},
		noted(fault{name: "ciphers of the client", kind: "tls-unused", do: func(h *house) { h.file("control/tlsclientciphers", "ALL\n") }}),
		noted(fault{name: "ciphers", kind: "tls-unused", do: func(h *house) { h.file("control/tlsserverciphers", "ALL\n") }}),
	}
}

func aliasFaults() []fault {
	const postmaster = ".qmail-postmaster"
	return []fault{
		{name: "no postmaster", kind: "postmaster", where: "postmaster@", do: func(h *house) { h.must(os.Remove(h.path("alias/" + postmaster))) }},
		{name: "no mailer-daemon", kind: "postmaster", where: "mailer-daemon@", alone: true, do: func(h *house) { h.must(os.Remove(h.path("alias/.qmail-mailer-daemon"))) }},
		{name: "double bounces to nobody", kind: "postmaster", where: "nobody-there@", alone: true, do: func(h *house) { h.file("control/doublebounceto", "nobody-there\n") }},
		{name: "dot-qmail open", kind: "alias-open", where: postmaster, do: func(h *house) { h.must(os.Chmod(h.path("alias/"+postmaster), 0o666)) }},
		{name: "dot-qmail begins with a blank line", kind: "alias-blank", where: ".qmail-x", alone: true, do: func(h *house) { h.aliasFile(".qmail-x", "\n&joe\n") }},
		{name: "dot-qmail to no Maildir", kind: "alias-maildir", where: ".qmail-x", alone: true, do: func(h *house) { h.aliasFile(".qmail-x", "./None/\n") }},
		{name: "dot-qmail to a folder without its slash", kind: "alias-mbox", where: ".qmail-x", alone: true, do: func(h *house) { h.aliasFile(".qmail-x", "./Maildir\n") }},
		{name: "dot-qmail a folder", kind: "alias-folder", where: ".qmail-x", alone: true, do: func(h *house) { h.mkdir("alias/.qmail-x", layout.Root, 0o755) }},
		{name: "dot-qmail a broken link", kind: "alias-link", where: ".qmail-x", alone: true, do: func(h *house) { h.must(os.Symlink("nowhere", h.path("alias/.qmail-x"))) }},
		{name: "dot-qmail closed", kind: "alias-closed", where: ".qmail-x", users: true, alone: true, do: func(h *house) {
			h.file("alias/.qmail-x", "&joe\n")
			h.must(os.Chmod(h.path("alias/.qmail-x"), 0o600))
		}},
	}
}

func runningFaults() []fault {
	service := func(h *house, name string) string { return h.base + "/service/qmail-send/" + name }
	return []fault{
		{name: "qmail-send down", kind: "send-down", alone: true, do: func(h *house) { h.must(h.lock.Close()) }},
		{name: "qmail-send deaf", kind: "send-deaf", alone: true, do: func(h *house) { syscall.Close(h.trigger); h.trigger = -1 }},
		{name: "service marked down", kind: "service-down", alone: true, do: func(h *house) { h.must(os.WriteFile(service(h, "down"), nil, 0o644)) }},
		{name: "service stopped", kind: "service-stopped", alone: true, do: func(h *house) {
			h.status("qmail-send", svc.Status{Since: tai64.Pack(h.now.Add(-time.Hour)), Want: 'd'})
		}},
		noted(fault{name: "service restarts", kind: "service-restarts", alone: true, do: func(h *house) { h.status("qmail-send", svc.Status{Since: tai64.Pack(h.now), Pid: 1, Want: 'u'}) }}),
		{name: "service without supervise", kind: "service-unsupervised", alone: true, do: func(h *house) { h.must(os.RemoveAll(service(h, "supervise"))) }},
		{name: "service's status", kind: "service-status", alone: true, do: func(h *house) { h.must(os.Truncate(service(h, "supervise/status"), 2)) }},
		{name: "run not executable", kind: "service-run", alone: true, do: func(h *house) { h.must(os.Chmod(service(h, "run"), 0o644)) }},
		{name: "run open", kind: "service-open", alone: true, do: func(h *house) { h.must(os.Chmod(service(h, "run"), 0o757)) }},
		{name: "run names no program", kind: "service-program", alone: true, do: func(h *house) { h.service("smtpd", "#!/bin/sh\nexec "+h.home+"/bin/qmail-smptd\n") }},
		noted(fault{name: "no SMTP", kind: "smtp-down", alone: true, do: func(h *house) { h.world.SMTP = "127.0.0.1:1" }}),
		{name: "SMTP refuses", kind: "smtp-refuses", alone: true, do: func(h *house) { h.world.SMTP = greet(h.t, "421 later\r\n") }},
		{name: "SMTP says nothing", kind: "smtp-mute", alone: true, do: func(h *house) { h.world.SMTP = greet(h.t, "") }},
		{name: "another server", kind: "smtp-other", alone: true, do: func(h *house) { h.world.SMTP = greet(h.t, "220 debian ESMTP Postfix\r\n") }},
		noted(fault{name: "another sendmail", kind: "sendmail-other", alone: true, do: func(h *house) {
			h.must(os.Remove(h.base+"/sendmail"), os.WriteFile(h.base+"/sendmail", []byte("x"), 0o755))
		}}),
		noted(fault{name: "no sendmail", kind: "sendmail-missing", alone: true, do: func(h *house) { h.must(os.Remove(h.base + "/sendmail")) }}),
		noted(fault{name: "helper's socket", kind: "helper-down", alone: true, do: func(h *house) {
			h.mkdir("run", layout.Root, 0o755)
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			h.must(err, syscall.Bind(fd, &syscall.SockaddrUnix{Name: h.path("run/rcpt")}), syscall.Close(fd))
		}}),
	}
}

func nameFaults() []fault {
	return []fault{
		{name: "me not in the DNS", kind: "dns-me", where: "me", do: func(h *house) { delete(h.dns.a, host) }},
		{name: "me another host", kind: "dns-elsewhere", do: func(h *house) { h.dns.a[host] = "198.51.100.7"; h.dns.ptr["198.51.100.7"] = host }},
		{name: "no reverse name", kind: "dns-ptr", alone: true, do: func(h *house) { clear(h.dns.ptr) }},
		{name: "another reverse name", kind: "dns-ptr-other", alone: true, do: func(h *house) { h.dns.ptr["192.0.2.1"] = "pool-1.isp.example" }},
		write("helohost not in the DNS", "dns-helo", "helohost", "other.example\n"),
		{name: "domain not in the DNS", kind: "dns-host", where: "virtualdomains", alone: true, do: func(h *house) { delete(h.dns.mx, "virtual.example") }},
		{name: "domain is another host", kind: "dns-host-elsewhere", alone: true, do: func(h *house) { delete(h.dns.mx, "virtual.example"); h.dns.a["virtual.example"] = "198.51.100.8" }},
		{name: "mail exchanger without an address", kind: "dns-mx", do: func(h *house) { h.dns.mx["virtual.example"] = "gone.example" }},
		noted(fault{name: "mail exchanger elsewhere", kind: "dns-mx-elsewhere", alone: true, do: func(h *house) { h.dns.mx["virtual.example"] = "relay.example.org" }}),
		{name: "relay not in the DNS", kind: "dns-relay", where: "smtproutes", alone: true, do: func(h *house) { delete(h.dns.a, "relay.example.org") }},
	}
}
