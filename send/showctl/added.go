package showctl

import (
	"os"
	"slices"
	"strings"
)

// added are the files of qmail-control(5) that patches have brought. They are
// described where they are there: the C programs whose output this one's must
// equal know nothing of them. A line has the file's name, how it is shown, and
// what is said of it, with # for what it says itself.
const added = `
authsenders            masked  Route for a sender: #
badhelo                lines   HELO that is refused: #
badhelonorelay         lines   HELO that is refused without RELAYCLIENT: #
badmailfromnorelay     lines   MAIL FROM that is refused without RELAYCLIENT: #
badmailto              lines   RCPT TO that is refused: #
badmailtonorelay       lines   RCPT TO that is refused without RELAYCLIENT: #
badrcptto              lines   RCPT TO that is refused: #
badrcpttonorelay       lines   RCPT TO that is refused without RELAYCLIENT: #
bindroutes             lines   Address to send from, by the beginning of the host's: #
bindroutes6            lines   Address to send from, by the beginning of the host's: #
brtlimit               number  An SMTP client is cut off after # bad recipients
clientca.pem           there   Authorities whose certificates SMTP clients may show.
clientcert.pem         there   The certificate of the SMTP client, and its key.
clientcrl.pem          there   Certificates of SMTP clients that are revoked.
dh1024.pem             ciphers
dh2048.pem             ciphers
dh4096.pem             ciphers
dh512.pem              ciphers
concurrencyperdomain   lines   Remote deliveries at once to a domain: #
dialect                text    badmailfrom and its like are read as by #
dnsblfailclosed        number  When a list of clients does not answer: # (0: clients are let in)
dnsbllist              lines   Clients are looked up in: #
domainbindings         lines   Address to send from, by the sender's domain: #
domainbindings6        lines   Address to send from, by the sender's domain: #
domaincerts            masked  Certificate for a sender's domain: #
domainips              lines   Address to send from, by the sender's domain: #
goodrcptto             lines   Recipient that there is: #
helohostbyip           lines   HELO host name, by the address that is sent from: #
maxrcpt                number  A message has at most # recipients
mfcheck                number  Domains of senders are looked up: # (0: they are not)
moregoodrcptto         there   Made into moregoodrcptto.cdb by qmail-newmgrt.
moregoodrcptto.cdb     there   Recipients that there are.
moreipme               lines   Taken for an address of this host: #
morevalidrcptto        there   Made into morevalidrcptto.cdb by qmail-newmvrt.
morevalidrcptto.cdb    there   Recipients that there are, and are not.
notipme                lines   Not taken for an address of this host: #
notlshosts             there   Hosts that TLS is not used with.
notlshosts_auto        number  Hosts that TLS has failed with are noted in notlshosts: # (0: they are not)
outgoingip             text    Address to send from: #
outgoingip.host        text    HELO host name with that address: #
outgoingip6            text    Address to send from: #
outgoingip6.host       text    HELO host name with that address: #
qmtproutes             lines   QMTP route: #
rbllist                lines   With RBL, clients are looked up in: #
rcptchecks             lines   Recipients are checked by: #
recipients             lines   Recipients are looked up in: #
rejectnullsenders      number  The empty sender is refused: # (0: it is not)
rejectrelaytest        number  Recipients with a route in them are refused: # (0: they are not)
relaylimits            there   Read by a program that RCPTCHECK names.
remotecert             there   Has no effect: the certificate is that of clientcert.pem.
rsa2048.pem            ciphers
rsa4096.pem            ciphers
rsa512.pem             ciphers
scram.cdb              there   What is known of passwords, for AUTH by SCRAM.
senderip               lines   Address to send from, by the sender's domain: #
servercert.pem         there   The certificate of the servers, and its key.
servercerts            there   Certificates of the servers, by the name that is asked for.
smtpcert               there   Has no effect: the certificate is that of servercert.pem.
tarpitcount            number  Recipients are answered late from number # on
tarpitdelay            number  They are answered late by # seconds
tlsciphers             ciphers
tlsclientciphers       ciphers
tlsclientmethod        version
tlsclients             lines   May relay by certificate: #
tlsdestinations        lines   TLS with a host: #
tlsdheparams           ciphers
tlshosts               there   Authorities for the certificates of hosts that must show one.
tlsremoteciphers       ciphers
tlsserverciphers       ciphers
tlsservermethod        version
validrcptto            lines   Recipient that there is, or with a dash is not: #
validrcptto.cdb        there   Recipients that there are, and are not.
`

// What is said of settings of patches that nothing comes of.
const (
	noCiphers = "Has no effect: Go's crypto/tls chooses ciphers and temporary keys."
	noVersion = "Has no effect: TLS 1.2 and TLS 1.3 are spoken."
)

// addedFiles reads added.
func addedFiles() []file {
	var all []file
	for line := range strings.Lines(added[1:]) {
		name, rest, _ := strings.Cut(line, " ")
		how, say, _ := strings.Cut(strings.TrimSpace(rest), " ")
		before, after, _ := strings.Cut(strings.TrimLeft(say, " "), "#")
		all = append(all, file{name, shownAs(how, before, after)})
	}
	return all
}

// shownAs is what the second word of a line of added stands for.
func shownAs(how, before, after string) describe {
	switch how {
	case "lines":
		return list("", before, after)
	case "masked":
		return masked(before)
	case "number":
		return number("", before, after)
	case "text":
		return text(false, "", before)
	case "ciphers":
		return there(noCiphers)
	case "version":
		return there(noVersion)
	}
	return there(before)
}

// describeAdded describes those that are there, and notes that they are known.
func (s *show) describeAdded(known map[string]bool) {
	for _, f := range addedFiles() {
		if slices.Contains(s.names, f.name) {
			f.describe(s, f.name)
		}
		known[f.name] = true
	}
}

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
