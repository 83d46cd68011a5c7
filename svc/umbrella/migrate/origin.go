package migrate

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"qmailkit/internal/cmd"
)

// biggest bounds what is read of a program.
const biggest = 256 << 20

// text is all of a program, "" if it cannot be read.
func text(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, biggest))
	if err != nil {
		return nil
	}
	return data
}

// contains tells whether all the words are somewhere in a program.
func contains(path string, words ...string) bool {
	data := text(path)
	for _, word := range words {
		if !bytes.Contains(data, []byte(word)) {
			return false
		}
	}
	return len(data) > 0
}

// origin finds out whose programs a home has, by what only theirs have. j is
// of a switch that has begun: the old programs are then aside.
func origin(p *cmd.Proc, j *journal) string {
	program := func(name string) string {
		if j != nil {
			if old := p.InHome(folder, oldFolder, name); there(old) {
				return old
			}
		}
		return p.InHome("bin", name)
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if !there(p.InHome(name)) {
				return false
			}
		}
		return true
	}
	smtpd := program("qmail-smtpd")
	switch {
	case contains(smtpd, "qmailkit/internal"):
		return "qmailkit"
	case has("bin/qmail-multi"), has("sbin/qmail-multi"), contains(smtpd, "CONTROLDIR", "envrules"):
		return "IndiMail"
	case has("bin/qmail-dksign"), has("bin/qmail-badmimetypes"), contains(smtpd, "UCSPITLS", "HELOCHECK"):
		return "s/qmail"
	case has("bin/spawn-filter", "bin/qmail-newmvrt"), contains(smtpd, "SMTPD_GREETDELAY"), contains(smtpd, "DISABLE_BADMAILFROM"):
		return "sagredo"
	case contains(smtpd, "VALIDRCPTTO_CDB"), contains(smtpd, "AUTH_SET_"), contains(smtpd, "QMAILSMTPD_LOG_MAIL"):
		return "jms1"
	case contains(program("qmail-rspawn"), "QMAILREMOTE"):
		return "notqmail"
	case contains(program("qmail-inject"), "QMAILQUEUE"):
		return "netqmail"
	case there(program("qmail-send")):
		return "qmail-1.03"
	}
	return "unknown"
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// madeFor tells whether a program names the home.
func madeFor(path, home string) bool { return contains(path, filepath.Clean(home)) }
