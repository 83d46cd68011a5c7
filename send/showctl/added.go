package showctl

import (
	"os"
	"slices"
	"strings"
)

// What is said of settings of patches that nothing comes of.
const (
	noCiphers = "Has no effect: Go's crypto/tls chooses ciphers and temporary keys."
	noVersion = "Has no effect: TLS 1.2 and TLS 1.3 are spoken."
)

// added are the files of qmail-control(5) that patches have brought. They are
// described where they are there: the C programs whose output this one's must
// equal know nothing of them.
func added() []file {
	return []file{
		{"authsenders", masked("Route for a sender: ")},
		{"badhelo", entries("HELO that is refused: ")},
		{"badhelonorelay", entries("HELO that is refused without RELAYCLIENT: ")},
		{"badmailfromnorelay", entries("MAIL FROM that is refused without RELAYCLIENT: ")},
		{"badmailto", entries("RCPT TO that is refused: ")},
		{"badmailtonorelay", entries("RCPT TO that is refused without RELAYCLIENT: ")},
		{"badrcptto", entries("RCPT TO that is refused: ")},
		{"badrcpttonorelay", entries("RCPT TO that is refused without RELAYCLIENT: ")},
		{"bindroutes", entries("Address to send from, by the beginning of the host's: ")},
		{"bindroutes6", entries("Address to send from, by the beginning of the host's: ")},
		{"brtlimit", number("", "An SMTP client is cut off after ", " bad recipients")},
		{"clientca.pem", there("Authorities whose certificates SMTP clients may show.")},
		{"clientcert.pem", there("The certificate of the SMTP client, and its key.")},
		{"clientcrl.pem", there("Certificates of SMTP clients that are revoked.")},
		{"dh1024.pem", there(noCiphers)},
		{"dh2048.pem", there(noCiphers)},
		{"dh4096.pem", there(noCiphers)},
		{"dh512.pem", there(noCiphers)},
		{"concurrencyperdomain", entries("Remote deliveries at once to a domain: ")},
		{"dialect", text(false, "", "badmailfrom and its like are read as by ")},
		{"dnsblfailclosed", number("", "When a list of clients does not answer: ", " (0: clients are let in)")},
		{"dnsbllist", entries("Clients are looked up in: ")},
		{"domainbindings", entries("Address to send from, by the sender's domain: ")},
		{"domainbindings6", entries("Address to send from, by the sender's domain: ")},
		{"domaincerts", masked("Certificate for a sender's domain: ")},
		{"domainips", entries("Address to send from, by the sender's domain: ")},
		{"goodrcptto", entries("Recipient that there is: ")},
		{"helohostbyip", entries("HELO host name, by the address that is sent from: ")},
		{"maxrcpt", number("", "A message has at most ", " recipients")},
		{"mfcheck", number("", "Domains of senders are looked up: ", " (0: they are not)")},
		{"moregoodrcptto", there("Made into moregoodrcptto.cdb by qmail-newmgrt.")},
		{"moregoodrcptto.cdb", there("Recipients that there are.")},
		{"moreipme", entries("Taken for an address of this host: ")},
		{"morevalidrcptto", there("Made into morevalidrcptto.cdb by qmail-newmvrt.")},
		{"morevalidrcptto.cdb", there("Recipients that there are, and are not.")},
		{"notipme", entries("Not taken for an address of this host: ")},
		{"notlshosts", there("Hosts that TLS is not used with.")},
		{"notlshosts_auto", number("", "Hosts that TLS has failed with are noted in notlshosts: ", " (0: they are not)")},
		{"outgoingip", text(false, "", "Address to send from: ")},
		{"outgoingip.host", text(false, "", "HELO host name with that address: ")},
		{"outgoingip6", text(false, "", "Address to send from: ")},
		{"outgoingip6.host", text(false, "", "HELO host name with that address: ")},
		{"qmtproutes", entries("QMTP route: ")},
		{"rbllist", entries("With RBL, clients are looked up in: ")},
		{"rcptchecks", entries("Recipients are checked by: ")},
		{"recipients", entries("Recipients are looked up in: ")},
		{"rejectnullsenders", number("", "The empty sender is refused: ", " (0: it is not)")},
		{"rejectrelaytest", number("", "Recipients with a route in them are refused: ", " (0: they are not)")},
		{"relaylimits", there("Read by a program that RCPTCHECK names.")},
		{"remotecert", there("Has no effect: the certificate is that of clientcert.pem.")},
		{"rsa2048.pem", there(noCiphers)},
		{"rsa4096.pem", there(noCiphers)},
		{"rsa512.pem", there(noCiphers)},
		{"scram.cdb", there("What is known of passwords, for AUTH by SCRAM.")},
		{"senderip", entries("Address to send from, by the sender's domain: ")},
		{"servercert.pem", there("The certificate of the servers, and its key.")},
		{"servercerts", there("Certificates of the servers, by the name that is asked for.")},
		{"smtpcert", there("Has no effect: the certificate is that of servercert.pem.")},
		{"tarpitcount", number("", "Recipients are answered late from number ", " on")},
		{"tarpitdelay", number("", "They are answered late by ", " seconds")},
		{"tlsciphers", there(noCiphers)},
		{"tlsclientciphers", there(noCiphers)},
		{"tlsclientmethod", there(noVersion)},
		{"tlsclients", entries("May relay by certificate: ")},
		{"tlsdestinations", entries("TLS with a host: ")},
		{"tlsdheparams", there(noCiphers)},
		{"tlshosts", there("Authorities for the certificates of hosts that must show one.")},
		{"tlsremoteciphers", there(noCiphers)},
		{"tlsserverciphers", there(noCiphers)},
		{"tlsservermethod", there(noVersion)},
		{"validrcptto", entries("Recipient that there is, or with a dash is not: ")},
		{"validrcptto.cdb", there("Recipients that there are, and are not.")},
	}
}

// describeAdded describes those that are there, and notes that they are known.
func (s *show) describeAdded(known map[string]bool) {
	for _, f := range added() {
		if slices.Contains(s.names, f.name) {
			f.describe(s, f.name)
		}
		known[f.name] = true
	}
}

func entries(before string) describe { return list("", before, "") }

// there describes what is not shown: a folder, a table, a key.
func there(what string) describe {
	return func(s *show, name string) {
		s.begin(name)
		if _, err := os.Stat(string(s.dir) + "/" + name); err != nil {
			s.w.WriteString(trouble)
			return
		}
		s.w.WriteString(what + "\n")
	}
}

// masked is a list whose lines may end with a password.
func masked(before string) describe {
	return func(s *show, name string) { s.linesBy(mask, name, "", before, "") }
}

// hidden stands for a password.
const hidden = "(password hidden)"

// mask hides the password of a line of smtproutes, authsenders or domaincerts:
// what follows "relay|user|" or, with blanks between, "relay user ". A line
// without a password stays as it is.
func mask(line string) string {
	if bar := strings.IndexByte(line, '|'); bar >= 0 {
		user := strings.IndexByte(line[bar+1:], '|')
		if user < 0 || bar+1+user+1 == len(line) {
			return line
		}
		return line[:bar+1+user+1] + hidden
	}
	rest, words := line, 0
	for {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			return line
		}
		if words == 2 {
			return line[:len(line)-len(rest)] + hidden
		}
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			return line
		}
		rest = rest[end:]
		words++
	}
}
