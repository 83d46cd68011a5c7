// Package setup writes the control files that config(8) and config-fast(8)
// derive from the host's name.
package setup

import (
	"os"
	"strings"

	"qmailkit/internal/cmd"
)

// The texts that are not about one file. Installation guides quote them.
const (
	WarnRcpthosts = "Make sure to change rcpthosts if you add hosts to locals or virtualdomains!"
	OnlyTo        = "Now qmail will refuse to accept SMTP messages except to "
)

// Domains derives the default domain, all of fqdn but its first label, and the
// plus domain, the last two labels. A name of less than three labels is both.
func Domains(fqdn string) (defaultDomain, plusDomain string) {
	labels := strings.Split(fqdn, ".")
	if len(labels) < 3 {
		return fqdn, fqdn
	}
	return strings.Join(labels[1:], "."), strings.Join(labels[len(labels)-2:], ".")
}

// Names writes me, defaultdomain and plusdomain for the host fqdn, and tells.
func Names(p *cmd.Proc, fqdn string) error {
	defaultDomain, plusDomain := Domains(fqdn)
	for _, c := range []struct{ file, value string }{
		{"me", fqdn}, {"defaultdomain", defaultDomain}, {"plusdomain", plusDomain},
	} {
		if err := Put(p, c.file, c.value); err != nil {
			return err
		}
	}
	return nil
}

// Put tells of it and makes value all that the control file holds.
func Put(p *cmd.Proc, file, value string) error {
	p.Stdout.WriteString("Putting " + value + " into control/" + file + "...\n")
	return Write(p, file, value+"\n", os.O_TRUNC)
}

// Write writes text to a control file: how is os.O_TRUNC or os.O_APPEND. The
// file can be read by all whatever the umask is. The error ends p's program.
func Write(p *cmd.Proc, file, text string, how int) error {
	f, err := os.OpenFile(p.InHome("control", file), os.O_WRONLY|os.O_CREATE|how, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		if cerr := f.Chmod(0o644); err == nil {
			err = cerr
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write control/"+file, err)
	}
	return nil
}
